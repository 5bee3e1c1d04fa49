import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { routes } from "../../functions/routes.ts";
import { examplesOf } from "./examples.ts";
import { type Call, Installation, nameOf, routeNamed } from "./installation.ts";
import { leavesOf, type Path, valueAt, withValue } from "./leaves.ts";
import { Organisation } from "./organisation.ts";

/** Refusals that may meet someone who names what is not theirs: none says whether it exists elsewhere. */
const REFUSED = [400, 404, 412, 422, 428];
const ID = /^(ten|usr|con|cnv|msg|med|ses)_[0-9a-z]{20}$/;

const guarded = routes.filter(({ permission }) => permission !== "public");

let installation: Installation;
let a: Organisation;
let b: Organisation;

beforeAll(async () => {
  installation = new Installation();
  a = await Organisation.make(installation, "alpha");
  b = await Organisation.make(installation, "beta");
});
afterAll(() => installation.close());

/** What can name something: path, query and body. Headers carry versions and credentials. */
function named({ params, query, body }: Call) {
  return { ...(params && { params }), ...(query && { query }), ...(body === undefined ? {} : { body }) };
}

/** The same request about things that nobody has. */
function withNobodysIds(call: Call): Call {
  const ids = leavesOf(named(call)).filter(({ value }) => namesSomething(value));
  return ids.reduce<Call>((next, { path, value }) => withValue(next, path, another(String(value))), call);
}

function another(id: string): string {
  return `${id.slice(0, -1)}${id.endsWith("7") ? "8" : "7"}`;
}

/** Whether it can be an id of ours or one that a client chose; what people wrote has spaces or a marker. */
function namesSomething(value: unknown): boolean {
  const text = String(value);
  return ID.test(text) || /^(main|own|new|gone|agent)-[^@]*$/.test(text) || /^\d{10,}$/.test(text);
}

/** Requests of B's own with one value, each in turn, taken from A's request of the same form. */
function withOneOf(theirs: Call, own: Call): { readonly path: Path; readonly value: unknown; readonly call: Call }[] {
  return leavesOf(named(own)).flatMap(({ path, value }) => {
    const foreign = valueAt(theirs, path);
    if (foreign === undefined || foreign === value || !namesSomething(foreign)) return [];
    return [{ path, value: foreign, call: withValue(own, path, foreign) }];
  });
}

describe.each(guarded)("$method $path", (route) => {
  const { valid, choosesId } = examplesOf(nameOf(route));

  it.skipIf(choosesId)(
    "answers whoever names another tenant's things as if there were none, and changes nothing",
    async () => {
      for (const example of valid) {
        const { headers: { "if-match": _, ...plain } = {}, ...theirs } = await example(a);
        await installation.drain();
        const before = await installation.snapshot(a.tenantId);
        for (const headers of [plain, { ...plain, "if-match": "*" }]) {
          const answer = await installation.send(route, { ...theirs, headers }, b.person("owner").token);
          const nothing = await installation.send(
            route,
            { ...withNobodysIds(theirs), headers },
            b.person("owner").token,
          );
          if (theirs.params !== undefined) {
            expect(REFUSED, answer.text).toContain(answer.status);
            expect([answer.status, answer.text]).toEqual([nothing.status, nothing.text]);
          }
        }
        await installation.drain();
        expect(await installation.snapshot(a.tenantId)).toBe(before);
      }
    },
  );

  it("refuses each of another tenant's ids within a request of one's own", async () => {
    for (const example of valid) {
      const theirs = await example(a);
      const own = await example(b);
      await installation.drain();
      const before = await installation.snapshot(a.tenantId);
      for (const { path, value, call } of withOneOf(theirs, own)) {
        const answer = await installation.send(route, call, b.person("owner").token);
        const about = `${path.join(".")}: ${answer.status} ${answer.text}`;
        expect(answer.status, about).toBeLessThan(500);
        const isFilter = path[0] === "query";
        const isPath = path[0] === "params" && !choosesId;
        if (isPath) expect(answer.code, about).toBe("not-found");
        else if (ID.test(String(value)) && !choosesId && !isFilter) expect(REFUSED, about).toContain(answer.status);
      }
      await installation.drain();
      expect(await installation.snapshot(a.tenantId)).toBe(before);
    }
  });

  it.skipIf(route.method !== "GET")("shows what is one's own, and nothing of another's", async () => {
    for (const example of valid) {
      const { query, ...call } = await example(b);
      const all = { ...call, query: { ...query, ...(query?.limit === undefined ? {} : { limit: "100" }) } };
      const answer = await installation.send(route, all, b.person("owner").token);
      expect(answer.status).toBeLessThan(300);
      expect(answer.text).not.toContain(a.marker);
      expect(answer.text).not.toContain(a.tenantId);
    }
  });
});

describe("what names a tenant", () => {
  it("is taken from the token, whatever else a request says", async () => {
    const { token } = b.person("owner");
    const headers = {
      "x-tenant-id": a.tenantId,
      "x-ms-client-principal-id": a.person("owner").id,
      host: `${a.slug}.test`,
    };
    const query = { tenant: a.slug, tenantId: a.tenantId, limit: "100", status: "all" };
    for (const name of ["GET me", "GET contacts", "GET conversations", "GET configuration/users"]) {
      const answer = await installation.send(routeNamed(name), { headers, query }, token);
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain(a.tenantId);
      expect(answer.text).not.toContain(a.marker);
    }
  });

  it("is not the slug of another when signing in", async () => {
    const { email, password } = a.person("owner");
    const attempt = (body: unknown) => installation.send(routeNamed("POST auth/login"), { body });
    const answers = [
      await attempt({ tenant: b.slug, email, password }),
      await attempt({ tenant: "nobody-has-this", email, password }),
      await attempt({ tenant: a.slug, email: "nobody@alpha.test", password }),
      await attempt({ tenant: a.slug, email, password: "not the password" }),
    ];
    expect(answers.map(({ code }) => code)).toEqual(answers.map(() => "invalid-credentials"));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  it("keeps two people of one id apart", async () => {
    const [ada, bob] = [await a.newPerson("agent", "one-id"), await b.newPerson("agent", "one-id")];
    const me = async ({ token }: { token: string }) => (await installation.send(routeNamed("GET me"), {}, token)).text;
    expect(await me(ada)).toContain(a.marker);
    expect(await me(bob)).toContain(b.marker);
    const before = await installation.snapshot(a.tenantId);
    const gone = { params: { id: "one-id" }, headers: await b.version("GET configuration/users/{id}", "one-id") };
    expect((await b.send("DELETE configuration/users/{id}", gone)).status).toBe(204);
    expect(await installation.snapshot(a.tenantId)).toBe(before);
    expect(await me(ada)).toContain(a.marker);
  });

  it("binds a cursor to the tenant and the list that gave it", async () => {
    const lists: Record<string, Call> = {
      "GET contacts": {},
      "GET conversations": { query: { status: "all" } },
      "GET conversations/{id}/messages": { params: { id: b.talk.conversation } },
      "GET configuration/users": {},
      "GET configuration/whatsapp-channels": {},
    };
    const cursors: Record<string, string> = {};
    for (const [name, call] of Object.entries(lists)) {
      const { json } = await b.send(name, { ...call, query: { ...call.query, limit: "1" } });
      cursors[name] = String(valueAt(json, ["nextCursor"]));
    }
    for (const [name, call] of Object.entries(lists)) {
      for (const [from, cursor] of Object.entries(cursors)) {
        const withCursor = { ...call, query: { ...call.query, cursor } };
        const own = await b.send(name, withCursor);
        expect([own.status, own.code], `${from} on ${name}`).toEqual(
          from === name ? [200, undefined] : [400, "invalid-request"],
        );
        const foreign = await a.send(name, withCursor);
        expect(foreign.status, `${from} on ${name} for another tenant`).toBeGreaterThanOrEqual(400);
      }
    }
  });

  it("no answer or log line of the run told of another's data, or of a secret", () => {
    expect(installation.watch.lines).toBeGreaterThan(50);
    expect(installation.watch.leaks).toEqual([]);
  });
});
