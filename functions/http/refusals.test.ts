import { describe, expect, it } from "vitest";
import { AGENT, ANNA, acme, MINUTE } from "../testing/acme.ts";
import { PASSWORD } from "../testing/identityHarness.ts";

/** What was told of refusals once their minute is over. */
async function told({ clock, refusals, events }: Awaited<ReturnType<typeof acme>>) {
  for (let minute = 0; minute < 3; minute++) {
    clock.advance(MINUTE + 1);
    await refusals.close();
  }
  return events.filter(({ type }) => type === "user.refused");
}

describe("who is not let in", () => {
  it("is remembered with the reason, by account, and from where, without the address", async () => {
    const harness = await acme();
    const { send, put, documents } = harness;
    await put(ANNA, AGENT);
    await put("configuration/users/ina", { ...AGENT, email: "ina@acme.test", active: false });
    const attempt = (email: string, password: string, from: string) =>
      send("POST", "auth/login", { body: { tenant: "acme", email, password }, from });
    for (let i = 0; i < 12; i++) await attempt(AGENT.email, "wrong", "192.0.2.44");
    await attempt(AGENT.email, "wrong", "192.0.2.45");
    await attempt("ina@acme.test", PASSWORD, "192.0.2.44");
    for (const name of ["one", "two", "three"]) await attempt(`${name}@acme.test`, "wrong", "192.0.2.44");
    await send("POST", "auth/login", { body: { tenant: "nowhere", email: AGENT.email, password: "wrong" } });
    const refused = await told(harness);
    const counts = refused.map(({ subject, data }) => [subject, data.reason, data.count]);
    expect(counts.toSorted()).toEqual(
      [
        ["anna", "rate-limited", 2],
        ["anna", "wrong-password", 11],
        ["ina", "inactive", 1],
        [harness.owner.tenant.id, "unknown-account", 3],
      ].toSorted(),
    );
    const byReason = Map.groupBy(refused, ({ data }) => String(data.reason));
    const [wrong] = byReason.get("wrong-password") ?? [];
    const [inactive] = byReason.get("inactive") ?? [];
    expect(wrong?.actor).toEqual({ type: "system", name: "sign-in" });
    expect(wrong?.data.addresses).toHaveLength(2);
    expect(wrong?.data.addressHash).toMatch(/^[\w-]{22}$/);
    expect(inactive?.data.addressHash).toBe(wrong?.data.addressHash);
    const stored = await documents.changes("identity", undefined, 1000);
    expect(JSON.stringify([stored.items, harness.events])).not.toContain("192.0.2");
  });

  it("is told by a replayed refresh token, and from where", async () => {
    const harness = await acme();
    const stolen = { ...harness.owner.jar };
    await harness.send("POST", "auth/refresh", { jar: harness.owner.jar });
    harness.clock.advance(MINUTE + 1);
    await harness.send("POST", "auth/refresh", { jar: stolen, from: "192.0.2.44" });
    expect((await told(harness)).map(({ data }) => data)).toEqual([
      {
        userId: harness.owner.user.id,
        reason: "refresh-token-replayed",
        addressHash: expect.stringMatching(/^[\w-]{22}$/),
      },
    ]);
  });
});

describe("who is in and may not administrate", () => {
  it("is remembered, with what was wanting, once a minute", async () => {
    const harness = await acme();
    const { put, get, withRole } = harness;
    const { token, user } = await withRole("ben", "agent");
    for (let i = 0; i < 5; i++) expect((await put(ANNA, AGENT, undefined, token)).status).toBe(403);
    expect((await put("configuration/whatsapp-channels/sales", {}, undefined, token)).status).toBe(403);
    expect((await get("configuration/users", token)).status).toBe(200);
    const [refused, ...others] = await told(harness);
    expect(others).toEqual([]);
    expect(refused).toMatchObject({
      subject: user.id,
      actor: { type: "user", userId: user.id, role: "agent" },
      data: { userId: user.id, reason: "forbidden", count: 6, wanted: ["users.manage", "configuration.write"] },
    });
  });

  it("is remembered where the rules of a use case refuse it, too", async () => {
    const harness = await acme();
    const { token } = await harness.withRole("ada", "admin");
    const made = { ...AGENT, email: "eve@acme.test", role: "owner" };
    expect((await harness.put("configuration/users/eve", made, undefined, token)).status).toBe(403);
    expect(await told(harness)).toMatchObject([{ subject: "ada", data: { reason: "forbidden", count: 1 } }]);
  });
});
