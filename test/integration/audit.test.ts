import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { hashOf, sequenceId } from "../../shared/history/audit/chain.ts";
import { AuditEntries, AuditEntry, ShownEntry, Verification } from "../../shared/history/audit/model.ts";
import { upsert } from "../../shared/platform/documents/port.ts";
import { TenantId } from "../../shared/platform/ids.ts";
import { Installation, routeNamed } from "../isolation/installation.ts";
import { Organisation } from "../isolation/organisation.ts";

const Page = z.object({ items: z.array(ShownEntry), nextCursor: z.string().nullable() });
const MINUTE = 60_000;
const PUT_USER = "PUT configuration/users/{id}";

let installation: Installation;
let a: Organisation;

/** Lets minutes pass, timers run and queues be worked off, until all is told. */
async function settle() {
  for (let minute = 0; minute < 3; minute++) {
    await installation.drain();
    installation.clock.advance(MINUTE + 1);
    await installation.tick();
  }
  await installation.drain();
}
const listed = async (query: Record<string, string> = {}) =>
  (await a.get(Page, "GET audit", { query: { limit: "100", ...query } })).items;
const texts = async (query: Record<string, string> = {}) => (await listed(query)).map(({ text }) => text);

beforeAll(async () => {
  installation = new Installation();
  a = await Organisation.make(installation, "alpha");
  await settle();
});
afterAll(() => installation.close());

describe("the audit", () => {
  it("tells in words who did what, newest first", async () => {
    const all = await texts();
    expect(all).toContain("marker-of-alpha owner made the organisation marker-of-alpha inc");
    expect(all).toContain("marker-of-alpha owner added the user marker-of-alpha agent as agent");
    expect(all).toContain("marker-of-alpha owner added the WhatsApp number marker-of-alpha number");
    expect(all).toContain("marker-of-alpha agent signed in by password");
    const times = (await listed()).map(({ at }) => at);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it("has what changed, and never a secret", async () => {
    const { id, email } = a.person("agent");
    const headers = await a.version("GET configuration/users/{id}", id);
    const body = { name: "Ben", email, role: "admin", password: "another password of somebody" };
    expect((await a.send(PUT_USER, { params: { id }, body, headers })).status).toBe(200);
    await settle();
    const [entry] = await listed({ action: "configuration.updated", actor: a.person("owner").id });
    expect(entry).toMatchObject({
      text: "marker-of-alpha owner changed the name of marker-of-alpha agent from marker-of-alpha agent to Ben, changed the role of marker-of-alpha agent from agent to admin, set the password of marker-of-alpha agent anew",
      actor: { type: "user", id: a.person("owner").id, role: "owner" },
      subject: { type: "users", id },
      details: {
        changes: [{ field: "name" }, { field: "role", from: "agent", to: "admin" }],
        secretsChanged: ["password"],
      },
    });
    const stored = await installation.snapshot(a.tenantId);
    const audit = stored.split("\n").filter((line) => line.includes('"kind":"audit"'));
    expect(audit.length).toBeGreaterThan(5);
    for (const secret of ["another password", ...Object.values(a.secrets), "$argon2id", "198.51.100.7"])
      expect(audit.join("\n")).not.toContain(secret);
  });

  it("has refusals, once a minute and account", async () => {
    const { email } = a.person("supervisor");
    const attempt = { body: { tenant: a.slug, email, password: "not the password at all" } };
    for (let i = 0; i < 4; i++) await installation.send(routeNamed("POST auth/login"), attempt);
    expect((await a.send("GET audit", {}, "supervisor")).status).toBe(403);
    await settle();
    const refused = await listed({ action: "user.refused" });
    expect(refused.map(({ text }) => text).toSorted()).toEqual([
      "marker-of-alpha supervisor was refused: not permitted (audit.read)",
      "marker-of-alpha supervisor was refused: wrong password, 4 times within a minute",
    ]);
    const [one, other] = refused;
    expect(one?.addressHash).toMatch(/^[\w-]{22}$/);
    expect(other?.addressHash).toBe(one?.addressHash);
  });

  it("lists a period, page by page", async () => {
    const all = await listed();
    const [from, to] = [all.at(-3)?.at ?? "", all[0]?.at ?? ""];
    const seen: ShownEntry[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const query = { from, to, limit: "3", ...(cursor === "" ? {} : { cursor }) };
      const page: z.infer<typeof Page> = await a.get(Page, "GET audit", { query });
      seen.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(all.filter(({ at }) => at >= from && at < to));
  });

  it("is intact, and exported as it is stored, with checkpoints that the published keys prove", async () => {
    const verification = await a.get(Verification, "GET audit/verification");
    const { text, headers } = await a.send("GET audit/export");
    expect(headers.get("content-type")).toBe("application/x-ndjson");
    expect(headers.get("link")).toBeNull();
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    const entries = lines.flatMap((line) => AuditEntry.safeParse(line).data ?? []);
    expect(verification).toEqual({ status: "intact", checked: entries.length, nextCursor: null });
    expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, index) => index + 1));
    expect(lines.length).toBeGreaterThan(entries.length);
    const keys = await a.send("GET .well-known/audit-keys.json");
    expect(keys.json).toMatchObject({ keys: [{ crv: "Ed25519" }] });
  });

  it("says which entry somebody changed behind its back, though its hash was made anew", async () => {
    const victim = (await listed()).find(({ action }) => action === "configuration.created");
    const store = installation.engines.documents.forTenant(TenantId.parse(a.tenantId));
    const id = sequenceId(victim?.sequence ?? 0);
    const { items } = await store.query(AuditEntries, { partition: [], where: [{ path: "id", op: "=", value: id }] });
    const [stored] = items;
    if (stored === undefined) throw new Error("There is no such entry");
    const forged = { ...stored.value, subject: { type: "users", id: "nobody" } };
    const write = upsert(AuditEntries, id, { ...forged, hash: hashOf(forged) });
    await store.commit("history", stored.partition, [write]);
    const found = await a.get(Verification, "GET audit/verification");
    expect(found).toMatchObject({
      status: "broken",
      firstBroken: { sequence: victim?.sequence, reason: "changed" },
      nextCursor: null,
    });
  });
});
