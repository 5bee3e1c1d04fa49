import { createHash, randomBytes } from "node:crypto";
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

function encode(value: bigint, length: number): string {
  let text = "";
  for (let rest = value, i = 0; i < length; i++, rest >>= 5n) text = ALPHABET.charAt(Number(rest & 31n)) + text;
  return text;
}

/**
 * A new id: `prefix_` and 20 characters, 9 of the time in milliseconds and 11 (55 bits) at random.
 * Sorts by creation time, is safe in a path, a blob name and a Cosmos id.
 */
export function newId(prefix: string, now: Date): string {
  const random = BigInt(`0x${randomBytes(7).toString("hex")}`) >> 1n;
  return `${prefix}_${encode(BigInt(now.getTime()), 9)}${encode(random, 11)}`;
}

/**
 * The same id for the same parts, always: `prefix_` and 20 characters (100 bits of SHA-256).
 * Makes a replay meet a conflict instead of a second document. Parts are length-prefixed, so ("a","bc") ≠ ("ab","c").
 */
export function derivedId(prefix: string, ...parts: readonly (string | number)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) {
    const text = String(part);
    hash.update(`${text.length}:`).update(text);
  }
  return `${prefix}_${encode(BigInt(`0x${hash.digest("hex").slice(0, 25)}`), 20)}`;
}

/** A zod schema for ids of one kind, e.g. `idOf("cnv")`. */
export function idOf<const P extends string>(prefix: P) {
  return z.string().regex(new RegExp(`^${prefix}_[0-9a-z]{20}$`));
}
