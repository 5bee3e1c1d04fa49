import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Installation, routeNamed } from "./installation.ts";
import { Organisation, type Person } from "./organisation.ts";

const PUT_USER = "PUT configuration/users/{id}";
const NEGOTIATE = "POST realtime/negotiate";

let installation: Installation;
let a: Organisation;

beforeAll(async () => {
  installation = new Installation();
  a = await Organisation.make(installation, "alpha");
});
afterAll(() => installation.close());

async function change({ id, email }: Person, next: { role?: string; active?: boolean }) {
  const headers = await a.version("GET configuration/users/{id}", id);
  const body = { name: "Somebody", email, role: "agent", ...next };
  expect((await a.send(PUT_USER, { params: { id }, body, headers })).status).toBe(200);
}

describe("a user's socket", () => {
  it("is for that user of that tenant", async () => {
    const { id } = a.person("agent");
    const answer = await a.send(NEGOTIATE, {}, "agent");
    expect(answer.json).toEqual({ url: `wss://${a.tenantId}.test/${id}`, expiresIn: 60 });
  });

  it("is closed on deactivation, and no other opens while the access token still stands", async () => {
    const leaver = await a.newPerson("agent", "leaver");
    expect((await installation.send(routeNamed(NEGOTIATE), {}, leaver.token)).status).toBe(200);
    await change(leaver, { active: false });
    expect(installation.closedUsers).toContain(`${a.tenantId} leaver`);
    for (const route of [NEGOTIATE, "GET me"]) {
      const answer = await installation.send(routeNamed(route), {}, leaver.token);
      expect([answer.status, answer.code], route).toEqual([401, "unauthenticated"]);
    }
  });
});

describe("a session", () => {
  it("ends with the user", async () => {
    const leaver = await a.newPerson("agent", "second-leaver");
    const { cookie } = await a.signIn(leaver.email);
    await change(leaver, { active: false });
    const refreshed = await installation.send(routeNamed("POST auth/refresh"), { headers: { cookie } });
    expect([refreshed.status, refreshed.code]).toEqual([401, "session-expired"]);
    const body = { tenant: a.slug, email: leaver.email, password: leaver.password };
    const signIn = await installation.send(routeNamed("POST auth/login"), { body });
    expect([signIn.status, signIn.code]).toEqual([401, "invalid-credentials"]);
  });
});

describe("a role", () => {
  it("cannot be raised by who has less", async () => {
    const admin = a.person("admin");
    const asAdmin = async (id: string, body: Record<string, unknown>) => {
      const headers = await a.version("GET configuration/users/{id}", id);
      return a.send(PUT_USER, { params: { id }, body, headers }, "admin");
    };
    const owner = a.person("owner");
    const before = await installation.snapshot(a.tenantId);
    const attempts = [
      await asAdmin(admin.id, { name: "Me", email: admin.email, role: "owner" }),
      await asAdmin(owner.id, { name: "You", email: owner.email, role: "agent" }),
      await asAdmin(owner.id, { name: "You", email: owner.email, role: "owner", password: "a password that I know" }),
      await a.send(
        PUT_USER,
        {
          params: { id: "mine" },
          body: { name: "Me", email: "me@x.test", role: "owner", password: "a password that I know" },
        },
        "admin",
      ),
      await a.send(
        "DELETE configuration/users/{id}",
        { params: { id: owner.id }, headers: { "if-match": "*" } },
        "admin",
      ),
    ];
    expect(attempts.map(({ status, code }) => [status, code])).toEqual(attempts.map(() => [403, "forbidden"]));
    expect(await installation.snapshot(a.tenantId)).toBe(before);
    const last = await a.send("DELETE configuration/users/{id}", {
      params: { id: owner.id },
      headers: { "if-match": "*" },
    });
    expect([last.status, last.code]).toEqual([409, "last-owner"]);
  });
});

describe("in the whole run", () => {
  it("no secret was told, and nothing private was logged", () => {
    expect(installation.watch.leaks).toEqual([]);
  });
});
