interface Batch<T> {
  readonly items: T[];
  readonly done: Promise<void>;
}

/**
 * Works things off by key, one batch at a time for each key: what comes while a batch is under way waits and makes the next one.
 * So however much comes at once, an instance never competes with itself.
 */
export class Gathering<T> {
  readonly #work: (key: string, items: readonly T[]) => Promise<void>;
  readonly #waiting = new Map<string, Batch<T>>();
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(work: (key: string, items: readonly T[]) => Promise<void>) {
    this.#work = work;
  }

  /** Resolves once the batch that these are of is done; rejects as it does. */
  add(key: string, items: readonly T[]): Promise<void> {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      waiting.items.push(...items);
      return waiting.done;
    }
    const batch = [...items];
    const done = this.#next(key, batch);
    this.#waiting.set(key, { items: batch, done });
    return done;
  }

  async #next(key: string, batch: readonly T[]): Promise<void> {
    const before = this.#underWay.get(key);
    const work = this.#after(before, key, batch);
    this.#underWay.set(key, work);
    try {
      await work;
    } finally {
      if (this.#underWay.get(key) === work) this.#underWay.delete(key);
    }
  }

  async #after(before: Promise<void> | undefined, key: string, batch: readonly T[]): Promise<void> {
    await before?.catch(() => undefined);
    this.#waiting.delete(key);
    await this.#work(key, batch);
  }
}
