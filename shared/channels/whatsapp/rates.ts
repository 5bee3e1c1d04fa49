import type { Clock } from "../../platform/clock.ts";

interface Bucket {
  tokens: number;
  filledAt: number;
  closedUntil: number;
}

/**
 * A token bucket for each of our numbers, on this instance: WhatsApp takes 80 messages a second from a number (1,000 after
 * an upgrade), in and out together, and answers 130429 above. Instances share nothing, so the provider has the last word.
 */
export class NumberRates {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock, perSecond = 80) {
    if (!(perSecond > 0)) throw new RangeError("perSecond must be more than 0");
    this.#clock = clock;
    this.#perSecond = perSecond;
  }

  /** Takes one send; 0 when it may go now, else the seconds to wait for the next try. */
  take(phoneNumberId: string): number {
    const now = this.#clock.now().getTime();
    const bucket = this.#filled(phoneNumberId, now);
    if (bucket.closedUntil > now) return (bucket.closedUntil - now) / 1000;
    if (bucket.tokens < 1) return (1 - bucket.tokens) / this.#perSecond;
    bucket.tokens -= 1;
    return 0;
  }

  /** The provider said that it is too much: nothing goes for `seconds`. */
  close(phoneNumberId: string, seconds: number): void {
    const now = this.#clock.now().getTime();
    const bucket = this.#filled(phoneNumberId, now);
    bucket.closedUntil = Math.max(bucket.closedUntil, now + seconds * 1000);
  }

  #filled(phoneNumberId: string, now: number): Bucket {
    const bucket = this.#buckets.get(phoneNumberId) ?? { tokens: this.#perSecond, filledAt: now, closedUntil: 0 };
    const gained = (Math.max(0, now - bucket.filledAt) / 1000) * this.#perSecond;
    bucket.tokens = Math.min(this.#perSecond, bucket.tokens + gained);
    bucket.filledAt = now;
    this.#buckets.set(phoneNumberId, bucket);
    return bucket;
  }
}
