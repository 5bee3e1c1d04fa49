import { decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { identityHarness, type Jar, PASSWORD, PUBLIC_URL } from "../testing/identityHarness.ts";

const MINUTE = 60_000;

describe("sign-in", () => {
  it("answers as sign-up does, whatever the case of slug and address", async () => {
    const { newTenant, send, events } = identityHarness();
    const { tenant, user } = await newTenant("acme");
    const { status, body, cookies } = await send("POST", "auth/login", {
      body: { tenant: " ACME ", email: "Owner@Acme.TEST", password: PASSWORD },
    });
    expect(status).toBe(200);
    expect(body).toEqual({ accessToken: expect.any(String), expiresIn: 600, tenant, user });
    expect(cookies).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ type: "user.signed-in", tenantId: tenant.id, actor: { userId: user.id } });
  });

  it("does not tell unknown organisation, unknown user, inactive user and wrong password apart", async () => {
    const { newTenant, send, operations } = identityHarness();
    const { token } = await newTenant("acme");
    const input = { name: "Ina", email: "ina@acme.test", role: "agent", active: false, password: PASSWORD };
    await send("PUT", "configuration/users/ina", { token, body: input });
    const tries = [
      { tenant: "nowhere", email: "owner@acme.test", password: PASSWORD },
      { tenant: "acme", email: "nobody@acme.test", password: PASSWORD },
      { tenant: "acme", email: "ina@acme.test", password: PASSWORD },
      { tenant: "acme", email: "owner@acme.test", password: "correct horse batterie" },
      { tenant: "%%", email: "no address", password: "x" },
    ];
    const answers = [];
    const asked = [];
    for (const body of tries) {
      operations.length = 0;
      answers.push(await send("POST", "auth/login", { body, from: `1.1.1.${asked.length}` }));
      asked.push([...operations]);
    }
    for (const each of asked) expect(each).toEqual(asked[0]);
    expect(asked[0]).toHaveLength(7);
    for (const { status, body, cookies, headers } of answers) {
      expect(status).toBe(401);
      expect(body).toEqual(answers[0]?.body);
      expect(body.code).toBe("invalid-credentials");
      expect([...headers]).toEqual([...(answers[0]?.headers ?? [])]);
      expect(cookies).toEqual([]);
    }
  });

  it("slows down guessing at one account, by address, for a quarter of an hour", async () => {
    const { newTenant, send, clock } = identityHarness();
    await newTenant("acme");
    const good = { tenant: "acme", email: "owner@acme.test", password: PASSWORD };
    for (const tenant of ["acme", "nowhere"]) {
      const wrong = { ...good, tenant, password: "wrong" };
      const tries = Array.from({ length: 15 }, () => send("POST", "auth/login", { body: wrong, from: "1.1.1.1" }));
      const statuses = (await Promise.all(tries)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 401)).toHaveLength(10);
      expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    }
    const refused = await send("POST", "auth/login", { body: good, from: "1.1.1.1" });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(800);
    expect((await send("POST", "auth/login", { body: good, from: "2.2.2.2" })).status).toBe(200);
    for (let i = 0; i < 15; i++)
      await send("POST", "auth/login", { body: { ...good, password: "x" }, from: "3.3.3.3" });
    clock.advance(15 * MINUTE + 1);
    expect((await send("POST", "auth/login", { body: good, from: "3.3.3.3" })).status).toBe(200);
  });

  it("keeps tenants apart: the same address and password open one's own door only", async () => {
    const { newTenant, send } = identityHarness();
    await newTenant("acme");
    await newTenant("bolt");
    const body = { tenant: "bolt", email: "owner@acme.test", password: PASSWORD };
    expect((await send("POST", "auth/login", { body })).status).toBe(401);
  });
});

describe("access tokens", () => {
  it("verify against the published keys, with issuer, audience and ten minutes", async () => {
    const { newTenant, send, clock } = identityHarness();
    const { token, tenant, user } = await newTenant("acme");
    const { body, headers } = await send("GET", ".well-known/jwks.json");
    expect(headers.get("cache-control")).toContain("max-age");
    expect(JSON.stringify(body)).not.toContain('"d"');
    const [jwk] = body.keys;
    expect(decodeProtectedHeader(token)).toEqual({ alg: "EdDSA", kid: jwk.kid, typ: "at+jwt" });
    const { payload } = await jwtVerify(token, await importJWK(jwk, "EdDSA"), { currentDate: clock.now() });
    expect(payload).toMatchObject({ iss: PUBLIC_URL, aud: "cordboard", sub: user.id, tid: tenant.id, role: "owner" });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(600);
  });

  it("end after ten minutes, also where they are remembered", async () => {
    const { newTenant, send, clock } = identityHarness();
    const { token } = await newTenant("acme");
    expect((await send("GET", "me", { token })).status).toBe(200);
    clock.advance(10 * MINUTE - 1000);
    expect((await send("GET", "me", { token })).status).toBe(200);
    clock.advance(1000);
    expect((await send("GET", "me", { token })).status).toBe(401);
  });

  it("are refused when forged, altered, unsigned or signed by another key of the same name", async () => {
    const { newTenant, send } = identityHarness();
    const { token } = await newTenant("acme");
    const [header = "", payload = "", signature = ""] = token.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const { privateKey, publicKey } = await generateKeyPair("EdDSA");
    const { kid } = decodeProtectedHeader(token);
    const foreign = await new SignJWT(claims)
      .setProtectedHeader({ alg: "EdDSA", kid: String(kid), typ: "at+jwt", jwk: await exportJWK(publicKey) })
      .sign(privateKey);
    const forged = [
      foreign,
      [header, encode({ ...claims, role: "owner", tid: "ten_00000000000000000000" }), signature].join("."),
      [encode({ alg: "none", typ: "at+jwt" }), payload, ""].join("."),
      [header, payload, `${signature.slice(0, -4)}AAAA`].join("."),
      token.slice(0, -1),
      "x",
    ];
    for (const each of forged) expect((await send("GET", "me", { token: each })).status).toBe(401);
    expect((await send("GET", "me", { token })).status).toBe(200);
  });
});

describe("refresh", () => {
  it("renews both tokens, again and again", async () => {
    const { newTenant, send, clock } = identityHarness();
    const { jar, tenant, user } = await newTenant("acme");
    const seen = new Set([jar.cookie]);
    for (let i = 0; i < 20; i++) {
      clock.advance(i % 2 === 0 ? 9 * MINUTE : 100);
      const { status, body } = await send("POST", "auth/refresh", { jar });
      expect(status).toBe(200);
      expect(body).toEqual({ accessToken: expect.any(String), expiresIn: 600, tenant, user });
      expect((await send("GET", "me", { token: body.accessToken })).status).toBe(200);
      seen.add(jar.cookie);
    }
    expect(seen.size).toBe(21);
  });

  it("lets many tabs refresh at once", async () => {
    const { newTenant, send, clock } = identityHarness();
    const { jar } = await newTenant("acme");
    for (let round = 0; round < 3; round++) {
      clock.advance(9 * MINUTE);
      const answers = await Promise.all(Array.from({ length: 8 }, () => send("POST", "auth/refresh", { jar })));
      expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    }
  });

  it("ends the sign-in when an old token shows up again, for thief and owner", async () => {
    const { newTenant, send, clock, events } = identityHarness();
    const { jar } = await newTenant("acme");
    const stolen: Jar = { ...jar };
    expect((await send("POST", "auth/refresh", { jar })).status).toBe(200);
    clock.advance(MINUTE + 1);
    const replay = await send("POST", "auth/refresh", { jar: stolen });
    expect(replay.status).toBe(401);
    expect(replay.body.code).toBe("session-expired");
    expect(replay.cookies).toEqual([]);
    expect((await send("POST", "auth/refresh", { jar })).status).toBe(401);
    expect(events.at(-1)).toMatchObject({ type: "user.refused", data: { reason: "refresh-token-replayed" } });
  });

  it("is ended by nobody who never held one of its tokens", async () => {
    const { newTenant, send } = identityHarness();
    const { jar } = await newTenant("acme");
    const [tenantId, sessionId, family] = (jar.cookie ?? "").split(".");
    const guesses = [undefined, "", "x", [tenantId, sessionId, "guess", "guess"].join("."), `${jar.cookie}.x`];
    for (const cookie of guesses) {
      const thief: Jar = { cookie };
      expect((await send("POST", "auth/refresh", { jar: thief })).status).toBe(401);
      await send("POST", "auth/logout", { jar: thief });
    }
    expect(family).toHaveLength(43);
    expect((await send("POST", "auth/refresh", { jar })).status).toBe(200);
  });

  it("forgets a sign-in that was not used for 30 days", async () => {
    const { newTenant, send, clock } = identityHarness();
    const { jar } = await newTenant("acme");
    clock.advance(29 * 24 * 60 * MINUTE);
    expect((await send("POST", "auth/refresh", { jar })).status).toBe(200);
    clock.advance(30 * 24 * 60 * MINUTE + 1000);
    expect((await send("POST", "auth/refresh", { jar })).status).toBe(401);
  });

  it("stores no token", async () => {
    const { newTenant, documents, tenantDump } = withDump();
    const { jar, token, tenant } = await newTenant("acme");
    const text = await tenantDump(documents, tenant.id);
    for (const secret of [...(jar.cookie ?? "").split(".").slice(2), token, PASSWORD])
      expect(text).not.toContain(secret);
    expect(text).toContain("$argon2id$v=19$");
  });
});

describe("sign-out", () => {
  it("ends the sign-in and takes the cookie away, and never complains", async () => {
    const { newTenant, send } = identityHarness();
    const { jar } = await newTenant("acme");
    const copy: Jar = { ...jar };
    const { status, cookies } = await send("POST", "auth/logout", { jar });
    expect(status).toBe(204);
    expect(cookies).toMatchObject([{ name: "cordboard_refresh", value: "", maxAge: 0, path: "/api/auth" }]);
    expect((await send("POST", "auth/refresh", { jar: copy })).status).toBe(401);
    expect((await send("POST", "auth/logout", { jar: copy })).status).toBe(204);
  });
});

function withDump() {
  const harness = identityHarness();
  const tenantDump = async (documents: typeof harness.documents, tenantId: string) => {
    const dumps = [];
    for (const container of ["identity", "configuration"] as const)
      dumps.push((await documents.changes(container, undefined, 1000)).items);
    return JSON.stringify(dumps.flat().filter((each) => each.tenantId === tenantId));
  };
  return { ...harness, tenantDump };
}
