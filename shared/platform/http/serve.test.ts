import { HttpRequest, type HttpRequestInit, InvocationContext } from "@azure/functions";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Caller, ROLE_PERMISSIONS } from "../caller.ts";
import { CommitRejected } from "../documents/port.ts";
import { Problem } from "../errors.ts";
import { TenantId } from "../ids.ts";
import { fixedClock } from "../testing/fixedClock.ts";
import { silentTelemetry } from "../testing/silentTelemetry.ts";
import { RateLimiter } from "./rateLimit.ts";
import { Reply, type Route, routeFor } from "./route.ts";
import { serve } from "./serve.ts";

interface Services {
  readonly seen: unknown[];
}
const route = routeFor<Services>();
const agent: Caller = {
  tenantId: TenantId.parse("ten_00000000000000000000"),
  actor: { type: "user", userId: "usr_1", role: "agent", sessionId: "ses_1" },
  permissions: ROLE_PERMISSIONS.agent,
};

function harness() {
  const telemetry = silentTelemetry();
  const clock = fixedClock();
  const context = {
    authenticate: async (token: string) => (token === "good" ? agent : token === "other" ? namesake : undefined),
    limiter: new RateLimiter(clock),
    telemetry,
    clock,
    secureCookies: true,
  };
  const services: Services = { seen: [] };
  async function send(target: Route<Services>, init: Omit<HttpRequestInit, "url"> & { url?: string } = {}) {
    const request = new HttpRequest({ url: "http://localhost/api/x", method: target.method, ...init });
    const response = await serve(target, services, context)(request, new InvocationContext());
    const { body, status, headers, cookies } = response ?? {};
    const text = typeof body === "string" ? body : "";
    return {
      status,
      headers: new Headers(headers),
      cookies,
      body: text === "" ? undefined : JSON.parse(text),
    };
  }
  return { send, services, advance: clock.advance };
}

/** Somebody of another tenant who has the same id there. */
const namesake: Caller = { ...agent, tenantId: TenantId.parse("ten_00000000000000000001") };

const authorization = { authorization: "Bearer good", "content-type": "application/json" };
const things = route({
  method: "POST",
  path: "things/{id}",
  permission: "conversations.handle",
  summary: "A thing",
  params: z.object({ id: z.string().regex(/^thing_\d$/) }),
  query: z.object({ loud: z.enum(["yes", "no"]).optional() }),
  body: z.strictObject({ name: z.string().min(1) }),
  response: z.object({ hello: z.string() }),
  maxBodyBytes: 100,
  handler: async ({ caller, params, body }, { seen }) => {
    seen.push([caller.tenantId, params.id, body.name]);
    return { hello: body.name, secret: "not in the schema" };
  },
});
const ok = { headers: authorization, params: { id: "thing_1" }, body: { string: JSON.stringify({ name: "Ada" }) } };

describe("serve", () => {
  it("hands the handler what it declared and shows only what the response schema names", async () => {
    const { send, services } = harness();
    const response = await send(things, ok);
    expect(response).toMatchObject({ status: 200, body: { hello: "Ada" } });
    expect(response.body).not.toHaveProperty("secret");
    expect(services.seen).toEqual([[agent.tenantId, "thing_1", "Ada"]]);
  });

  it.each([
    ["no credential", { headers: {} }, 401, "unauthenticated"],
    ["a foreign token", { headers: { authorization: "Bearer bad" } }, 401, "unauthenticated"],
    ["a token in another scheme", { headers: { authorization: "Basic good" } }, 401, "unauthenticated"],
    ["an id that cannot exist", { params: { id: "../x" } }, 404, "not-found"],
    ["an unknown field", { body: { string: '{"name":"Ada","admin":true}' } }, 400, "invalid-request"],
    ["a missing field", { body: { string: "{}" } }, 400, "invalid-request"],
    ["broken JSON", { body: { string: "{" } }, 400, "malformed-json"],
    ["bytes that are no UTF-8", { body: { bytes: new Uint8Array([0x22, 0xff, 0x22]) } }, 400, "malformed-json"],
    ["too many bytes", { body: { string: JSON.stringify({ name: "a".repeat(100) }) } }, 413, "too-large"],
    ["a form", { headers: { ...authorization, "content-type": "text/plain" } }, 415, "unsupported-media-type"],
    ["a query value that is not offered", { query: { loud: "maybe" } }, 400, "invalid-request"],
  ])("refuses %s", async (_what, change, status, code) => {
    const { send, services } = harness();
    const response = await send(things, { ...ok, ...change });
    expect(response).toMatchObject({ status, body: { status, code } });
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(services.seen).toEqual([]);
  });

  it("names each field that was wrong by its path", async () => {
    const { send } = harness();
    const { body } = await send(things, { ...ok, body: { string: '{"name":""}' } });
    expect(body.errors).toEqual([{ path: "body.name", message: expect.any(String) }]);
  });

  it("refuses a role without the permission, and says which", async () => {
    const { send } = harness();
    const audit = route({
      method: "GET",
      path: "audit",
      permission: "audit.read",
      summary: "",
      response: z.object({}),
      handler: async () => ({}),
    });
    expect(await send(audit, { headers: authorization })).toMatchObject({
      status: 403,
      body: { code: "forbidden", detail: expect.stringContaining("audit.read") },
    });
  });

  it.each([
    [new Problem("window-closed", { detail: "Use a template." }), 422, "window-closed"],
    [new CommitRejected("stale", 0), 412, "stale"],
    [new CommitRejected("missing", 0), 404, "not-found"],
    [new Error("password=hunter2"), 500, "internal"],
  ])("maps %s", async (thrown, status, code) => {
    const { send } = harness();
    const failing = route({
      method: "GET",
      path: "x",
      permission: "signed-in",
      summary: "",
      response: z.object({}),
      handler: async () => {
        throw thrown;
      },
    });
    const response = await send(failing, { headers: authorization });
    expect(response).toMatchObject({ status, body: { code } });
    expect(JSON.stringify(response.body)).not.toContain("hunter2");
  });

  it("sets cookies that scripts cannot read, and an ETag", async () => {
    const { send } = harness();
    const login = route({
      method: "POST",
      path: "login",
      permission: "public",
      summary: "",
      response: z.object({ ok: z.boolean() }),
      handler: async () =>
        new Reply(
          { ok: true },
          { status: 201, etag: "7", cookies: [{ name: "c", value: "v", path: "/api/auth", maxAge: 60 }] },
        ),
    });
    const response = await send(login);
    expect(response.status).toBe(201);
    expect(response.headers.get("etag")).toBe('"7"');
    expect(response.cookies).toEqual([
      { name: "c", value: "v", path: "/api/auth", maxAge: 60, httpOnly: true, secure: true, sameSite: "Strict" },
    ]);
  });

  it("limits a client by the address that the front end saw, not by one it made up", async () => {
    const { send, advance } = harness();
    const open = route({
      method: "GET",
      path: "open",
      permission: "public",
      summary: "",
      rateLimit: { perMinute: 2 },
      response: z.object({}),
      handler: async () => ({}),
    });
    const from = (claimed: string, real = "203.0.113.7:4711") => ({
      headers: { "x-forwarded-for": `${claimed}, ${real}` },
    });
    expect((await send(open, from("1.1.1.1"))).status).toBe(200);
    expect((await send(open, from("2.2.2.2"))).status).toBe(200);
    const limited = await send(open, from("3.3.3.3"));
    expect(limited).toMatchObject({ status: 429, body: { code: "rate-limited" } });
    expect(limited.headers.get("retry-after")).toBe("30");
    expect((await send(open, from("3.3.3.3", "203.0.113.8:1"))).status).toBe(200);
    advance(30_000);
    expect((await send(open, from("1.1.1.1"))).status).toBe(200);
  });

  it("counts two tenants' users of one id apart", async () => {
    const { send } = harness();
    const limited = route({
      method: "GET",
      path: "limited",
      permission: "signed-in",
      summary: "",
      rateLimit: { perMinute: 1 },
      response: z.object({}),
      handler: async () => ({}),
    });
    const as = async (token: string) => (await send(limited, { headers: { authorization: `Bearer ${token}` } })).status;
    expect([await as("good"), await as("good"), await as("other")]).toEqual([200, 429, 200]);
  });

  it.each(["\\u0000", "a\\ud800", "\\udc00b"])("refuses the text %s, which not every store can keep", async (text) => {
    const { send, services } = harness();
    const response = await send(things, { ...ok, body: { string: `{"name":"${text}"}` } });
    expect(response).toMatchObject({ status: 400, body: { code: "invalid-request", errors: [{ path: "body.name" }] } });
    expect(services.seen).toEqual([]);
    expect((await send(things, { ...ok, body: { string: '{"name":"\\ud83d\\ude00"}' } })).status).toBe(200);
  });
});
