import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { routes } from "../../functions/routes.ts";
import type { Answer } from "./answer.ts";
import { examplesOf } from "./examples.ts";
import { type AnyRoute, type Call, Installation, nameOf } from "./installation.ts";
import { leavesOf, objectsOf, withValue } from "./leaves.ts";
import { Organisation } from "./organisation.ts";

const withBody = routes.filter(({ body }) => body !== undefined);
const withParams = routes.filter(({ path }) => path.includes("{"));
const withQuery = routes.filter(({ query }) => query !== undefined);

let installation: Installation;
let a: Organisation;

beforeAll(async () => {
  installation = new Installation();
  a = await Organisation.make(installation, "alpha");
});
afterAll(() => installation.close());

function send(route: AnyRoute, call: Call): Promise<Answer> {
  return installation.send(route, call, route.permission === "public" ? undefined : a.person("owner").token);
}

function nested(depth: number): string {
  return "[".repeat(depth) + "]".repeat(depth);
}

const DEEP: unknown = JSON.parse(nested(500));
const HUGE = "x".repeat(150_000);

/** Wrong wherever a body has a text, a number or a boolean: no field takes just anything. */
const WRONG_TYPES: readonly unknown[] = [{}, { $ne: null }, [], [null], DEEP];
/** Texts that no store, log or provider should have to bear, in place of any text. */
const BAD_TEXTS = ["\u0000", "a\u0000b", "\ud800", "a\udc00b", HUGE];

const json = { "content-type": "application/json" };

describe.each(withBody)("the body of $method $path", (route) => {
  const { valid } = examplesOf(nameOf(route));

  it("is a JSON object, and nothing else", async () => {
    const [example] = valid;
    const { body: _, ...call } = await example(a);
    for (const wrong of [null, [], [[]], "text", "", 5, true, {}, DEEP]) {
      const answer = await send(route, { ...call, body: wrong });
      expect([answer.status, answer.code], JSON.stringify(wrong).slice(0, 50)).toEqual([400, "invalid-request"]);
    }
    const malformed = ["", "{", "nul", "{'a':1}", '{"a":NaN}', "\u0000", '{"a":"\\x"}', `{"a":${nested(100_000)}`];
    for (const raw of [...malformed, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])]) {
      const answer = await send(route, { ...call, raw, headers: { ...call.headers, ...json } });
      expect([answer.status, answer.code], String(raw).slice(0, 50)).toEqual([400, "malformed-json"]);
    }
    const deep = await send(route, { ...call, raw: nested(100_000), headers: { ...call.headers, ...json } });
    expect([deep.status, deep.code]).toEqual([400, "invalid-request"]);
  });

  it("comes as JSON", async () => {
    const [example] = valid;
    const { body, ...call } = await example(a);
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "text/json",
    ]) {
      const answer = await send(route, {
        ...call,
        raw: JSON.stringify(body),
        headers: { ...call.headers, "content-type": type },
      });
      expect([answer.status, answer.code], type).toEqual([415, "unsupported-media-type"]);
    }
  });

  it("has each field as described, and no other", async () => {
    for (const example of valid) {
      const { body, ...call } = await example(a);
      const expectInvalid = async (wrong: unknown, about: string) => {
        const answer = await send(route, { ...call, body: wrong });
        expect([answer.status, answer.code], `${about} ${answer.text}`).toEqual([400, "invalid-request"]);
      };
      for (const { path, value } of leavesOf(body)) {
        const place = path.join(".");
        for (const wrong of [...WRONG_TYPES, ...(typeof value === "number" ? ["5"] : [5, 0, -1])])
          await expectInvalid(withValue(body, path, wrong), `${place} as ${JSON.stringify(wrong).slice(0, 50)}`);
        if (typeof value !== "string") continue;
        for (const text of BAD_TEXTS)
          await expectInvalid(withValue(body, path, text), `${place} as ${JSON.stringify(text).slice(0, 50)}`);
      }
      for (const extra of ["another", "__proto__", "constructor", "toString", "tenantId", "id"])
        await expectInvalid(withValue(body, [extra], { isAdmin: true }), `with ${extra}`);
    }
  });

  it("may be without a field, or have null there, as described or not, and nothing breaks", async () => {
    for (const example of valid) {
      const { body, ...call } = await example(a);
      for (const path of [...leavesOf(body).map((leaf) => leaf.path), ...objectsOf(body)]) {
        if (path.length === 0) continue;
        for (const next of [undefined, null, false]) {
          const changed = withValue(body, path, next);
          const answer = await send(route, { ...call, body: changed });
          expect(answer.status, `${path.join(".")} as ${next}: ${answer.text}`).toBeLessThan(500);
          if (route.body?.safeParse(changed).success === false) expect(answer.code).toBe("invalid-request");
        }
      }
    }
  });

  it("keeps a prototype clean", () => {
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain("isAdmin");
    expect("isAdmin" in {}).toBe(false);
  });
});

describe.each(routes.filter(({ body, raw }) => raw || body !== undefined))(
  "an oversized body to $method $path",
  (route) => {
    it("is refused, whether it says so or not", async () => {
      const [example] = examplesOf(nameOf(route)).valid;
      const { body: _, raw: __, ...call } = await example(a);
      const more = route.maxBodyBytes + 1;
      const says = await send(route, {
        ...call,
        raw: "{}",
        headers: { ...json, ...call.headers, "content-length": String(more) },
      });
      expect([says.status, says.code]).toEqual([413, "too-large"]);
      if (more > 10_000_000) return;
      const has = await send(route, { ...call, raw: Buffer.alloc(more, 32), headers: { ...json, ...call.headers } });
      expect([has.status, has.code]).toEqual([413, "too-large"]);
    });
  },
);

const BAD_IDS = [
  "x".repeat(5000),
  "a/b",
  "../../me",
  "..",
  ".",
  "%2e%2e%2f",
  "a\\b",
  "💥",
  "\u0000",
  "a\u0000b",
  "\ud800",
  " ",
  "CNV_00000000000000000000",
  "cnv_0000000000000000000",
  "cnv_000000000000000000000",
  "cnv_00000000000000000000\n",
  "' OR 1=1 --",
  "<script>",
  "{id}",
  "null",
  "__proto__",
  "constructor",
];

describe.each(withParams)("an id in the path of $method $path", (route) => {
  it("that cannot be one is not found", async () => {
    const [example] = examplesOf(nameOf(route)).valid;
    const call = await example(a);
    const before = await installation.snapshot(a.tenantId);
    const chosen = examplesOf(nameOf(route)).choosesId === true;
    for (const name of Object.keys(call.params ?? {})) {
      for (const id of BAD_IDS) {
        // What a client may choose as an id, it may.
        if (chosen && /^[a-z0-9][a-z0-9_-]{0,62}$/.test(id)) continue;
        const answer = await send(route, { ...call, params: { ...call.params, [name]: id } });
        expect([answer.status, answer.code], `${name}=${JSON.stringify(id).slice(0, 50)}`).toEqual([404, "not-found"]);
      }
    }
    expect(await installation.snapshot(a.tenantId)).toBe(before);
  });
});

/** Values no parameter of that name takes, wherever it appears. */
const BAD_QUERIES: Readonly<Record<string, readonly string[]>> = {
  limit: ["0", "-1", "1e9", "NaN", "Infinity", "1.5", "", " ", "ten", "0x", "1,2", "1;DROP TABLE"],
  cursor: [
    "garbage",
    "{}",
    "",
    "A".repeat(3000),
    "💥",
    "\u0000",
    Buffer.from('["x",null,"y",""]').toString("base64url"),
  ],
  status: ["", "OPEN", "none", "__proto__", "open,closed"],
  assignee: ["", "x".repeat(65)],
  after: ["-1", "1.5", "NaN", "Infinity", "9".repeat(30), "x"],
  wait: ["-1", "26", "1e9", "NaN", "x"],
  fileName: ["x".repeat(1001)],
  "hub.mode": ["x".repeat(65)],
  "hub.verify_token": ["x".repeat(513)],
  "hub.challenge": ["x".repeat(513)],
};

describe.each(withQuery)("the query of $method $path", (route) => {
  it("is refused where a value cannot be", async () => {
    if (!(route.query instanceof z.ZodObject)) throw new Error("A query's schema is an object");
    const [example] = examplesOf(nameOf(route)).valid;
    const call = await example(a);
    for (const name of Object.keys(route.query.shape)) {
      const bad = BAD_QUERIES[name];
      if (bad === undefined)
        throw new Error(`Add to BAD_QUERIES in ${import.meta.filename} what "${name}" must refuse`);
      for (const value of bad) {
        const answer = await send(route, { ...call, query: { ...call.query, [name]: value } });
        const about = `${name}=${JSON.stringify(value).slice(0, 50)} ${answer.text.slice(0, 200)}`;
        expect([answer.status, answer.code], about).toEqual([400, "invalid-request"]);
      }
    }
  });

  it("may hold what nobody asked for", async () => {
    const [example] = examplesOf(nameOf(route)).valid;
    const call = await example(a);
    const odd = { __proto__x: "1", constructor: "1", "a[b]": "2", $where: "1", "": "x", "\u0000": "\u0000" };
    const answer = await send(route, { ...call, query: { ...call.query, ...odd } });
    expect(answer.status, answer.text).toBeLessThan(300);
  });
});

const BAD_HEADERS: readonly Record<string, string>[] = [
  { "if-match": "" },
  { "if-match": '"' },
  { "if-match": `"${"9".repeat(5000)}"` },
  { "if-match": 'W/"\' OR 1=1", *' },
  { "if-none-match": '*, *, "' },
  { cookie: "=;=;;cordboard_refresh=.;cordboard_refresh" },
  { cookie: `cordboard_refresh=${"ten_00000000000000000000.".repeat(100)}` },
  { cookie: "cordboard_refresh=ten_00000000000000000000.ses_00000000000000000000.a.b" },
  { traceparent: "00-garbage" },
  { "x-forwarded-for": "not an address, ','; DROP" },
  { range: "bytes=99999999999999999999-" },
  { "x-hub-signature-256": "sha256=zz" },
];

describe.each(routes.filter(({ path }) => path !== "health"))("a header of $method $path", (route) => {
  it("that makes no sense breaks nothing", async () => {
    const [example] = examplesOf(nameOf(route)).valid;
    for (const header of BAD_HEADERS) {
      const call = await example(a);
      const answer = await send(route, { ...call, headers: { ...call.headers, ...header } });
      expect(answer.status, `${JSON.stringify(header)} ${answer.text}`).toBeLessThan(500);
    }
    const call = await example(a);
    const long = await send(route, { ...call, headers: { ...call.headers, "idempotency-key": "k".repeat(256) } });
    expect([long.status, long.code]).toEqual([400, "invalid-request"]);
  });
});

describe("in the whole run", () => {
  it("no secret was told, and nothing private was logged", () => {
    expect(installation.watch.leaks).toEqual([]);
  });
});
