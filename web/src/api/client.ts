import { accessToken, tokenAfter } from "../session/session.ts";
import { offlineProblem, problemFrom } from "./problem.ts";

/** A part of a list, as every list of the API answers. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string | null;
}

/** The cursor of a list's first page; not a literal, or the next pages' would not fit its type. */
export const FIRST_PAGE = firstPage();

function firstPage(): string | null {
  return null;
}

/** A thing and the version it was read at, for `If-Match`. */
export interface Versioned<T> {
  readonly value: T;
  readonly etag: string | null;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

interface SendOptions {
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** As it came in `ETag`, with its quotes. */
  readonly ifMatch?: string | null;
  readonly idempotencyKey?: string;
}

const TIMEOUT_MS = 30_000;

/** Reads JSON from below /api; throws ApiProblem. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await send("GET", path, signal === undefined ? {} : { signal });
  return response.json();
}

export async function getVersioned<T>(path: string, signal?: AbortSignal): Promise<Versioned<T>> {
  const response = await send("GET", path, signal === undefined ? {} : { signal });
  return { value: await response.json(), etag: response.headers.get("etag") };
}

/** Writes JSON and reads the answer. */
export async function call<T>(method: Method, path: string, options: SendOptions = {}): Promise<T> {
  const response = await send(method, path, options);
  return response.json();
}

/** One request with the bearer, once more with a new token when it was refused. */
export async function send(method: Method, path: string, options: SendOptions = {}): Promise<Response> {
  const token = await accessToken();
  const response = await attempt(method, path, options, token);
  const last = response.status === 401 ? await attempt(method, path, options, await tokenAfter(token)) : response;
  if (last.ok) return last;
  throw problemFrom(last.status, await last.text(), last.headers.get("retry-after"));
}

async function attempt(method: Method, path: string, options: SendOptions, token: string): Promise<Response> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  if (options.body !== undefined) headers["content-type"] = "application/json";
  if (options.ifMatch) headers["if-match"] = options.ifMatch;
  if (options.idempotencyKey !== undefined) headers["idempotency-key"] = options.idempotencyKey;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await fetch(`/api/${path}`, {
      method,
      headers,
      signal: options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]),
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw offlineProblem();
  }
}
