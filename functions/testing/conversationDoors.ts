import { HttpRequest, InvocationContext } from "@azure/functions";
import { agent, harness, OTHER_TENANT } from "../../shared/conversations/testing/harness.ts";
import { type Caller, ROLE_PERMISSIONS } from "../../shared/platform/caller.ts";
import { RateLimiter } from "../../shared/platform/http/rateLimit.ts";
import type { Route } from "../../shared/platform/http/route.ts";
import { serve } from "../../shared/platform/http/serve.ts";
import type { Services } from "../services.ts";
import { servicesWith } from "./servicesWith.ts";

const CALLERS: Readonly<Record<string, Caller>> = {
  agent: agent(),
  owner: { ...agent(), permissions: ROLE_PERMISSIONS.owner },
  nobody: { ...agent(), permissions: new Set() },
  stranger: { ...agent(OTHER_TENANT), permissions: ROLE_PERMISSIONS.owner },
};

interface CallOptions {
  /** Default: agent. */
  readonly as?: "agent" | "owner" | "nobody" | "stranger" | "anonymous";
  readonly params?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
}

/** The doors of conversations, contacts and media on SQLite in memory, called with the real HttpRequest. */
export function conversationDoors() {
  const h = harness();
  const { conversations, contacts, media, clock, telemetry } = h;
  const services = servicesWith({ conversations, contacts, media, clock, telemetry });
  const context = {
    authenticate: async (token: string) => CALLERS[token],
    limiter: new RateLimiter(clock),
    telemetry,
    clock,
    secureCookies: true,
  };

  async function call(route: Route<Services>, options: CallOptions = {}) {
    const { as = "agent", params, query, json, bytes } = options;
    const body = json === undefined ? bytes : Buffer.from(JSON.stringify(json));
    const headers = {
      ...(as === "anonymous" ? {} : { authorization: `Bearer ${as}` }),
      ...(json === undefined ? {} : { "content-type": "application/json" }),
      ...options.headers,
    };
    const request = new HttpRequest({
      method: route.method,
      url: `http://localhost/api/${route.path}`,
      headers,
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { query }),
      ...(body === undefined ? {} : { body: { bytes: Buffer.from(body) } }),
    });
    const response = (await serve(route, services, context)(request, new InvocationContext())) ?? {};
    const answered = response.body;
    const isJson = typeof answered === "string" && answered.startsWith("{");
    return {
      status: response.status,
      headers: new Headers(response.headers),
      bytes: answered instanceof Uint8Array ? Buffer.from(answered) : undefined,
      json: isJson ? JSON.parse(answered) : undefined,
    };
  }

  return { ...h, call };
}
