import type { DatabaseSync } from "node:sqlite";
import { Problem } from "../errors.ts";
import { type LogFlush, openLogFlush } from "./logFlush.ts";

/**
 * Milliseconds from the end of one transaction to the next at least: what comes meanwhile shares it. Under load this is the
 * difference between hundreds of transactions a second, which nobody feels, and thousands, which take half the processor; a
 * call that comes alone waits for nothing.
 */
const GATHER_MS = 3;

/** At most so many calls in one transaction, so that a flood of sends does not hold up the event loop in one piece. */
const MAX_GROUP = 1000;

interface Call {
  readonly durable: boolean;
  readonly undoable: boolean;
  /** Runs inside the transaction; what it returns is called after COMMIT. */
  readonly execute: (now: number) => () => void;
  readonly reject: (error: unknown) => void;
}

interface Settled {
  readonly call: Call;
  /** Tells the caller what came of it. */
  readonly settle: () => void;
}

export interface GroupCommit {
  /**
   * Runs `operation` in the next transaction, in a savepoint of its own, and resolves once that is committed.
   * `durable` ones have been flushed to the disk when they resolve; others (locks, delivery counts) survive the death of
   * the process but perhaps not a power cut, and cost no flush. Rejects with what `operation` threw, having undone only
   * it, or with `Problem("unavailable")` when the transaction failed. `"writes-last"` operations throw, if at all, before
   * their first write: they need no savepoint, which costs as much as a write.
   */
  run<T>(
    durability: "durable" | "cheap",
    operation: (now: number) => T,
    shape?: "writes-last" | "undoable",
  ): Promise<T>;
  /** Commits what is waiting, and refuses every call from now on; resolves when all are settled. */
  close(): Promise<void>;
}

interface GroupCommitOptions {
  readonly now: () => number;
  /** Runs at the start of every transaction, which another process's may have preceded. */
  readonly before: (now: number) => void;
  /** Runs just before every COMMIT. */
  readonly after: () => void;
  /** Default: that of the database's own log. */
  readonly log?: LogFlush;
}

/**
 * One transaction for all that was asked in one turn of the event loop and a little longer, and one flush for all that was
 * committed while the flush before lasted: both grow with the load by themselves. Only those who asked for it wait for the disk;
 * the event loop does not. So what a power cut takes may have been read before, but nobody had been told that it stands.
 */
export function createGroupCommit(db: DatabaseSync, options: GroupCommitOptions): GroupCommit {
  const { now, before, after, log = openLogFlush(db) } = options;
  db.exec("PRAGMA synchronous = NORMAL");
  const savepoint = db.prepare("SAVEPOINT call");
  const release = db.prepare("RELEASE call");
  const undo = db.prepare("ROLLBACK TO call");
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const waiting: Call[] = [];
  const inMemory = db.location() === null;
  let lastCommit = 0;
  let closed = false;

  function attempt(call: Call, at: number): () => void {
    if (call.undoable) savepoint.run();
    try {
      const settle = call.execute(at);
      if (call.undoable) release.run();
      return settle;
    } catch (error) {
      // A statement that failed may have ended more than itself; without a savepoint all of the transaction goes.
      if (!call.undoable && isOwnError(error)) throw error;
      if (call.undoable) {
        undo.run();
        release.run();
      }
      return () => call.reject(isOwnError(error) ? unavailable(error) : error);
    }
  }

  function commitGroup(calls: readonly Call[]): void {
    const settled: Settled[] = [];
    try {
      begin.run();
      const at = now();
      before(at);
      for (const call of calls) settled.push({ call, settle: attempt(call, at) });
      after();
      commit.run();
    } catch (error) {
      // SQLite has rolled back by itself after some errors, such as a full disk.
      if (db.isTransaction) db.exec("ROLLBACK");
      for (const call of calls) call.reject(unavailable(error));
      return;
    }
    const durable = settled.filter(({ call }) => call.durable);
    for (const { call, settle } of settled) if (!call.durable) settle();
    if (durable.length > 0) log.afterFlush((error) => settleFlushed(durable, error));
  }

  function settleFlushed(durable: readonly Settled[], error: unknown): void {
    for (const { call, settle } of durable) {
      if (error === undefined) settle();
      else call.reject(unavailable(error));
    }
  }

  function schedule(): void {
    const wait = inMemory ? 0 : GATHER_MS - (performance.now() - lastCommit);
    if (wait > 0) setTimeout(flush, wait);
    else setImmediate(flush);
  }

  function flush(): void {
    const calls = waiting.splice(0, MAX_GROUP);
    if (calls.length > 0) commitGroup(calls);
    lastCommit = performance.now();
    if (waiting.length > 0) setImmediate(flush);
  }

  return {
    run: (durability, operation, shape = "undoable") =>
      new Promise((resolve, reject) => {
        if (closed) return reject(unavailable(new Error("The database is closed")));
        const execute = (at: number) => {
          const value = operation(at);
          return () => resolve(value);
        };
        waiting.push({ durable: durability === "durable", undoable: shape === "undoable", execute, reject });
        if (waiting.length === 1) schedule();
      }),
    close: async () => {
      closed = true;
      while (waiting.length > 0) commitGroup(waiting.splice(0, MAX_GROUP));
      await log.close();
    },
  };
}

/** What node:sqlite throws: the disk is full, the file is locked or damaged. */
function isOwnError(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";
}

export function unavailable(cause: unknown): Problem {
  return new Problem("unavailable", {
    detail: "The store cannot be reached right now. Try again.",
    retryAfter: 5,
    cause,
  });
}
