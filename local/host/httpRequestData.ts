import type { IncomingMessage } from "node:http";
import type { HttpData } from "./coreTypes.ts";

const HOST = /^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** Path and query of a request target; undefined for forms that no function serves (`*`, other schemes). */
export function splitTarget(target: string): { readonly path: string; readonly query: string } | undefined {
  let local = target;
  if (!target.startsWith("/")) {
    // Absolute form, which a client may send to any server as if it were a proxy (RFC 9112, 3.2.2).
    const absolute = /^https?:\/\/[^/?#]+/i.exec(target)?.[0];
    if (absolute === undefined) return undefined;
    local = target.slice(absolute.length);
    if (!local.startsWith("/")) local = `/${local}`;
  }
  const mark = local.indexOf("?");
  return mark < 0 ? { path: local, query: "" } : { path: local.slice(0, mark), query: local.slice(mark + 1) };
}

/**
 * The query as the Azure host passes it: a parameter that comes twice, in whatever case, is one under the name that came
 * first, its values joined by commas (`request.Query` of ASP.NET Core).
 */
function queryRecord(query: string): Record<string, string> {
  const record: Record<string, string> = {};
  if (query === "") return record;
  const names = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const key = name.toLowerCase();
    const known = names.get(key);
    if (known === undefined) names.set(key, name);
    Object.defineProperty(record, known ?? name, {
      value: known === undefined ? value : `${record[known]},${value}`,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return record;
}

/**
 * Headers as one string each, what comes twice joined by commas (`request.Headers` of ASP.NET Core); the client's own
 * address is appended to `x-forwarded-for`, as Azure's front end does.
 */
function headerRecord(request: IncomingMessage): Record<string, string> {
  const record: Record<string, string> = {};
  const { headers, rawHeaders, socket } = request;
  let distinct = 0;
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === "string") record[name] = value;
    distinct++;
  }
  if (distinct * 2 !== rawHeaders.length) {
    // Node drops some of what comes twice; this is the rare way on which nothing is dropped.
    for (const [name, values = []] of Object.entries(request.headersDistinct)) record[name] = values.join(",");
  } else if (headers["set-cookie"] !== undefined) record["set-cookie"] = headers["set-cookie"].join(",");
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress !== undefined) {
    const peer = remoteAddress.includes(":") ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
    const before = record["x-forwarded-for"];
    record["x-forwarded-for"] = before === undefined ? peer : `${before}, ${peer}`;
  }
  return record;
}

interface RequestParts {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly params: Record<string, string>;
  /** Empty for none. */
  readonly body: Buffer;
}

/** The request in the shape `@azure/functions` makes its HttpRequest of; undefined when its Host header is no host. */
export function toHttpData(request: IncomingMessage, parts: RequestParts): HttpData | undefined {
  const headers = headerRecord(request);
  const { host } = headers;
  if (host === undefined || !HOST.test(host)) return undefined;
  return {
    url: `http://${host}${parts.path}${parts.query === "" ? "" : `?${parts.query}`}`,
    method: parts.method,
    headers,
    params: parts.params,
    query: queryRecord(parts.query),
    body: parts.body.length === 0 ? null : { bytes: parts.body },
  };
}
