import { describe, expect, it } from "vitest";
import { type Permission, ROLE_PERMISSIONS, type RoleId } from "../platform/caller.ts";
import { TenantId } from "../platform/ids.ts";
import { fixedClock } from "../platform/testing/fixedClock.ts";
import { memoryKeyStore } from "../platform/testing/memoryKeyStore.ts";
import { SigningKeys } from "./keys/signingKeys.ts";
import { AccessTokens, type UserCaller } from "./tokens.ts";

const tenantId = TenantId.parse("ten_00000000000000000001");
const agent = callerWith("agent", ROLE_PERMISSIONS.agent);

function callerWith(role: RoleId, permissions: ReadonlySet<Permission>): UserCaller {
  return {
    tenantId,
    actor: { type: "user", userId: "anna", role, sessionId: "ses_00000000000000000001" },
    permissions,
  };
}

function harness() {
  const clock = fixedClock();
  const store = memoryKeyStore(clock);
  const instance = (issuer = "https://a.test") => new AccessTokens(new SigningKeys(store, clock), issuer, clock);
  return { clock, instance };
}

describe("access tokens", () => {
  it("of another installation are not ours, even by the same key", async () => {
    const { instance } = harness();
    const foreign = await instance("https://b.test").issue(agent, 7);
    expect(await instance("https://a.test").verify(foreign)).toBeUndefined();
  });

  it("carry what a custom role may do, and fit in a header with all there is", async () => {
    const { instance } = harness();
    const caller = callerWith("all-but-owner", ROLE_PERMISSIONS.owner);
    const token = await instance().issue(caller, 7);
    expect(await instance().verify(token)).toEqual({ caller, signInsSince: 7 });
    expect(token.length).toBeLessThan(1024);
    const nothing = callerWith("gone", new Set());
    expect(await instance().verify(await instance().issue(nothing, 7))).toEqual({ caller: nothing, signInsSince: 7 });
  });

  it("are checked once and then remembered until they end", async () => {
    const { clock, instance } = harness();
    const tokens = instance();
    const token = await tokens.issue(agent, 7);
    const first = await tokens.verify(token);
    expect(first).toEqual({ caller: agent, signInsSince: 7 });
    expect(await tokens.verify(token)).toBe(first);
    clock.advance(600_000);
    expect(await tokens.verify(token)).toBeUndefined();
  });
});
