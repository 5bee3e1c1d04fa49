import { timeFor } from "../../platform/deadlines.ts";
import { codeOf } from "./errors.ts";
import { isObject, type RawObject } from "./raw.ts";

/** What became of a call of Meta's Graph API. Never a throw. */
export type GraphOutcome =
  | { readonly kind: "done"; readonly body: RawObject }
  /** Meta said no, so nothing was done. `code` is missing where the answer had no error in it. */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly code: number | undefined;
      readonly error: RawObject | undefined;
      readonly retryAfterSeconds: number | undefined;
    }
  /** The request never reached Meta. */
  | { readonly kind: "unreachable" }
  /** The request went out, and no answer says what became of it. */
  | { readonly kind: "unknown" };

export interface GraphClientOptions {
  /** `https://graph.facebook.com`; plain http on a loopback address only. */
  readonly apiBaseUrl: string;
  /** `v25.0` and the like. */
  readonly version: string;
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch;
}

interface Call {
  readonly accessToken: string;
  /** Segments below the version, each encoded. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  /** JSON, or a form with a file; GET without. */
  readonly body?: RawObject | FormData;
  /** By what deadline; default `provider`. */
  readonly within?: "provider" | "providerFile";
}

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const MAX_REDIRECTS = 3;
const USER_AGENT = "Cordboard/1.0";

/** Speaks HTTP with the Graph API: time-outs, bounded answers, no redirects, and what is certain told from what is not. */
export class GraphClient {
  readonly #base: URL;
  readonly #version: string;
  readonly #fetch: typeof globalThis.fetch;

  /** Throws `RangeError` for an address that is neither https nor loopback, or a version that is none. */
  constructor({ apiBaseUrl, version, fetch = globalThis.fetch }: GraphClientOptions) {
    this.#base = new URL(apiBaseUrl.endsWith("/") ? apiBaseUrl : `${apiBaseUrl}/`);
    if (this.#base.protocol !== "https:" && !isLoopback(this.#base))
      throw new RangeError("The WhatsApp API must be reached by https, or on a loopback address");
    if (!/^v\d{1,3}\.\d{1,2}$/.test(version)) throw new RangeError("The WhatsApp API version must look like v25.0");
    this.#version = version;
    this.#fetch = fetch;
  }

  async call({ accessToken, path, query = {}, body, within = "provider" }: Call): Promise<GraphOutcome> {
    const milliseconds = timeFor(within);
    if (milliseconds === 0) return { kind: "unreachable" };
    const url = new URL([this.#version, ...path.map(encodeURIComponent)].join("/"), this.#base);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const headers = { authorization: `Bearer ${accessToken}`, accept: "application/json", "user-agent": USER_AGENT };
    const json = body === undefined || body instanceof FormData ? undefined : JSON.stringify(body);
    try {
      const response = await this.#fetch(url, {
        method: body === undefined ? "GET" : "POST",
        headers: json === undefined ? headers : { ...headers, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: body instanceof FormData ? body : (json ?? "") }),
        redirect: "manual",
        signal: AbortSignal.timeout(milliseconds),
      });
      return outcomeOf(response, await readJson(response));
    } catch (error) {
      return isNeverSent(error) ? { kind: "unreachable" } : { kind: "unknown" };
    }
  }

  /**
   * Opens a media URL with the token. Redirects are followed by hand, at most 3, to addresses that would be allowed
   * themselves; the token goes only to the host that Meta named. The deadline is the file's whole. Throws what `fetch`
   * throws, `RangeError` for an address that is not allowed.
   */
  async download(address: string, accessToken: string): Promise<Response> {
    let url = this.#allowed(address);
    const { host } = url;
    const signal = AbortSignal.timeout(timeFor("providerFile"));
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const headers: Record<string, string> = { "user-agent": USER_AGENT };
      if (url.host === host) headers.authorization = `Bearer ${accessToken}`;
      const response = await this.#fetch(url, { headers, redirect: "manual", signal });
      const next = response.status >= 300 && response.status < 400 ? response.headers.get("location") : null;
      if (next === null) return response;
      await response.body?.cancel();
      url = this.#allowed(next, url.href);
    }
    throw new RangeError("The file's address redirects too often");
  }

  /** Https anywhere; plain http only where the API itself is on a loopback address, and then only there. */
  #allowed(address: string, relativeTo?: string): URL {
    const url = URL.canParse(address, relativeTo) ? new URL(address, relativeTo) : undefined;
    const fine = url?.protocol === "https:" || (isLoopback(this.#base) && url?.origin === this.#base.origin);
    if (url === undefined || !fine) throw new RangeError("The file's address is not allowed");
    return url;
  }
}

function isLoopback({ protocol, hostname }: URL): boolean {
  return protocol === "http:" && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

function outcomeOf(response: Response, body: unknown): GraphOutcome {
  const object = isObject(body) ? body : undefined;
  const error = isObject(object?.error) ? object.error : undefined;
  if (response.ok && object !== undefined && error === undefined) return { kind: "done", body: object };
  // An answer that a gateway made up, or 200 with a page: whether Meta acted on the request is anybody's guess.
  if (error === undefined && (response.ok || response.status >= 500)) return { kind: "unknown" };
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return {
    kind: "refused",
    status: response.status,
    code: codeOf(error),
    error,
    retryAfterSeconds: seconds >= 1 ? Math.min(seconds, 3600) : undefined,
  };
}

/** The answer as JSON; undefined where it is none, or more than 4 MB. */
async function readJson(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return undefined;
  }
}

/** Faults of name look-up, connecting and the TLS handshake come before the first byte of a request. */
const BEFORE_SENDING =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENETDOWN|UND_ERR_CONNECT_TIMEOUT|CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/;

function isNeverSent(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = isObject(cause) ? cause.code : undefined;
  if (typeof code === "string") return BEFORE_SENDING.test(code);
  return (
    cause instanceof AggregateError &&
    cause.errors.length > 0 &&
    cause.errors.every((each) => isObject(each) && BEFORE_SENDING.test(String(each.code)))
  );
}
