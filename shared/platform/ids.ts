import { hash, randomBytes } from "node:crypto";
import { z } from "zod";

/**
 * A tenant's id as proof: only the directory, a verified token and the decoding of a queue message make one.
 * Everything that reads documents asks for it, so another tenant's data is a type error and not a review comment.
 */
export const TenantId = z
  .string()
  .regex(/^ten_[0-9a-z]{20}$/)
  .brand<"TenantId">();
export type TenantId = z.infer<typeof TenantId>;

/** Letters without look-alikes (no i, l, o, u), in ascending ASCII order, so that ids sort by the time they were made. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** The first `length` letters of the bytes, five bits each. */
function encodeBytes(bytes: Uint8Array, length: number): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (let i = 0; text.length < length; ) {
    if (bits < 5) {
      value = (value << 8) | (bytes[i++] ?? 0);
      bits += 8;
    }
    bits -= 5;
    text += ALPHABET.charAt(value >>> bits);
    value &= (1 << bits) - 1;
  }
  return text;
}

function encodeTime(milliseconds: number): string {
  let text = "";
  for (let rest = milliseconds, i = 0; i < 9; i++, rest = Math.floor(rest / 32))
    text = ALPHABET.charAt(rest % 32) + text;
  return text;
}

/**
 * A new id: `prefix_` and 20 characters, 9 of the time in milliseconds and 11 (55 bits) at random.
 * Sorts by creation time, is safe in a path, a blob name and a Cosmos id.
 */
export function newId(prefix: string, now: Date): string {
  return `${prefix}_${encodeTime(now.getTime())}${encodeBytes(randomBytes(7), 11)}`;
}

/**
 * The same id for the same parts, always: `prefix_` and 20 characters (100 bits of SHA-256).
 * Makes a replay meet a conflict instead of a second document. Parts are length-prefixed, so ("a","bc") ≠ ("ab","c").
 */
export function derivedId(prefix: string, ...parts: readonly (string | number)[]): string {
  const text = parts.map((part) => `${String(part).length}:${part}`).join("");
  return `${prefix}_${encodeBytes(hash("sha256", text, "buffer"), 20)}`;
}

/** A zod schema for ids of one kind, e.g. `idOf("cnv")`. */
export function idOf<const P extends string>(prefix: P) {
  return z.string().regex(new RegExp(`^${prefix}_[0-9a-z]{20}$`));
}
