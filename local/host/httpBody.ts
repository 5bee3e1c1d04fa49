import type { IncomingMessage } from "node:http";

/**
 * The body's bytes, untouched: signatures are made over them. Undefined when the client broke off. How many come is known
 * before: a body without a Content-Length is refused, and Node ends a message at the length it announces.
 */
export function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.once("end", () => {
      const [only] = chunks;
      resolve(chunks.length === 1 ? only : Buffer.concat(chunks));
    });
    // `close` also follows `end`, where it changes nothing.
    request.once("close", () => resolve(undefined));
  });
}
