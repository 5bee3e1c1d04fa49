import { setTimeout as pause } from "node:timers/promises";

interface UntilOptions {
  /** Milliseconds; default 40,000, since a busy machine may be slow and only a broken product never gets there. */
  readonly timeout?: number;
  /** Milliseconds between looks; default 50. */
  readonly every?: number;
}

/** Looks again and again until `look` finds something, and answers it. Throws, naming `what`, when it never does. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { timeout = 40_000, every = 50 }: UntilOptions = {},
): Promise<T> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`Waited ${timeout / 1000} s in vain: ${what}`);
    await pause(every);
  }
}
