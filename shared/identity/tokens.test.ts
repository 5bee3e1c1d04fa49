import { describe, expect, it } from "vitest";
import { TenantId } from "../platform/ids.ts";
import { fixedClock } from "../platform/testing/fixedClock.ts";
import { memoryKeyStore } from "../platform/testing/memoryKeyStore.ts";
import { SigningKeys } from "./keys/signingKeys.ts";
import { AccessTokens, type UserActor } from "./tokens.ts";

const tenantId = TenantId.parse("ten_00000000000000000001");
const actor: UserActor = { type: "user", userId: "anna", role: "agent", sessionId: "ses_00000000000000000001" };

function harness() {
  const clock = fixedClock();
  const store = memoryKeyStore(clock);
  const instance = (issuer = "https://a.test") => new AccessTokens(new SigningKeys(store, clock), issuer, clock);
  return { clock, instance };
}

describe("access tokens", () => {
  it("of another installation are not ours, even by the same key", async () => {
    const { instance } = harness();
    const foreign = await instance("https://b.test").issue(tenantId, actor);
    expect(await instance("https://a.test").verify(foreign)).toBeUndefined();
  });

  it("are checked once and then remembered until they end", async () => {
    const { clock, instance } = harness();
    const tokens = instance();
    const token = await tokens.issue(tenantId, actor);
    const first = await tokens.verify(token);
    expect(first).toMatchObject({ tenantId, actor });
    expect(await tokens.verify(token)).toBe(first);
    clock.advance(600_000);
    expect(await tokens.verify(token)).toBeUndefined();
  });
});
