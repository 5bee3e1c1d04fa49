import type { Clock } from "../../platform/clock.ts";
import { Problem } from "../../platform/errors.ts";
import { LruCache } from "../../platform/lru.ts";

/**
 * Milliseconds for which what was read is believed, from when the read began: another instance's change counts here that much later at
 * most. Below the 5 s that a revocation has.
 */
const BELIEVED_FOR = 3000;
const MAX_FOUND = 5000;
/** What is not there; kept apart, so that a flood of made-up ids displaces nothing real. */
const MAX_MISSING = 1000;

interface Entry<V> {
  readonly begun: number;
  readonly value: Promise<V | undefined>;
}

/** What one instance has read of the store lately, so that a busy machine costs a read every few seconds. */
export class RecentReads<V> {
  readonly #clock: Clock;
  readonly #found = new LruCache<Entry<V> & { readonly known: V }>(MAX_FOUND);
  readonly #missing = new LruCache<Entry<V>>(MAX_MISSING);
  readonly #pending = new Map<string, Entry<V>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * As the store has it, or had it less than 3 s ago. A read that took longer than that says nothing of now, and is made once more.
   * Throws `unavailable` when that is slow too, and whatever `read` throws.
   */
  async get(key: string, read: () => Promise<V | undefined>): Promise<V | undefined> {
    for (let attempt = 0; attempt < 2; attempt++) {
      const entry = this.#recent(key) ?? this.#begin(key, read);
      const value = await entry.value;
      if (this.#isBelieved(entry)) return value;
    }
    throw new Problem("unavailable", { retryAfter: 1 });
  }

  /** As it was when last read, however long ago. Only to tell who is known from who is not. */
  lastKnown(key: string): V | undefined {
    return this.#found.get(key)?.known;
  }

  /** After a change made here. */
  forget(key: string): void {
    this.#found.delete(key);
    this.#missing.delete(key);
    this.#pending.delete(key);
  }

  #recent(key: string): Entry<V> | undefined {
    const entry = this.#pending.get(key) ?? this.#found.get(key) ?? this.#missing.get(key);
    return entry !== undefined && this.#isBelieved(entry) ? entry : undefined;
  }

  #begin(key: string, read: () => Promise<V | undefined>): Entry<V> {
    const entry: Entry<V> = { begun: this.#clock.now().getTime(), value: read() };
    this.#pending.set(key, entry);
    void entry.value.then(
      (value) => this.#ended(key, entry, (mine) => this.#remember(key, mine, value)),
      () => this.#ended(key, entry, () => undefined),
    );
    return entry;
  }

  /** Nothing, where it was forgotten meanwhile or another read has begun. */
  #ended(key: string, entry: Entry<V>, keep: (entry: Entry<V>) => void): void {
    if (this.#pending.get(key) !== entry) return;
    this.#pending.delete(key);
    keep(entry);
  }

  #remember(key: string, entry: Entry<V>, value: V | undefined): void {
    this.#found.delete(key);
    this.#missing.delete(key);
    if (value === undefined) this.#missing.set(key, entry);
    else this.#found.set(key, { ...entry, known: value });
  }

  /** A clock that was set back proves nothing. */
  #isBelieved({ begun }: Entry<V>): boolean {
    const age = this.#clock.now().getTime() - begun;
    return age >= 0 && age < BELIEVED_FOR;
  }
}
