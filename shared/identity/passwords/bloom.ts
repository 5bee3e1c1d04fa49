import { hash } from "node:crypto";

/**
 * A Bloom filter: says of a text that it is in a set, or (seldom) that one is which is not. Never misses one that is in it.
 * `bits`: its length; `hashes`: places of each text.
 */
export interface Bloom {
  readonly bits: number;
  readonly hashes: number;
  readonly bytes: Uint8Array;
}

export function mayHold(filter: Bloom, text: string): boolean {
  return placesOf(filter, text).every((place) => ((filter.bytes[place >> 3] ?? 0) & (1 << (place & 7))) !== 0);
}

/** From two halves of one hash, as Kirsch and Mitzenmacher show to do (https://doi.org/10.1002/rsa.20208). */
export function placesOf({ bits, hashes }: Omit<Bloom, "bytes">, text: string): readonly number[] {
  const digest = hash("sha256", text, "buffer");
  const [first, step] = [digest.readUInt32LE(0), digest.readUInt32LE(4)];
  return Array.from({ length: hashes }, (_, index) => (first + index * step) % bits);
}
