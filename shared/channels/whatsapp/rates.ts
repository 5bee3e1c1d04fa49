import type { Clock } from "../../platform/clock.ts";

/** Why a number has to wait, as the provider's code, and for how long. */
export interface Wait {
  readonly seconds: number;
  readonly code: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
  closedUntil: number;
  closedFor: number;
}

/** "Rate limit hit": what too many messages in a second are answered with. */
const TOO_FAST = 130429;

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

  /** Takes one send; undefined when it may go now. */
  take(phoneNumberId: string): Wait | undefined {
    const now = this.#clock.now().getTime();
    const bucket = this.#filled(phoneNumberId, now);
    if (bucket.closedUntil > now) return { seconds: (bucket.closedUntil - now) / 1000, code: bucket.closedFor };
    if (bucket.tokens < 1) return { seconds: (1 - bucket.tokens) / this.#perSecond, code: TOO_FAST };
    bucket.tokens -= 1;
    return undefined;
  }

  /** The provider said, with `code`, that it is too much: nothing goes for `seconds`. */
  close(phoneNumberId: string, seconds: number, code: number): void {
    const until = this.#clock.now().getTime() + seconds * 1000;
    const bucket = this.#filled(phoneNumberId, until - seconds * 1000);
    if (until <= bucket.closedUntil) return;
    bucket.closedUntil = until;
    bucket.closedFor = code;
  }

  /** Whether the provider holds this number back. */
  isClosed(phoneNumberId: string): boolean {
    return (this.#buckets.get(phoneNumberId)?.closedUntil ?? 0) > this.#clock.now().getTime();
  }

  #filled(phoneNumberId: string, now: number): Bucket {
    const bucket = this.#buckets.get(phoneNumberId) ?? {
      tokens: this.#perSecond,
      filledAt: now,
      closedUntil: 0,
      closedFor: 0,
    };
    const gained = (Math.max(0, now - bucket.filledAt) / 1000) * this.#perSecond;
    bucket.tokens = Math.min(this.#perSecond, bucket.tokens + gained);
    bucket.filledAt = now;
    this.#buckets.set(phoneNumberId, bucket);
    return bucket;
  }
}
