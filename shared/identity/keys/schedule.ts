/**
 * When a signing key signs and when it verifies follows from when it and its successors were made, and from nothing else: so all
 * instances agree without asking one another, whatever each of them has missed.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Milliseconds for which an instance keeps the list of keys that it has read. */
export const LIST_KEPT_FOR = 10 * MINUTE;
/**
 * Milliseconds for which a new key is published before it signs. An instance that cannot read the keys goes on with its list for
 * as long and no longer: so none signs with a key of which a successor signs already.
 */
export const PUBLISHED_FOR = DAY;
/** Milliseconds for which a key verifies after its successor began to sign: above the life of a token and all clocks' differences. */
export const VERIFIES_FOR = HOUR;
/** Milliseconds after which it is dropped: later, since by another's clock it may verify still. */
const DROPPED_AFTER = 2 * HOUR;

interface Made {
  readonly madeAt: Date;
}

/** The key that signs at `now` (ms), of some that are ordered newest first: the newest that was published for long enough. */
export function signerOf<K extends Made>(keys: readonly K[], now: number): K | undefined {
  return keys.find((key) => signsFrom(key) <= now) ?? keys.at(-1);
}

/** Those whose tokens are good at `now`. */
export function verifying<K extends Made>(keys: readonly K[], now: number): readonly K[] {
  return keys.filter((_, index) => now < endOf(keys, index));
}

/** Those that no token needs any more. */
export function ended<K extends Made>(keys: readonly K[], now: number): readonly K[] {
  return keys.filter((_, index) => now >= endOf(keys, index) + DROPPED_AFTER - VERIFIES_FOR);
}

/** Whether the newest is so old that it is time for another. One from the future, by a clock that was wrong, is young. */
export function isDue(keys: readonly Made[], now: number, days: number): boolean {
  const [newest] = keys;
  return newest === undefined || now - newest.madeAt.getTime() >= days * DAY;
}

export type KeyState = "published" | "signs" | "verifies" | "ended";

/** Of each key, what it does at `now`. */
export function statesOf<K extends Made>(keys: readonly K[], now: number): readonly (readonly [K, KeyState])[] {
  const signer = signerOf(keys, now);
  const good = new Set(verifying(keys, now));
  return keys.map((key) => {
    if (key === signer) return [key, "signs"];
    if (!good.has(key)) return [key, "ended"];
    return [key, signsFrom(key) > now ? "published" : "verifies"];
  });
}

/** When it begins to sign, in ms; the first key of all signs from the beginning. */
export function signsFrom({ madeAt }: Made): number {
  return madeAt.getTime() + PUBLISHED_FOR;
}

/** When what it signed is good no more: infinity for one that has no successor. */
function endOf(keys: readonly Made[], index: number): number {
  const successor = index === 0 ? undefined : keys[index - 1];
  return successor === undefined ? Number.POSITIVE_INFINITY : signsFrom(successor) + VERIFIES_FOR;
}
