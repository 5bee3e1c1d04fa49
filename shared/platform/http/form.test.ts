import { HttpRequest, InvocationContext } from "@azure/functions";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Problem } from "../errors.ts";
import { fixedClock } from "../testing/fixedClock.ts";
import { silentTelemetry } from "../testing/silentTelemetry.ts";
import { RateLimiter } from "./rateLimit.ts";
import { routeFor } from "./route.ts";
import { serve } from "./serve.ts";

const FORM = "application/x-www-form-urlencoded";

/** Posts to a route that takes a form and answers its fields, or throws what it is given. */
async function post(
  body: string | Uint8Array,
  { contentType = FORM, fault }: { contentType?: string; fault?: Error } = {},
) {
  const clock = fixedClock();
  const telemetry = silentTelemetry();
  const echo = routeFor<undefined>()({
    method: "POST",
    path: "oauth/echo",
    permission: "public",
    summary: "",
    encoding: "form",
    errors: "oauth",
    maxBodyBytes: 4000,
    body: z.object({ grant_type: z.string().max(20), scope: z.string().optional() }),
    response: z.record(z.string(), z.string().optional()),
    handler: async ({ body: fields }) => {
      if (fault !== undefined) throw fault;
      return fields;
    },
  });
  const context = { authenticate: async () => undefined, limiter: new RateLimiter(clock), telemetry, clock };
  const request = new HttpRequest({
    method: "POST",
    url: "http://localhost/api/oauth/echo",
    headers: { "content-type": contentType },
    body: typeof body === "string" ? { string: body } : { bytes: body },
  });
  const answer =
    (await serve(echo, undefined, { ...context, secureCookies: true })(request, new InvocationContext())) ?? {};
  return { status: answer.status, headers: new Headers(answer.headers), body: JSON.parse(String(answer.body)) };
}

describe("a route that takes a form", () => {
  it.each([
    ["grant_type=a", { grant_type: "a" }],
    ["grant_type=a+b%2Bc&scope=%C3%A9", { grant_type: "a b+c", scope: "é" }],
    ["grant_type=a&scope=", { grant_type: "a" }],
    ["grant_type=a&unknown=1&__proto__=2", { grant_type: "a" }],
  ])("takes %s", async (text, fields) => {
    expect(await post(text)).toMatchObject({ status: 200, body: fields });
    expect((await post(text, { contentType: `${FORM};charset=UTF-8` })).body).toEqual(fields);
  });

  it.each([
    ["", 400, "invalid-request"],
    ["grant_type=", 400, "invalid-request"],
    ["grant_type=a&grant_type=a", 400, "invalid-request"],
    ["grant_type=a&scope=x&scope=", 400, "invalid-request"],
    ["grant_type=%00", 400, "invalid-request"],
    [`grant_type=${"a".repeat(21)}`, 400, "invalid-request"],
    [Buffer.from([0x67, 0xff]), 400, "invalid-request"],
    [Array.from({ length: 101 }, (_, n) => `p${n}=1`).join("&"), 400, "invalid-request"],
    [`grant_type=${"a".repeat(4000)}`, 413, "too-large"],
  ])("refuses %j", async (text, status, code) => {
    const { body, headers, ...answer } = await post(text);
    expect(answer.status).toBe(status);
    expect(body).toMatchObject({ error: "invalid_request", code, status });
    expect(headers.get("content-type")).toBe("application/json");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  it.each(["application/json", "text/plain", "multipart/form-data; boundary=x"])("refuses %s", async (contentType) => {
    expect(await post("grant_type=a", { contentType })).toMatchObject({
      status: 415,
      body: { error: "invalid_request", code: "unsupported-media-type" },
    });
  });
});

describe("a refusal in OAuth2's shape", () => {
  it.each([
    [new Problem("invalid-client", { detail: "No such client." }), 401, "invalid_client"],
    [new Problem("invalid-scope"), 400, "invalid_scope"],
    [new Problem("unsupported-grant-type"), 400, "unsupported_grant_type"],
    [new Problem("rate-limited", { retryAfter: 7 }), 429, "temporarily_unavailable"],
    [new Problem("unavailable"), 503, "temporarily_unavailable"],
    [new Problem("not-found"), 404, "invalid_request"],
    [new Error("password=hunter2"), 500, "server_error"],
  ])("is for %s", async (fault, status, error) => {
    const { headers, ...answer } = await post("grant_type=a", { fault });
    expect(answer).toMatchObject({ status, body: { error, status } });
    expect(JSON.stringify(answer.body)).not.toContain("hunter2");
    expect(headers.get("www-authenticate")).toBe(status === 401 ? 'Basic realm="Cordboard"' : null);
    expect(headers.get("retry-after")).toBe(status === 429 ? "7" : null);
  });

  it("describes it in the characters that the RFC allows", async () => {
    const fault = new Problem("invalid-scope", { detail: 'No "é" \\ here.\n' });
    expect((await post("grant_type=a", { fault })).body).toMatchObject({
      error_description: "No ''' ' here.'",
      detail: 'No "é" \\ here.\n',
    });
  });
});
