import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { routes } from "../../functions/routes.ts";
import { examplesOf } from "./examples.ts";
import { type AnyRoute, type Call, Installation, nameOf } from "./installation.ts";
import { leavesOf, objectsOf, withValue } from "./leaves.ts";
import { Organisation } from "./organisation.ts";

const RUNS = 60;

let installation: Installation;
let a: Organisation;

beforeAll(async () => {
  installation = new Installation();
  a = await Organisation.make(installation, "alpha");
});
afterAll(() => installation.close());

let requests = 0;

async function expectNoFault(route: AnyRoute, { headers, ...rest }: Call): Promise<void> {
  // Each from an address of its own, so that wrong passwords at random shut nobody out.
  const from = `10.0.${++requests >> 8}.${requests & 255}`;
  const call = { ...rest, headers: { ...headers, "x-forwarded-for": from } };
  const token = route.permission === "public" ? undefined : a.person("owner").token;
  const answer = await installation.send(route, call, token);
  expect(answer.status, answer.text).toBeLessThan(500);
}

const json = { "content-type": "application/json" };
const anything = fc.jsonValue({ maxDepth: 4, stringUnit: "binary" });
/** Names and values on which programs stumble, beside any. */
const stumbling = fc.oneof(
  anything,
  fc.constantFrom("", "0", "null", "__proto__", "%s", "{{1}}", "🏳️‍🌈", "\u202e", "\ufffe", -0, 1e308, 2 ** 53, [], {}),
  fc.constantFrom("owner", "me", "none", "*", "agent", "text", "note", "template", true, false, null),
);

describe.each(routes.filter(({ body }) => body !== undefined))("any JSON to $method $path", (route) => {
  it("is never our fault", async () => {
    const { body: _, ...call } = await examplesOf(nameOf(route)).valid[0](a);
    await fc.assert(
      fc.asyncProperty(anything, (body) => expectNoFault(route, { ...call, body })),
      { numRuns: RUNS },
    );
  });

  it("in any place of a valid body is never our fault", async () => {
    for (const example of examplesOf(nameOf(route)).valid) {
      const { body, ...call } = await example(a);
      const places = [...leavesOf(body).map(({ path }) => path), ...objectsOf(body)].filter(({ length }) => length > 0);
      const changes = fc.array(fc.tuple(fc.constantFrom(...places), stumbling), { minLength: 1, maxLength: 2 });
      await fc.assert(
        fc.asyncProperty(changes, async (changed) => {
          const next = changed.reduce((value, [path, each]) => withValue(value, path, each), body);
          await expectNoFault(route, { ...call, body: next });
        }),
        { numRuns: RUNS / 2 },
      );
    }
  });
});

describe.each(routes)("any bytes to $method $path", (route) => {
  it("are never our fault", async () => {
    const { body: _, ...call } = await examplesOf(nameOf(route)).valid[0](a);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: "binary", maxLength: 40 }), (raw, text) => {
        const params = Object.fromEntries(Object.keys(call.params ?? {}).map((name) => [name, text]));
        const query = Object.fromEntries(Object.keys(call.query ?? {}).map((name) => [name, text]));
        // A body is no part of a GET.
        return expectNoFault(route, {
          ...call,
          params,
          query,
          ...(route.method === "GET" ? {} : { raw, headers: { ...call.headers, ...json } }),
        });
      }),
      { numRuns: RUNS / 4 },
    );
  });
});

describe("afterwards", () => {
  it("queues run empty, nothing is parked, and all that was stored can be read", async () => {
    await installation.drain();
    for (const queue of ["inbound", "outbound", "media", "events"] as const)
      expect(await installation.parked(queue), queue).toEqual([]);
    for (const name of [
      "GET contacts",
      "GET configuration/users",
      "GET configuration/whatsapp-channels",
      "GET conversations",
    ])
      expect((await a.send(name, { query: { limit: "100" } })).status).toBe(200);
    expect((await a.send("GET configuration/changes")).status).toBe(200);
    expect((await a.messages(a.talk.conversation)).length).toBeGreaterThan(1);
  });

  it("nothing was stored that a store may not bear", async () => {
    expect(await installation.unstorable(a.tenantId)).toEqual([]);
  });

  it("no secret was told, and nothing private was logged", () => {
    expect(installation.watch.leaks).toEqual([]);
  });
});
