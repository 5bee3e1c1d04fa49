import type { Cookie, HttpHandler, HttpRequest, HttpResponseInit } from "@azure/functions";
import { UNKNOWN_ADDRESS } from "../addressHash.ts";
import { actorIdOf, type Caller } from "../caller.ts";
import type { Clock } from "../clock.ts";
import { INVOCATION, within } from "../deadlines.ts";
import { Problem } from "../errors.ts";
import type { Telemetry } from "../telemetry/port.ts";
import { parsePart, readBody } from "./input.ts";
import { oauthErrorResponse } from "./oauthError.ts";
import { problemResponse, toProblem } from "./problem.ts";
import type { RateLimiter } from "./rateLimit.ts";
import { type Access, Reply, type RequestInfo, type Route, type SetCookie } from "./route.ts";

export interface ServeContext {
  /**
   * The caller of a bearer token: a user's or a client's access token, or an API key; undefined when it is not (or no longer) one
   * of ours. `address` is the client's. May throw `unauthenticated` with a reason, and `rate-limited`.
   */
  readonly authenticate: (token: string, address: string) => Promise<Caller | undefined>;
  /** Hears of who may not do what. Must not throw. */
  readonly noteForbidden?: (caller: Caller, access: Access, address: string) => Promise<void>;
  readonly limiter: RateLimiter;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** Whether cookies are marked Secure. */
  readonly secureCookies: boolean;
}

const DEFAULT_PER_MINUTE = { caller: 600, address: 120 };

/** A route as an Azure Functions handler: who asks, may they, is it well-formed; then the use case; then the answer. */
export function serve<S>(route: Route<S>, services: S, context: ServeContext): HttpHandler {
  const name = `${route.method} /api/${route.path}`;
  const { telemetry, clock } = context;
  return async (request, invocation) => {
    const started = clock.now().getTime();
    // The host's own request span comes first: it continues the header's trace, and ours belongs below it.
    const traceparent = invocation.traceContext?.traceParent ?? request.headers.get("traceparent") ?? undefined;
    const fields = { route: name };
    let caller: Caller | undefined;
    const answer = async () => {
      caller = route.permission === "public" ? undefined : await authenticated(request, context);
      admit(route, request, caller, context);
      const input = await readInput(route, request, caller);
      return toResponse(route, await route.run(input, services), context);
    };
    const note = (problem: Problem) =>
      telemetry.log(problem.status >= 500 ? "error" : "info", "request refused", {
        ...fields,
        ...(caller === undefined ? {} : { tenantId: caller.tenantId }),
        status: problem.status,
        code: problem.code,
        milliseconds: clock.now().getTime() - started,
        ...(problem.status >= 500 ? { error: problem.cause ?? problem } : {}),
      });
    try {
      return await telemetry.span(name, { kind: "server", traceparent, fields }, async () => {
        try {
          return await within(INVOCATION.http, answer);
        } catch (error) {
          // Within the span, so that the line carries its trace, and the span hears what the caller does.
          const problem = toProblem(error);
          note(problem);
          if (problem.code === "forbidden" && caller !== undefined)
            await context.noteForbidden?.(caller, route.permission, clientAddress(request));
          throw problem;
        }
      });
    } catch (error) {
      const problem = toProblem(error);
      return route.errors === "oauth" ? oauthErrorResponse(problem) : problemResponse(problem);
    }
  };
}

function admit<S>(route: Route<S>, request: HttpRequest, caller: Caller | undefined, context: ServeContext): void {
  if (route.rateLimit !== "none") {
    const fallback = caller === undefined ? DEFAULT_PER_MINUTE.address : DEFAULT_PER_MINUTE.caller;
    const who = caller === undefined ? clientAddress(request) : actorKey(caller);
    context.limiter.take(`${route.method} ${route.path} ${who}`, route.rateLimit?.perMinute ?? fallback);
  }
  if (caller !== undefined && route.permission !== "signed-in" && route.permission !== "public") {
    if (!caller.permissions.has(route.permission))
      throw new Problem("forbidden", { detail: `This needs the permission "${route.permission}".` });
  }
}

async function authenticated(request: HttpRequest, context: ServeContext): Promise<Caller> {
  const [, token] = /^Bearer ([\w.~+/=-]{1,4096})$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  const caller = token === undefined ? undefined : await context.authenticate(token, clientAddress(request));
  if (caller === undefined) throw new Problem("unauthenticated");
  return caller;
}

function actorKey({ tenantId, actor }: Caller): string {
  // A user id is unique in its tenant only, and chosen there: nobody else who has the same may use up its requests.
  return `${tenantId} ${actor.type} ${actorIdOf(actor)}`;
}

async function readInput<S>(route: Route<S>, request: HttpRequest, caller: Caller | undefined) {
  const params = parsePart("path", route.params, request.params) ?? {};
  const query = parsePart("query", route.query, Object.fromEntries(request.query)) ?? {};
  return { caller, params, query, body: await readBody(route, request), request: requestInfo(request) };
}

function requestInfo(request: HttpRequest): RequestInfo {
  const { headers } = request;
  const idempotencyKey = headers.get("idempotency-key") ?? undefined;
  if (idempotencyKey !== undefined && idempotencyKey.length > 255)
    throw new Problem("invalid-request", {
      errors: [{ path: "header.Idempotency-Key", message: "At most 255 characters" }],
    });
  return {
    headers,
    cookies: parseCookies(headers.get("cookie") ?? ""),
    clientAddress: clientAddress(request),
    ifMatch: unquote(headers.get("if-match")),
    ifNoneMatch: unquote(headers.get("if-none-match")),
    idempotencyKey,
  };
}

/**
 * The last entry of X-Forwarded-For is the one that the platform's own front end appended; those before it are whatever the
 * client claimed. The front end may add a port.
 */
function clientAddress(request: HttpRequest): string {
  const last = (request.headers.get("x-forwarded-for") ?? "").split(",").at(-1)?.trim() ?? "";
  return (/^\[?([0-9a-f:.]+?)\]?(:\d+)?$/i.exec(last)?.[1] ?? UNKNOWN_ADDRESS).slice(0, 64);
}

function unquote(etag: string | null): string | undefined {
  return etag === null ? undefined : etag.replace(/^W\//, "").replace(/^"(.*)"$/, "$1");
}

function parseCookies(header: string): ReadonlyMap<string, string> {
  const pairs = header.slice(0, 8192).split(";", 50);
  return new Map(
    pairs.flatMap((pair) => {
      const [, name, value] = /^\s*([^=\s]+)=(.*?)\s*$/.exec(pair) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    }),
  );
}

function toResponse<S>(route: Route<S>, result: unknown, context: ServeContext): HttpResponseInit {
  const { body, options } = result instanceof Reply ? result : new Reply(result);
  const headers: Record<string, string> = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
  if (options.etag !== undefined) headers.etag = `"${options.etag}"`;
  const cookies = (options.cookies ?? []).map((cookie) => toFunctionsCookie(cookie, context.secureCookies));
  const status = options.status ?? (body === undefined ? 204 : 200);
  if (body === undefined) return { status, headers: { ...headers, ...options.headers }, cookies };
  if (route.response === "raw")
    return { status, headers: { ...headers, ...options.headers }, cookies, body: rawBody(body) };
  const shown = JSON.stringify(route.response.parse(body));
  return {
    status,
    headers: { ...headers, "content-type": "application/json", ...options.headers },
    cookies,
    body: shown,
  };
}

function rawBody(body: unknown): Uint8Array | string {
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  throw new TypeError("A raw route answers bytes or text");
}

function toFunctionsCookie({ name, value, path, maxAge, sameSite = "Strict" }: SetCookie, secure: boolean): Cookie {
  return { name, value, path, maxAge, httpOnly: true, secure, sameSite };
}
