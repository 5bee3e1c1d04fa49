import type { Clock } from "../clock.ts";
import { Problem } from "../errors.ts";

/** Keys remembered at most; the least recently seen is forgotten first, so that a flood of addresses cannot fill memory. */
const MAX_KEYS = 10_000;

interface Bucket {
  tokens: number;
  filledAt: number;
}

/**
 * Token buckets of one instance: a burst of up to `perMinute`, refilled evenly. It keeps one client from starving the
 * others on this instance; it is not a quota, since instances do not share it.
 */
export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws `rate-limited`, with the seconds to wait, when `key` has used up its `perMinute`. */
  take(key: string, perMinute: number): void {
    const now = this.#clock.now().getTime();
    const bucket = this.#buckets.get(key) ?? { tokens: perMinute, filledAt: now };
    const refilled = ((now - bucket.filledAt) * perMinute) / 60_000;
    const tokens = Math.min(perMinute, bucket.tokens + Math.max(0, refilled));
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: Math.max(0, tokens - 1), filledAt: now });
    this.#forgetOldest();
    if (tokens < 1) throw new Problem("rate-limited", { retryAfter: ((1 - tokens) * 60) / perMinute });
  }

  #forgetOldest(): void {
    if (this.#buckets.size <= MAX_KEYS) return;
    for (const key of this.#buckets.keys()) {
      this.#buckets.delete(key);
      return;
    }
  }
}
