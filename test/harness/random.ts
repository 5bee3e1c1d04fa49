import { createHash } from "node:crypto";

/** Randomness that a seed repeats. */
export interface Random {
  /** From 0 up to 1, without it. */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number;
  chance(probability: number): boolean;
  shuffled<T>(items: readonly T[]): T[];
  /** Another one for a part of the work, which does not depend on how often this one was asked. */
  part(name: string): Random;
}

/** Mulberry32: good enough to choose moments, and the same on every machine. */
export function seededRandom(seed: string): Random {
  let state = createHash("sha256").update(seed).digest().readUInt32LE();
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    shuffled: (items) =>
      items
        .map((item) => ({ item, key: next() }))
        .sort((a, b) => a.key - b.key)
        .map(({ item }) => item),
    part: (name) => seededRandom(`${seed} ${name}`),
  };
}
