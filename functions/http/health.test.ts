import { HttpRequest, InvocationContext } from "@azure/functions";
import { describe, expect, it } from "vitest";
import { type Caller, ROLE_PERMISSIONS, type Role } from "../../shared/platform/caller.ts";
import { Health } from "../../shared/platform/health.ts";
import { RateLimiter } from "../../shared/platform/http/rateLimit.ts";
import { serve } from "../../shared/platform/http/serve.ts";
import { TenantId } from "../../shared/platform/ids.ts";
import { fixedClock } from "../../shared/platform/testing/fixedClock.ts";
import { silentTelemetry } from "../../shared/platform/testing/silentTelemetry.ts";
import { servicesWith } from "../testing/servicesWith.ts";
import { getHealth, getMetrics } from "./health.ts";

const clock = fixedClock();
const telemetry = silentTelemetry();
const up = { ping: async () => undefined };
const down = { ping: () => Promise.reject(new Error("down")) };

function healthWith(documents: typeof up | typeof down) {
  const dependencies = { documents, queue: up, blobs: up, realtime: up, secrets: up };
  const waiting = { ...clock, sleep: () => new Promise<void>(() => undefined) };
  return new Health({ platform: "local", version: "1", dependencies, clock: waiting, telemetry });
}

function callerAs(role: Role): Caller {
  const tenantId = TenantId.parse("ten_00000000000000000001");
  const actor = { type: "user", userId: "usr_1", role, sessionId: "ses_1" } as const;
  return { tenantId, actor, permissions: ROLE_PERMISSIONS[role] };
}

type Given = Parameters<typeof servicesWith>[0];

async function send(route: Parameters<typeof serve<ReturnType<typeof servicesWith>>>[0], given: Given, role?: Role) {
  const context = {
    authenticate: async () => (role === undefined ? undefined : callerAs(role)),
    limiter: new RateLimiter(clock),
    telemetry,
    clock,
    secureCookies: false,
  };
  const { method, path } = route;
  const headers = role === undefined ? {} : { authorization: "Bearer token" };
  const request = new HttpRequest({ method, url: `http://localhost/api/${path}`, headers });
  const answer = await serve(
    route,
    servicesWith(given),
    context,
  )(request, new InvocationContext({ functionName: "f" }));
  if (answer === undefined || !("status" in answer)) throw new Error("No answer");
  return answer;
}

describe("GET /api/health", () => {
  it("answers 200 to anybody while it can serve", async () => {
    const { status, body } = await send(getHealth, { health: healthWith(up) });
    expect(status).toBe(200);
    expect(JSON.parse(String(body))).toMatchObject({ status: "ok", platform: "local", version: "1" });
  });

  it("answers 503 with the same shape when it cannot", async () => {
    const { status, body } = await send(getHealth, { health: healthWith(down) });
    expect(status).toBe(503);
    expect(JSON.parse(String(body))).toMatchObject({ status: "degraded", dependencies: { documents: "down" } });
  });
});

describe("GET /api/metrics", () => {
  const metrics = { renderMetrics: () => "cordboard_x_total 1\n" };

  it("needs the permission", async () => {
    expect((await send(getMetrics, { metrics })).status).toBe(401);
    expect((await send(getMetrics, { metrics }, "agent")).status).toBe(403);
  });

  it("answers text", async () => {
    const { status, headers, body } = await send(getMetrics, { metrics }, "admin");
    expect([status, body]).toEqual([200, "cordboard_x_total 1\n"]);
    expect(headers).toMatchObject({ "content-type": "text/plain; version=0.0.4; charset=utf-8" });
  });
});
