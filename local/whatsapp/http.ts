import type { IncomingMessage, ServerResponse } from "node:http";

/** An answer that is not 200, thrown from anywhere in the double. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly body: unknown;
  constructor(status: number, body: unknown) {
    super(`HTTP ${status}`);
    this.status = status;
    this.body = body;
  }
}

/** What of a request the double looks at. */
export interface Call {
  readonly method: string;
  readonly url: URL;
  /** Of the path, below the double's prefix, decoded. */
  readonly segments: readonly string[];
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

const MAX_BODY_BYTES = 101 * 1024 * 1024;

export async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new HttpError(413, { error: "too large" });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export async function readJson(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBytes(request);
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    throw new HttpError(400, { error: "not JSON" });
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}

export function sendBytes(response: ServerResponse, bytes: Uint8Array, contentType: string): void {
  response.writeHead(200, {
    "content-type": contentType,
    "content-length": bytes.byteLength,
    "cache-control": "private, max-age=3600",
    "x-content-type-options": "nosniff",
    // Files come from whoever uses the page: none of them may run as a page of this origin.
    "content-security-policy": "sandbox",
  });
  response.end(bytes);
}
