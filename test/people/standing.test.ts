import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { meteredDocuments } from "../../shared/platform/documents/meteredDocuments.ts";
import type { DocumentStore } from "../../shared/platform/documents/port.ts";
import { Problem } from "../../shared/platform/errors.ts";
import { type Call, Installation } from "../isolation/installation.ts";
import { Organisation, type Person } from "../isolation/organisation.ts";
import { anotherInstance } from "./instance.ts";

const SECOND = 1000;
const PUT_USER = "PUT configuration/users/{id}";
const PUT_ROLE = "PUT configuration/roles/{id}";
const ANY = { "if-match": "*" };

let installation: Installation;
let a: Organisation;
let anna: Person;

beforeEach(async () => {
  installation = new Installation();
  a = await Organisation.make(installation, "alpha");
  anna = await a.newPerson("agent", "anna");
});
afterEach(() => installation.close());

/** On this instance; another hears of it from the store alone. */
async function change(name: string, id: string, call: Call): Promise<void> {
  const answer = await a.send(name, { params: { id }, headers: ANY, ...call });
  expect(answer.status, answer.text).toBeLessThan(300);
}

const annaWith = (next: Record<string, unknown>) =>
  change(PUT_USER, "anna", { body: { name: "Anna", email: anna.email, role: "agent", ...next } });

const ENDINGS: Readonly<Record<string, () => Promise<void>>> = {
  "is deactivated": () => annaWith({ active: false }),
  "is deleted": () => change("DELETE configuration/users/{id}", "anna", {}),
  "is given another password": () => annaWith({ password: "another canary password of hers" }),
  "gets another role": () => annaWith({ role: "supervisor" }),
};

describe("the access token of somebody who", () => {
  it.each(Object.entries(ENDINGS))(
    "%s is good nowhere five seconds later, and not for long where it was",
    async (_, end) => {
      const elsewhere = anotherInstance(installation);
      for (const wait of [0, 1, 1500, 2999]) {
        installation.clock.advance(wait);
        expect(await elsewhere.admits(anna.token)).toBe(true);
      }
      await end();
      expect(await installation.authenticate(anna.token)).toBeUndefined();
      const admitted = [];
      for (let after = 0; after <= 5 * SECOND; after += 100) {
        if (await elsewhere.admits(anna.token)) admitted.push(after);
        installation.clock.advance(100);
      }
      expect(Math.max(...admitted, 0)).toBeLessThan(3 * SECOND);
      const answer = await elsewhere.send("GET me", {}, anna.token);
      expect([answer.status, answer.code]).toEqual([401, "unauthenticated"]);
      expect(await elsewhere.admits(a.person("owner").token)).toBe(true);
    },
  );

  it("was away for a while, and back by now, stays useless; a new sign-in is as good as any", async () => {
    await annaWith({ active: false });
    await annaWith({ active: true });
    expect(await anotherInstance(installation).admits(anna.token)).toBe(false);
    const { accessToken } = await a.signIn(anna.email);
    expect(await anotherInstance(installation).admits(accessToken)).toBe(true);
  });

  it("was deleted opens nothing for a namesake", async () => {
    await change("DELETE configuration/users/{id}", "anna", {});
    await change(PUT_USER, "anna", {
      headers: {},
      body: { name: "Anna", email: anna.email, role: "agent", password: anna.password },
    });
    expect(await anotherInstance(installation).admits(anna.token)).toBe(false);
  });

  it("has a custom role says what the role gave, and ends when it gives something else", async () => {
    const role = { name: "Readers", permissions: ["conversations.read", "configuration.read"] };
    await change(PUT_ROLE, "readers", { headers: {}, body: role });
    await annaWith({ role: "readers" });
    const { accessToken } = await a.signIn(anna.email);
    const elsewhere = anotherInstance(installation);
    expect((await elsewhere.send("GET configuration/users", {}, accessToken)).status).toBe(200);
    await change(PUT_ROLE, "readers", { body: { ...role, name: "Renamed" } });
    installation.clock.advance(5 * SECOND);
    expect(await elsewhere.admits(accessToken)).toBe(true);
    await change(PUT_ROLE, "readers", { body: { ...role, permissions: ["conversations.read"] } });
    installation.clock.advance(5 * SECOND);
    expect(await elsewhere.admits(accessToken)).toBe(false);
  });

  it("changes their own password goes on in the one sign-in in which they did", async () => {
    const owner = a.person("owner");
    const { accessToken: other, cookie } = await a.signIn(owner.email);
    const body = { name: "Me", email: owner.email, role: "owner", password: "another canary password of mine" };
    await change(PUT_USER, owner.id, { body });
    for (const instance of [installation, anotherInstance(installation)]) {
      const admits = async (token: string) =>
        "admits" in instance ? instance.admits(token) : (await instance.authenticate(token)) !== undefined;
      expect(await admits(owner.token)).toBe(true);
      expect(await admits(other)).toBe(false);
    }
    const refreshed = await anotherInstance(installation).send("POST auth/refresh", { headers: { cookie } });
    expect(refreshed.code).toBe("session-expired");
  });
});

describe("permissions that were taken away", () => {
  it("are not given on in the seconds in which a token still says otherwise", async () => {
    const admin = a.person("admin");
    const elsewhere = anotherInstance(installation);
    expect(await elsewhere.admits(admin.token)).toBe(true);
    await change(PUT_USER, admin.id, { body: { name: "Admin", email: admin.email, role: "supervisor" } });
    const body = { name: "Anna", email: anna.email, role: "admin" };
    const raised = await elsewhere.send(PUT_USER, { params: { id: "anna" }, headers: ANY, body }, admin.token);
    expect([raised.status, raised.code]).toEqual([403, "forbidden"]);
  });
});

describe("an instance that follows a tenant", () => {
  it("pays 1 RU in 3 seconds for it, and 1 RU for each user once and after a change", async () => {
    const people = [anna];
    for (let i = 0; i < 9; i++) people.push(await a.newPerson("agent", `agent-${i}`));
    const documents = meteredDocuments(installation.engines.documents);
    const elsewhere = anotherInstance(installation, { documents });
    const halfMinute = async () => {
      documents.reset();
      for (let tick = 0; tick < 150; tick++) {
        for (const { token } of people) expect(await elsewhere.admits(token)).toBe(true);
        installation.clock.advance(200);
      }
      return documents.requestUnits;
    };
    expect(await halfMinute()).toBeCloseTo(10 + 10, 0);
    expect(await halfMinute()).toBeCloseTo(10, 0);
    await change(PUT_ROLE, "readers", { headers: {}, body: { name: "R", permissions: ["conversations.read"] } });
    expect(await halfMinute()).toBeCloseTo(10 + 10, 0);
  });

  it("asks the store once for many at once", async () => {
    const documents = meteredDocuments(installation.engines.documents);
    const elsewhere = anotherInstance(installation, { documents });
    const answers = await Promise.all(Array.from({ length: 100 }, () => elsewhere.admits(anna.token)));
    expect(answers).not.toContain(false);
    expect(documents.requestUnits).toBeCloseTo(2, 0);
  });

  it("lets nobody in while the store cannot say, and goes on when it can", async () => {
    let trouble: (() => void) | undefined;
    const { documents } = installation.engines;
    const troubled = <S extends DocumentStore>(store: S): S => ({
      ...store,
      read: (from, partition, id) => {
        trouble?.();
        return store.read(from, partition, id);
      },
    });
    const elsewhere = anotherInstance(installation, {
      documents: { ...documents, forTenant: (tenantId) => troubled(documents.forTenant(tenantId)) },
    });
    const troubles = [
      () => {
        throw new Problem("unavailable");
      },
      // An answer that is as old as this says nothing of now.
      () => installation.clock.advance(6 * SECOND),
    ];
    for (const each of troubles) {
      trouble = undefined;
      expect(await elsewhere.admits(anna.token)).toBe(true);
      installation.clock.advance(3 * SECOND);
      trouble = each;
      const answer = await elsewhere.send("GET me", {}, anna.token);
      expect([answer.status, answer.code]).toEqual([503, "unavailable"]);
      trouble = undefined;
      expect(await elsewhere.admits(anna.token)).toBe(true);
    }
  });
});
