/**
 * Every way a request can be refused, once. `route` turns these into RFC 9457 problem+json; queue functions use them to
 * tell faults that pass by themselves from those that never will. Codes are part of the API: add, never rename.
 */
export const ERROR_STATUS = {
  "invalid-request": 400,
  "malformed-json": 400,
  unauthenticated: 401,
  "invalid-credentials": 401,
  "session-expired": 401,
  "invalid-signature": 401,
  forbidden: 403,
  "not-found": 404,
  "unknown-phone-number": 404,
  "method-not-allowed": 405,
  conflict: 409,
  "slug-taken": 409,
  "email-taken": 409,
  "phone-number-taken": 409,
  "conversation-closed": 409,
  "last-owner": 409,
  stale: 412,
  "too-large": 413,
  "unsupported-media-type": 415,
  "range-not-satisfiable": 416,
  "window-closed": 422,
  "unsupported-by-channel": 422,
  "contact-unreachable": 422,
  "precondition-required": 428,
  "rate-limited": 429,
  "outbound-backlog-full": 429,
  internal: 500,
  "provider-failed": 502,
  unavailable: 503,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** One field that was refused; `path` is dotted, from the body's, query's or path's root (`body.name`). */
export interface FieldError {
  path: string;
  message: string;
  /** Where a client has something of its own to say about it. */
  code?: FieldErrorCode;
}

type FieldErrorCode = "password-too-short" | "password-too-common" | "wrong-password" | "wrong-code";

interface ProblemOptions {
  /** One sentence for the person who asked: what happened, what was kept, what to do. Never internal text. */
  detail?: string;
  errors?: readonly FieldError[];
  /** Seconds after which trying again makes sense; sent as `Retry-After`. */
  retryAfter?: number;
  /** Kept for logs; never shown. */
  cause?: unknown;
}

/** The one exception that use cases throw on purpose. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: string | undefined;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, options: ProblemOptions = {}) {
    super(options.detail ?? code, { cause: options.cause });
    this.code = code;
    this.status = ERROR_STATUS[code];
    this.detail = options.detail;
    this.errors = options.errors;
    this.retryAfter = options.retryAfter;
  }
}
