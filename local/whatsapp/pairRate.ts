import type { Clock } from "../../shared/platform/clock.ts";

/** One pair's allowance: a burst, and then one message each so many seconds. */
export class PairRate {
  readonly #clock: Clock;
  readonly #burst: number;
  readonly #seconds: number;
  readonly #pairs = new Map<string, { tokens: number; at: number }>();

  constructor(clock: Clock, burst: number, seconds: number) {
    this.#clock = clock;
    this.#burst = burst;
    this.#seconds = seconds;
  }

  take(pair: string): boolean {
    const at = this.#clock.now().getTime() / 1000;
    const known = this.#pairs.get(pair) ?? { tokens: this.#burst, at };
    const tokens = Math.min(this.#burst, known.tokens + (at - known.at) / this.#seconds);
    this.#pairs.set(pair, { tokens: tokens >= 1 ? tokens - 1 : tokens, at });
    return tokens >= 1;
  }
}
