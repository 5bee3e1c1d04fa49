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

/** The query as the Azure host passes it: a parameter that comes twice is one, its values joined by commas. */
function queryRecord(query: string): Record<string, string> {
  const record: Record<string, string> = {};
  if (query === "") return record;
  for (const [name, value] of new URLSearchParams(query)) {
    const before = Object.hasOwn(record, name) ? record[name] : undefined;
    Object.defineProperty(record, name, {
      value: before === undefined ? value : `${before},${value}`,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return record;
}

/** Headers as one string each; the client's own address is appended to `x-forwarded-for`, as Azure's front end does. */
function headerRecord(request: IncomingMessage): Record<string, string> {
  const record: Record<string, string> = {};
  const { headers } = request;
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === "string") record[name] = value;
    else if (value !== undefined) record[name] = value.join(",");
  }
  const { remoteAddress, remotePort } = request.socket;
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
  const { host } = request.headers;
  if (host === undefined || !HOST.test(host)) return undefined;
  return {
    url: `http://${host}${parts.path}${parts.query === "" ? "" : `?${parts.query}`}`,
    method: parts.method,
    headers: headerRecord(request),
    params: parts.params,
    query: queryRecord(parts.query),
    body: parts.body.length === 0 ? null : { bytes: parts.body },
  };
}
