import { close, closeSync, fdatasync, fsyncSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";

/** Brings what a database has committed to the disk. */
export interface LogFlush {
  /**
   * Calls back once everything committed so far is on the disk; with the reason when that failed. After one failure all
   * fail, until a new start: the system may have dropped what it could not write, and would call the next flush a success
   * (https://www.usenix.org/conference/atc20/presentation/rebello).
   */
  afterFlush(done: (error?: unknown) => void): void;
  /** Resolves when all have been called back. */
  close(): Promise<void>;
}

/** How a file is flushed: `fdatasync`, but for tests. */
type Sync = (descriptor: number, done: (error: Error | null) => void) => void;

/**
 * For a database in WAL mode with `synchronous=NORMAL`, which itself flushes its log only before a checkpoint. A commit is
 * whole in the log when COMMIT returns, and safe from a power cut once the log has been flushed: `synchronous=FULL` does
 * just that within COMMIT, while the event loop stands still (https://sqlite.org/pragma.html#pragma_synchronous). Here
 * a thread of the pool does it, and one flush serves all that was committed while the one before was under way. Any
 * descriptor of a file flushes what was written by others; and SQLite's locks are on other files than its log, so that
 * closing this one releases none.
 */
export function openLogFlush(db: DatabaseSync, sync: Sync = fdatasync): LogFlush {
  const file = db.location();
  if (file === null) return MEMORY;
  const log = openSync(`${file}-wal`, "r+");
  // The log's place in its folder must outlast a power cut too.
  const folder = openSync(dirname(file), "r");
  fsyncSync(folder);
  closeSync(folder);

  let waiting: ((error?: unknown) => void)[] = [];
  let flushing = false;
  let failure: Error | null = null;
  let idle: (() => void) | undefined;

  function flush(): void {
    const served = waiting;
    waiting = [];
    flushing = true;
    sync(log, (error) => {
      failure ??= error;
      for (const done of served) done(failure ?? undefined);
      flushing = false;
      if (waiting.length > 0) flush();
      else idle?.();
    });
  }

  return {
    afterFlush: (done) => {
      if (failure !== null) return done(failure);
      waiting.push(done);
      if (!flushing) flush();
    },
    close: async () => {
      if (flushing) {
        await new Promise<void>((resolve) => {
          idle = resolve;
        });
      }
      await new Promise((resolve) => close(log, resolve));
    },
  };
}

/** Memory has no disk. */
const MEMORY: LogFlush = { afterFlush: (done) => done(), close: async () => undefined };
