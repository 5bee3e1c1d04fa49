import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { TenantId } from "../platform/ids.ts";
import { fixedClock } from "../platform/testing/fixedClock.ts";
import { SigningKeys } from "./signingKeys.ts";
import { AccessTokens, type UserActor } from "./tokens.ts";

const tenantId = TenantId.parse("ten_00000000000000000001");
const actor: UserActor = { type: "user", userId: "anna", role: "agent", sessionId: "ses_00000000000000000001" };
const [old, fresh] = [randomBytes(32), randomBytes(32)];

function harness() {
  const clock = fixedClock();
  const kept = { seeds: [old], asked: 0 };
  const keys = () =>
    new SigningKeys(async () => {
      kept.asked++;
      return kept.seeds;
    }, clock);
  const instance = (issuer = "https://a.test") => new AccessTokens(keys(), issuer, clock);
  return { clock, kept, instance };
}

describe("signing keys", () => {
  it("are rotated by putting a new one first: what the old one signed still counts, until it is taken away", async () => {
    const { clock, kept, instance } = harness();
    const here = instance();
    const before = await here.issue(tenantId, actor);
    kept.seeds = [fresh, old];
    const signsAlready = instance();
    const after = await signsAlready.issue(tenantId, actor);
    clock.advance(31_000);
    expect(await here.verify(after)).toMatchObject({ tenantId, actor });
    expect(await signsAlready.verify(before)).toMatchObject({ tenantId, actor });
    expect((await here.publicKeys()).keys).toHaveLength(2);
    kept.seeds = [fresh];
    expect(await instance().verify(before)).toBeUndefined();
  });

  it("are not looked for again with each unknown name", async () => {
    const { clock, kept, instance } = harness();
    const tokens = instance();
    kept.seeds = [fresh];
    const foreign = await instance().issue(tenantId, actor);
    kept.seeds = [old];
    kept.asked = 0;
    for (let i = 0; i < 20; i++) expect(await tokens.verify(foreign)).toBeUndefined();
    expect(kept.asked).toBe(1);
    clock.advance(31_000);
    await tokens.verify(foreign);
    expect(kept.asked).toBe(2);
  });

  it("that cannot be loaded are tried again", async () => {
    const clock = fixedClock();
    let refuses = true;
    const keys = new SigningKeys(async () => {
      if (refuses) throw new Error("No vault");
      return [old];
    }, clock);
    await expect(keys.current()).rejects.toThrow("No vault");
    refuses = false;
    expect((await keys.current()).kid).toHaveLength(16);
  });

  it("need 32 bytes", async () => {
    const keys = new SigningKeys(async () => [randomBytes(31)], fixedClock());
    await expect(keys.current()).rejects.toThrow("32 bytes");
  });
});

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
    expect(await tokens.verify(token)).toBe(first);
    clock.advance(600_000);
    expect(await tokens.verify(token)).toBeUndefined();
  });
});
