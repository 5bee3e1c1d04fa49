import { describe, expect, it } from "vitest";
import { ROLE_PERMISSIONS } from "../../platform/caller.ts";
import { Problem } from "../../platform/errors.ts";
import { TenantId } from "../../platform/ids.ts";
import type { KeyStore } from "../../platform/secrets/keyStore.ts";
import { fixedClock } from "../../platform/testing/fixedClock.ts";
import { memoryKeyStore } from "../../platform/testing/memoryKeyStore.ts";
import { AccessTokens, type UserCaller } from "../tokens.ts";
import { SigningKeys } from "./signingKeys.ts";

const tenantId = TenantId.parse("ten_00000000000000000001");
const caller: UserCaller = {
  tenantId,
  actor: { type: "user", userId: "anna", role: "agent", sessionId: "ses_00000000000000000001" },
  permissions: ROLE_PERMISSIONS.agent,
};
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function harness() {
  const clock = fixedClock();
  const store = memoryKeyStore(clock);
  const asked = { times: 0, refuses: false };
  const list: KeyStore["list"] = async () => {
    asked.times++;
    if (asked.refuses) throw new Problem("unavailable");
    return store.list();
  };
  const keys = () => new SigningKeys({ list }, clock);
  const tokens = () => new AccessTokens(keys(), "https://a.test", clock);
  return { clock, store, asked, keys, tokens };
}

describe("a new signing key", () => {
  it("is published at once, signs a day later, and what its predecessor signed is good to its end", async () => {
    const { clock, store, keys, tokens } = harness();
    const here = keys();
    const old = await here.current();
    const fresh = await store.add();
    clock.advance(10 * MINUTE);
    expect((await here.all()).map(({ id }) => id).toSorted()).toEqual([old.id, fresh.id].toSorted());
    expect((await here.current()).id).toBe(old.id);
    clock.advance(DAY - 10 * MINUTE - 1);
    const last = await tokens().issue(caller, 7);
    clock.advance(1);
    expect((await here.current()).id).toBe(fresh.id);
    clock.advance(10 * MINUTE - 2000);
    expect(await tokens().verify(last)).toMatchObject({ caller });
    clock.advance(HOUR);
    expect((await here.all()).map(({ id }) => id)).toEqual([fresh.id]);
    expect(await here.find(old.kid)).toBeUndefined();
  });

  it("signs at once where every other was taken away", async () => {
    const { clock, store, keys } = harness();
    const here = keys();
    const leaked = await here.current();
    const fresh = await store.add();
    await store.drop(leaked.id);
    clock.advance(10 * MINUTE);
    expect((await here.current()).id).toBe(fresh.id);
    expect(await here.find(leaked.kid)).toBeUndefined();
  });
});

describe("the list of signing keys", () => {
  it("is read anew for a name that is unknown, but not with each", async () => {
    const { clock, store, asked, keys } = harness();
    const here = keys();
    await here.current();
    const fresh = await store.add();
    const there = (await keys().all()).find(({ id }) => id === fresh.id);
    asked.times = 0;
    clock.advance(30_000);
    expect((await here.find(there?.kid ?? ""))?.id).toBe(fresh.id);
    for (let i = 0; i < 20; i++) expect(await here.find("nobody's")).toBeUndefined();
    expect(asked.times).toBe(1);
    clock.advance(31_000);
    await here.find("nobody's");
    expect(asked.times).toBe(2);
  });

  it("is good for almost a day while it cannot be read, and no longer", async () => {
    const { clock, asked, keys } = harness();
    const here = keys();
    const { kid } = await here.current();
    asked.refuses = true;
    clock.advance(DAY - 11 * MINUTE);
    expect((await here.current()).kid).toBe(kid);
    clock.advance(10 * MINUTE);
    await expect(here.current()).rejects.toMatchObject({ code: "unavailable" });
    await expect(here.find(kid)).rejects.toMatchObject({ code: "unavailable" });
    asked.refuses = false;
    expect((await here.current()).kid).toBe(kid);
  });

  it("that could not be read the first time is asked for again", async () => {
    const { asked, keys } = harness();
    const here = keys();
    asked.refuses = true;
    await expect(here.current()).rejects.toThrow(Problem);
    asked.refuses = false;
    expect((await here.current()).kid).toHaveLength(16);
  });

  it("is read anew by a clock that was set back", async () => {
    const { clock, store, keys } = harness();
    const here = keys();
    await here.all();
    await store.add();
    clock.advance(-30 * DAY);
    expect(await here.all()).toHaveLength(2);
  });

  it("without a key is a fault of the installation", async () => {
    const empty = new SigningKeys({ list: async () => ({ keys: [], now: new Date() }) }, fixedClock());
    await expect(empty.current()).rejects.toMatchObject({ code: "unavailable" });
  });

  it("holds keys of 32 bytes", async () => {
    const short = { id: "short", bytes: Buffer.alloc(31), madeAt: new Date() };
    const keys = new SigningKeys({ list: async () => ({ keys: [short], now: new Date() }) }, fixedClock());
    await expect(keys.current()).rejects.toThrow("32 bytes");
  });
});
