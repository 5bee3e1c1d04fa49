import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Whether `header` (X-Hub-Signature-256: `sha256=<64 hex digits>`) is the HMAC-SHA256 of the raw `body` with the app secret.
 * To be asked before anything is parsed; the time it takes says nothing about the right signature.
 */
export function isSignedBy(appSecret: string, body: Uint8Array, header: string | null): boolean {
  const [, hex] = /^sha256=([0-9a-f]{64})$/i.exec(header ?? "") ?? [];
  if (hex === undefined || appSecret === "") return false;
  return timingSafeEqual(createHmac("sha256", appSecret).update(body).digest(), Buffer.from(hex, "hex"));
}

/** Whether two tokens are the same, in a time that depends on neither. */
export function isSameToken(expected: string, given: string): boolean {
  if (expected === "") return false;
  const digest = (token: string) => createHmac("sha256", "compare").update(token).digest();
  return timingSafeEqual(digest(expected), digest(given));
}

/** The header's value for a body; what Meta, and its double, send. */
export function signatureOf(appSecret: string, body: Uint8Array | string): string {
  return `sha256=${createHmac("sha256", appSecret).update(body).digest("hex")}`;
}
