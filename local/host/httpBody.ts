import type { IncomingMessage } from "node:http";

export type BodyResult =
  | { readonly kind: "read"; readonly bytes: Buffer }
  | { readonly kind: "too-large" }
  | { readonly kind: "aborted" };

/** True when the request says itself that its body is larger than `limit` bytes. */
export function announcesTooMuch(request: IncomingMessage, limit: number): boolean {
  return Number(request.headers["content-length"] ?? 0) > limit;
}

/**
 * The body's bytes, untouched: signatures are made over them. Stops listening at the first byte over `limit`, so that
 * what is kept in memory never exceeds it by more than one chunk.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<BodyResult> {
  if (announcesTooMuch(request, limit)) return Promise.resolve({ kind: "too-large" });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (result: BodyResult) => {
      request.off("data", onData);
      resolve(result);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        request.pause();
        finish({ kind: "too-large" });
      } else chunks.push(chunk);
    };
    request.on("data", onData);
    request.once("end", () => {
      const [only] = chunks;
      finish({ kind: "read", bytes: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size) });
    });
    // `close` also follows `end`, where it changes nothing.
    request.once("close", () => finish({ kind: "aborted" }));
  });
}
