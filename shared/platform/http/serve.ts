import type { HttpHandler, HttpRequest, HttpResponseInit } from "@azure/functions";
import type { z } from "zod";
import { actorIdOf, type Caller } from "../caller.ts";
import type { Clock } from "../clock.ts";
import { INVOCATION, within } from "../deadlines.ts";
import { Problem } from "../errors.ts";
import type { Telemetry } from "../telemetry/port.ts";
import { fieldErrors, problemResponse, toProblem } from "./problem.ts";
import type { RateLimiter } from "./rateLimit.ts";
import { Reply, type RequestInfo, type Route, type SetCookie } from "./route.ts";

export interface ServeContext {
  /** The caller of an access token, or undefined when it is not (or no longer) one of ours. */
  readonly authenticate: (accessToken: string) => Promise<Caller | undefined>;
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
      caller = await admit(route, request, context);
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
          throw problem;
        }
      });
    } catch (error) {
      return problemResponse(toProblem(error));
    }
  };
}

async function admit<S>(route: Route<S>, request: HttpRequest, context: ServeContext): Promise<Caller | undefined> {
  const caller = route.permission === "public" ? undefined : await authenticated(request, context);
  if (route.rateLimit !== "none") {
    const fallback = caller === undefined ? DEFAULT_PER_MINUTE.address : DEFAULT_PER_MINUTE.caller;
    const who = caller === undefined ? clientAddress(request) : actorKey(caller);
    context.limiter.take(`${route.method} ${route.path} ${who}`, route.rateLimit?.perMinute ?? fallback);
  }
  if (caller !== undefined && route.permission !== "signed-in" && route.permission !== "public") {
    if (!caller.permissions.has(route.permission))
      throw new Problem("forbidden", { detail: `This needs the permission "${route.permission}".` });
  }
  return caller;
}

async function authenticated(request: HttpRequest, context: ServeContext): Promise<Caller> {
  const [, token] = /^Bearer ([\w.~+/=-]{1,4096})$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  const caller = token === undefined ? undefined : await context.authenticate(token);
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

/** A wrong id in a path is a thing that does not exist, whoever's it would be: 404, like another tenant's. */
function parsePart(root: "path" | "query" | "body", schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) {
    const unstorable = unstorableText(parsed.data, root);
    if (unstorable === undefined) return parsed.data;
    if (root === "path") throw new Problem("not-found");
    throw new Problem("invalid-request", {
      errors: [{ path: unstorable, message: "Holds a character that cannot be kept" }],
    });
  }
  if (root === "path") throw new Problem("not-found");
  throw new Problem("invalid-request", { errors: fieldErrors(root, parsed.error) });
}

/**
 * Where a parsed value holds a text with U+0000 or half a surrogate pair; undefined when nowhere. JSON can spell both, but
 * not every store, provider or browser can bear them, and a text that comes back changed would be a lie.
 */
function unstorableText(value: unknown, path: string): string | undefined {
  if (typeof value === "string") return value.includes("\0") || !value.isWellFormed() ? path : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, each] of Object.entries(value)) {
    const found = unstorableText(each, `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function readBody<S>(route: Route<S>, request: HttpRequest): Promise<unknown> {
  if (!route.raw && route.body === undefined) return undefined;
  const tooLarge = () => new Problem("too-large", { detail: `At most ${route.maxBodyBytes} bytes are accepted here.` });
  if (Number(request.headers.get("content-length") ?? 0) > route.maxBodyBytes) throw tooLarge();
  const bytes = new Uint8Array(await request.arrayBuffer());
  if (bytes.byteLength > route.maxBodyBytes) throw tooLarge();
  if (route.raw) return bytes;
  const type = request.headers.get("content-type") ?? "application/json";
  if (!/^application\/([\w.-]+\+)?json\b/i.test(type)) throw new Problem("unsupported-media-type");
  return parsePart("body", route.body, parseJson(bytes));
}

/** UTF-8 JSON, or `malformed-json`. */
function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new Problem("malformed-json", { cause });
  }
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
  return (/^\[?([0-9a-f:.]+?)\]?(:\d+)?$/i.exec(last)?.[1] ?? "unknown").slice(0, 64);
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

function toFunctionsCookie({ name, value, path, maxAge }: SetCookie, secure: boolean) {
  return { name, value, path, maxAge, httpOnly: true, secure, sameSite: "Strict" as const };
}
