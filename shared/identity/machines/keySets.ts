import type { Clock } from "../../platform/clock.ts";
import { type FetchOutside, OutsideFault } from "../../platform/egress/port.ts";
import { Problem } from "../../platform/errors.ts";
import { LruCache } from "../../platform/lru.ts";
import { type PublicKey, usableKeys } from "./publicKeys.ts";

/** Milliseconds: a key that is published no longer counts that much longer at most. */
const FRESH_FOR = 5 * 60_000;
/** Milliseconds: so often a key that is not among them, or a fetch that failed, makes us look again. */
const LOOK_AGAIN_AFTER = 30_000;
const MAX_SETS = 500;

interface Fetched {
  readonly at: number;
  readonly keys: Promise<readonly PublicKey[]>;
}

/** The key sets (RFC 7517) that clients publish at an address of theirs. */
export class KeySets {
  readonly #fetchOutside: FetchOutside;
  readonly #clock: Clock;
  readonly #sets = new LruCache<Fetched>(MAX_SETS);

  constructor(fetchOutside: FetchOutside, clock: Clock) {
    this.#fetchOutside = fetchOutside;
    this.#clock = clock;
  }

  /**
   * The keys published there, fetched less than 5 minutes ago; less than 30 s ago where none `fits`. Throws `unavailable` where they
   * cannot be had.
   */
  async find(url: string, fits: (keys: readonly PublicKey[]) => readonly PublicKey[]): Promise<readonly PublicKey[]> {
    const found = fits(await this.#keys(url, FRESH_FOR));
    return found.length > 0 ? found : fits(await this.#keys(url, LOOK_AGAIN_AFTER));
  }

  async #keys(url: string, maxAge: number): Promise<readonly PublicKey[]> {
    const now = this.#clock.now().getTime();
    const known = this.#sets.get(url);
    if (known !== undefined && now - known.at < maxAge) {
      const keys = await known.keys.catch(() => undefined);
      if (keys !== undefined || now - known.at < LOOK_AGAIN_AFTER) return keys ?? known.keys;
    }
    const fetched = { at: now, keys: this.#fetch(url) };
    this.#sets.set(url, fetched);
    return fetched.keys;
  }

  async #fetch(url: string): Promise<readonly PublicKey[]> {
    try {
      const answer = await this.#fetchOutside(url, { headers: { accept: "application/json" } });
      if (answer.status !== 200) throw notFetched(`it answered ${answer.status}`);
      return usableKeys(await answer.json());
    } catch (cause) {
      if (cause instanceof Problem) throw cause;
      throw notFetched(cause instanceof OutsideFault ? cause.reason : "it is no JSON", cause);
    }
  }
}

function notFetched(why: string, cause?: unknown): Problem {
  return new Problem("unavailable", {
    detail: `The client's keys were not found at its jwksUri: ${why}.`,
    retryAfter: 30,
    cause,
  });
}
