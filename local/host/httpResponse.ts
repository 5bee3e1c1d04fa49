import { type ServerResponse, STATUS_CODES } from "node:http";
import type { HttpCookie, HttpData, InvocationResponse, TypedData } from "./coreTypes.ts";

/** What the connection decides, never a function. */
const OWN_HEADERS = new Set(["connection", "keep-alive", "transfer-encoding", "content-length", "upgrade", "trailer"]);

const SAME_SITE: Readonly<Record<string, string>> = { lax: "Lax", strict: "Strict", explicitNone: "None" };

/** .NET's Uri.EscapeDataString, which leaves only letters, digits and `-_.~` as they are. */
const escapeData = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** As ASP.NET Core's CookieOptions: a cookie is for the whole site when it names no path. */
function serializeCookie(cookie: HttpCookie): string {
  const parts = [`${cookie.name ?? ""}=${escapeData(cookie.value ?? "")}`];
  if (cookie.maxAge?.value != null) parts.push(`Max-Age=${Math.trunc(cookie.maxAge.value)}`);
  if (cookie.domain?.value) parts.push(`Domain=${cookie.domain.value}`);
  parts.push(`Path=${cookie.path?.value || "/"}`);
  const expires = cookie.expires?.value?.seconds;
  if (expires != null) parts.push(`Expires=${new Date(Number(expires) * 1000).toUTCString()}`);
  if (cookie.httpOnly?.value) parts.push("HttpOnly");
  if (cookie.secure?.value) parts.push("Secure");
  const sameSite = SAME_SITE[String(cookie.sameSite)];
  if (sameSite !== undefined) parts.push(`SameSite=${sameSite}`);
  return parts.join("; ");
}

function bodyOf(data: TypedData | null | undefined): Uint8Array | string {
  if (data === null || data === undefined) return "";
  return data.bytes ?? data.string ?? data.json ?? "";
}

function send(response: ServerResponse, http: HttpData, withBody: boolean): void {
  if (http.enableContentNegotiation === true) throw new Error("The local host has no enableContentNegotiation.");
  const status = Number(http.statusCode ?? 200);
  const headers: Record<string, string | string[] | number> = {};
  for (const name in http.headers) {
    const value = http.headers[name];
    if (value !== undefined && !OWN_HEADERS.has(name)) headers[name] = value;
  }
  if (http.cookies && http.cookies.length > 0) {
    const own = headers["set-cookie"];
    headers["set-cookie"] = [...(typeof own === "string" ? [own] : []), ...http.cookies.map(serializeCookie)];
  }
  const body = bodyOf(http.body);
  const bodyless = status === 204 || status === 205 || status === 304;
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  if (!bodyless) headers["content-length"] = length;
  response.writeHead(status, headers);
  // An empty buffer would still be gathered with the head into a second piece of output.
  if (bodyless || !withBody || length === 0) response.end();
  else response.end(body);
}

/**
 * Writes what a function returned; nothing returned is 204, as on Azure. `withBody` false answers a HEAD request. Throws for
 * content negotiation.
 */
export function sendInvocationResponse(response: ServerResponse, result: InvocationResponse, withBody: boolean): void {
  const http = result.returnValue?.http;
  if (http === undefined) response.writeHead(204).end();
  else send(response, http, withBody);
}

/** Writes a refusal of the host itself, in the shape of the API's own errors (RFC 9457). */
export function sendProblem(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = JSON.stringify({ type: "about:blank", title: STATUS_CODES[status] ?? "Error", status, code });
  response.writeHead(status, {
    "content-type": "application/problem+json",
    "content-length": Buffer.byteLength(body),
    ...headers,
  });
  response.end(response.req.method === "HEAD" ? undefined : body);
}
