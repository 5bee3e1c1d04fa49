import { type IncomingMessage, type RequestOptions, request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { connect, isIP } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { DeadlineExceeded, inTime } from "../deadlines.ts";
import { NOT_PUBLIC } from "./addresses.ts";
import { isLoopback } from "./loopback.ts";
import { type FetchOutside, OutsideFault, type OutsideFaultReason, type OutsideRequest } from "./port.ts";

const MAX_BYTES = 1024 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;

interface EgressOptions {
  /**
   * Whether addresses of this machine and of private networks may be reached, and this machine also without TLS. For an
   * installation whose network is its owner's own, and never where strangers are tenants.
   */
  readonly internal: boolean;
}

/**
 * Each request has a connection of its own, and the address is looked at when that is made, whatever the name led to before
 * (rebinding): a redirect or a second look-up never gets around it.
 */
export function openEgress(options: EgressOptions): FetchOutside {
  return async (text, request = {}) => {
    const url = permitted(text, options);
    try {
      return await inTime("identityProvider", (deadline) => ask(url, request, deadline, options));
    } catch (error) {
      throw error instanceof OutsideFault ? error : new OutsideFault(reasonOf(error), error);
    }
  };
}

function permitted(text: string, { internal }: EgressOptions): URL {
  const url = URL.parse(text);
  const isPlain = url?.protocol === "http:" && internal && isLoopback(url.hostname);
  if (url === null || !(url.protocol === "https:" || isPlain)) throw new OutsideFault("insecure-address");
  return url;
}

async function ask(url: URL, request: OutsideRequest, deadline: AbortSignal, options: EgressOptions) {
  const { method = "GET", headers = {}, body, signal } = request;
  const asked = (url.protocol === "https:" ? requestSecure : requestPlain)(url, {
    method,
    headers: { ...headers, "accept-encoding": "identity", connection: "close" },
    maxHeaderSize: MAX_HEADER_BYTES,
    signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    createConnection: () => connection(url, options),
  } satisfies RequestOptions);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    asked.once("response", resolve).on("error", reject).end(body);
  });
  return responseOf(answer, await bytesOf(answer));
}

/** `node:tls` knows no list of addresses, so TLS is laid over a connection that does. */
function connection(url: URL, { internal }: EgressOptions) {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const isSecure = url.protocol === "https:";
  const port = Number(url.port) || (isSecure ? 443 : 80);
  const socket = connect({ host, port, ...(internal ? {} : { blockList: NOT_PUBLIC }) });
  if (!isSecure) return socket;
  return connectSecurely({ socket, host, ...(isIP(host) === 0 ? { servername: host } : {}) });
}

async function bytesOf(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new OutsideFault("too-large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

function responseOf({ statusCode = 0, headers: received }: IncomingMessage, bytes: Buffer): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(received))
    for (const each of [value ?? []].flat()) headers.append(name, each);
  return new Response(WITHOUT_BODY.has(statusCode) ? null : new Uint8Array(bytes), { status: statusCode, headers });
}

const UNKNOWN_HOST: ReadonlySet<string> = new Set(["ENOTFOUND", "EAI_AGAIN", "ENODATA"]);
/** Among them OpenSSL's names for what is wrong with a certificate (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const NO_TRUST = /CERT|^UNABLE_TO_|^HOSTNAME_MISMATCH$|^INVALID_(CA|PURPOSE)$|^ERR_TLS_|^ERR_SSL_|^EPROTO$/;

function reasonOf(error: unknown): OutsideFaultReason {
  if (error instanceof DeadlineExceeded || (error instanceof Error && error.name === "AbortError")) return "too-slow";
  const codes = codesOf(error);
  if (codes.some((code) => code === "ERR_IP_BLOCKED")) return "forbidden-address";
  if (codes.some((code) => UNKNOWN_HOST.has(code))) return "unknown-host";
  if (codes.some((code) => code === "HPE_HEADER_OVERFLOW")) return "too-large";
  if (codes.some((code) => NO_TRUST.test(code))) return "insecure-connection";
  return "unreachable";
}

/** Of an error, and of those for each of a name's addresses. */
function codesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const own = "code" in error && typeof error.code === "string" ? [error.code] : [];
  return error instanceof AggregateError ? [...own, ...error.errors.flatMap(codesOf)] : own;
}
