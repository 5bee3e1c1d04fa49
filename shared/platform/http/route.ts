import type { z } from "zod";
import type { Caller, Permission } from "../caller.ts";

/**
 * Who may call: a permission, any signed-in caller, or anybody. There is no default: a route without it does not compile.
 * A `public` handler gets no caller; it must be sure of its own whom it serves.
 */
export type Access = Permission | "signed-in" | "public";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What a handler sees of the request beside its parsed parts. */
export interface RequestInfo {
  readonly headers: Headers;
  readonly cookies: ReadonlyMap<string, string>;
  /** The client's address as the outermost trusted proxy saw it, for rate limits and audit only. */
  readonly clientAddress: string;
  /** From `If-Match`, without quotes; `*` where the client sent that. */
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  /** From `Idempotency-Key`; at most 255 characters. */
  readonly idempotencyKey: string | undefined;
}

/** A cookie to set; HttpOnly, SameSite=Strict, and Secure where the installation is served over https. */
export interface SetCookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  /** Seconds; 0 deletes. */
  readonly maxAge: number;
}

/** An answer with more than a body: another status, an ETag, headers, cookies. */
export class Reply<T> {
  readonly body: T;
  readonly options: ReplyOptions;
  constructor(body: T, options: ReplyOptions = {}) {
    this.body = body;
    this.options = options;
  }
}

interface ReplyOptions {
  readonly status?: number;
  /** Without quotes. */
  readonly etag?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly SetCookie[];
}

interface RateLimit {
  /** Requests a minute and instance, by caller or (public routes) by client address. */
  readonly perMinute: number;
}

interface RouteBase<S, P, Q> {
  readonly method: Method;
  /** Below `/api/`, with `{parameters}` as Azure Functions spells them. */
  readonly path: string;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  /** One line for the API description. */
  readonly summary: string;
  /** Default: 600 a minute by caller, 120 by address. */
  readonly rateLimit?: RateLimit | "none";
  /** Largest body in bytes; default 256 KB. */
  readonly maxBodyBytes?: number;
  /** The services type, carried for inference only. */
  readonly services?: S;
}

/** JSON in, JSON out; `raw: true` hands the body's bytes over unparsed; `response: "raw"` answers bytes or text. */
type Handler<S, A extends Access, P, Q, B, R> =
  | {
      readonly body?: z.ZodType<B>;
      readonly raw?: false;
      readonly handler: (input: Input<A, P, Q, B>, services: S) => Promise<Handled<R>>;
    }
  | {
      readonly body?: never;
      readonly raw: true;
      readonly handler: (input: Input<A, P, Q, Uint8Array>, services: S) => Promise<Handled<R>>;
    };

type CallerOf<A extends Access> = A extends "public" ? undefined : Caller;

interface Input<A extends Access, P, Q, B> {
  readonly caller: CallerOf<A>;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly request: RequestInfo;
}

type Handled<R> = R | Reply<R>;

type RouteDeclaration<S, A extends Access, P, Q, B, R> = RouteBase<S, P, Q> &
  Handler<S, A, P, Q, B, R> & {
    readonly permission: A;
    /** The schema of the answer: it fills the API description, and what is not in it is not shown. `"raw"` for bytes. */
    readonly response: z.ZodType<R> | "raw";
  };

/** A route with its types erased, as `main.ts` registers it and the API description reads it. */
export interface Route<S> {
  readonly method: Method;
  readonly path: string;
  readonly permission: Access;
  readonly summary: string;
  readonly params?: z.ZodType | undefined;
  readonly query?: z.ZodType | undefined;
  readonly body?: z.ZodType | undefined;
  readonly raw: boolean;
  readonly response: z.ZodType | "raw";
  readonly rateLimit: RateLimit | "none" | undefined;
  readonly maxBodyBytes: number;
  readonly run: (input: Input<Access, unknown, unknown, unknown>, services: S) => Promise<unknown>;
}

const DEFAULT_MAX_BODY_BYTES = 256 * 1024;

/**
 * Makes `route` for one installation's services. A route is data: `serve` authenticates, authorises, validates, limits,
 * maps errors to problem+json, and `describeApi` contributes it to /api/openapi.json.
 */
export function routeFor<S>() {
  return <A extends Access, P = Record<never, never>, Q = Record<never, never>, B = undefined, R = unknown>(
    declaration: RouteDeclaration<S, A, P, Q, B, R>,
  ): Route<S> => ({
    method: declaration.method,
    path: declaration.path,
    permission: declaration.permission,
    summary: declaration.summary,
    params: declaration.params,
    query: declaration.query,
    body: declaration.body,
    raw: declaration.raw ?? false,
    response: declaration.response,
    rateLimit: declaration.rateLimit,
    maxBodyBytes: declaration.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
    // `serve` has parsed each part by this declaration's own schemas and made the caller by its permission.
    run: (input, services) => declaration.handler(input as Input<A, P, Q, B & Uint8Array>, services),
  });
}
