import { generateKeyPairSync } from "node:crypto";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { routes } from "../../functions/routes.ts";
import { ROLE_PERMISSIONS, type Role } from "../../shared/platform/caller.ts";
import { EXAMPLES, examplesOf } from "./examples.ts";
import { Installation, nameOf, PUBLIC_URL } from "./installation.ts";
import { Organisation, ROLES } from "./organisation.ts";

const names = routes.map(nameOf);
const guarded = routes.filter(({ permission }) => permission !== "public");

let installation: Installation;
let a: Organisation;
/** Authorization headers that must open nothing, by what is wrong with them. */
let forged: Record<string, string | undefined>;

beforeAll(async () => {
  installation = new Installation();
  a = await Organisation.make(installation, "alpha");
  forged = await forgeries(a);
});
afterAll(() => installation.close());

describe("the table of examples", () => {
  it.each(names)("has %s", (name) => expect(() => examplesOf(name)).not.toThrow());

  it("has no route that is gone", () => {
    const gone = Object.keys(EXAMPLES).filter((name) => !names.includes(name));
    expect(gone, "Remove these from EXAMPLES in test/isolation/examples.ts").toEqual([]);
  });
});

describe.each(routes.filter(({ permission }) => permission === "public"))("$method $path is public and", (route) => {
  it("succeeds without credentials, as its examples say", async () => {
    for (const example of examplesOf(nameOf(route)).valid) {
      const answer = await installation.send(route, await example(a));
      expect(answer.status, answer.text).toBeLessThan(300);
    }
  });
});

describe.each(guarded)("$method $path", (route) => {
  const { permission } = route;

  it("refuses whoever is not signed in, and does nothing", async () => {
    const [example] = examplesOf(nameOf(route)).valid;
    const call = await example(a);
    const before = await installation.snapshot(a.tenantId);
    for (const [what, authorization] of Object.entries(forged)) {
      const headers = { ...call.headers, ...(authorization === undefined ? {} : { authorization }) };
      const answer = await installation.send(route, { ...call, headers });
      expect([answer.status, answer.code], what).toEqual([401, "unauthenticated"]);
    }
    expect(await installation.snapshot(a.tenantId)).toBe(before);
  });

  it.each(ROLES)("lets the role %s do what it may, and nothing else", async (role: Role) => {
    const may = permission === "signed-in" || (permission !== "public" && ROLE_PERMISSIONS[role].has(permission));
    for (const example of examplesOf(nameOf(route)).valid) {
      const call = await example(a);
      const before = may ? "" : await installation.snapshot(a.tenantId);
      const answer = await installation.send(route, call, a.person(role).token);
      if (may) expect(answer.status, answer.text).toBeLessThan(300);
      else expect([answer.status, answer.code]).toEqual([403, "forbidden"]);
      if (!may) expect(await installation.snapshot(a.tenantId)).toBe(before);
    }
  });

  it.skipIf(permission === "signed-in")("refuses a caller without permissions", async () => {
    const [example] = examplesOf(nameOf(route)).valid;
    const { token } = a.person("owner");
    const caller = await installation.authenticate(token);
    if (caller === undefined) throw new Error("The token has run out");
    const call = await example(a);
    const answer = await installation.send(route, call, token, async () => ({ ...caller, permissions: new Set() }));
    expect([answer.status, answer.code]).toEqual([403, "forbidden"]);
  });
});

describe("in the whole run", () => {
  it("no secret was told, and nothing private was logged", () => {
    expect(installation.watch.lines).toBeGreaterThan(50);
    expect(installation.watch.leaks).toEqual([]);
  });
});

async function forgeries(organisation: Organisation): Promise<Record<string, string | undefined>> {
  const { token } = organisation.person("owner");
  const [header = "", payload = "", signature = ""] = token.split(".");
  const claims: Record<string, unknown> = JSON.parse(Buffer.from(payload, "base64url").toString());
  const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const { kid } = JSON.parse(Buffer.from(header, "base64url").toString());
  const { privateKey } = generateKeyPairSync("ed25519");
  const now = Math.floor(organisation.installation.clock.now().getTime() / 1000);
  const foreign = await new SignJWT({ ...claims, exp: now + 600 })
    .setProtectedHeader({ alg: "EdDSA", kid, typ: "at+jwt" })
    .setIssuer(PUBLIC_URL)
    .sign(privateKey);
  const secretOfNobody = await new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", kid, typ: "at+jwt" })
    .sign(new TextEncoder().encode("0".repeat(32)));
  return {
    "no header": undefined,
    "an empty header": "",
    "no token": "Bearer ",
    "another scheme": `Basic ${Buffer.from("owner:password").toString("base64")}`,
    "a token under another scheme": `Token ${token}`,
    garbage: "Bearer garbage",
    "three dots": "Bearer ...",
    "a huge token": `Bearer ${"a".repeat(5000)}`,
    "two tokens": `Bearer ${token} ${token}`,
    "another signature": `Bearer ${header}.${payload}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`,
    "another payload": `Bearer ${header}.${base64({ ...claims, role: "owner", exp: now + 9e6 })}.${signature}`,
    "alg none": `Bearer ${base64({ alg: "none", typ: "at+jwt", kid })}.${payload}.`,
    "alg HS256": `Bearer ${secretOfNobody}`,
    "a foreign key": `Bearer ${foreign}`,
    expired: `Bearer ${await expiredToken(organisation)}`,
  };
}

/** A token of ours that has run out: given out an hour ago. */
async function expiredToken(organisation: Organisation): Promise<string> {
  const { clock } = organisation.installation;
  const hour = 60 * 60 * 1000;
  clock.advance(-hour);
  const { accessToken } = await organisation.signIn(organisation.person("agent").email);
  clock.advance(hour);
  return accessToken;
}
