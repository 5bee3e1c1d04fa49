import type { DatabaseSync } from "node:sqlite";
import { Problem } from "../errors.ts";

/**
 * Milliseconds from the end of one transaction to the next at least: what comes meanwhile shares it. Under load this is the
 * difference between hundreds of fsyncs a second, which nobody feels, and thousands, which take half the processor; a call
 * that comes alone waits for nothing.
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
  /** Commits what is waiting; afterwards every call is refused. */
  close(): void;
}

interface GroupCommitOptions {
  readonly now: () => number;
  /** Runs at the start of every transaction, which another process's may have preceded. */
  readonly before: (now: number) => void;
  /** Runs just before every COMMIT. */
  readonly after: () => void;
}

/**
 * One fsync for all that was asked in one turn of the event loop. While it lasts the loop stands still, so the next turn
 * finds everything that arrived meanwhile and commits that together: the group grows with the load by itself.
 */
export function createGroupCommit(db: DatabaseSync, { now, before, after }: GroupCommitOptions): GroupCommit {
  const savepoint = db.prepare("SAVEPOINT call");
  const release = db.prepare("RELEASE call");
  const undo = db.prepare("ROLLBACK TO call");
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const waiting: Call[] = [];
  let synchronous: "FULL" | "NORMAL" = "FULL";
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
    const settled: (() => void)[] = [];
    try {
      // In WAL mode FULL flushes on every commit, NORMAL only at checkpoints.
      const wanted = calls.some((call) => call.durable) ? "FULL" : "NORMAL";
      if (wanted !== synchronous) db.exec(`PRAGMA synchronous = ${wanted}`);
      synchronous = wanted;
      begin.run();
      const at = now();
      before(at);
      for (const call of calls) settled.push(attempt(call, at));
      after();
      commit.run();
    } catch (error) {
      // SQLite has rolled back by itself after some errors, such as a full disk.
      if (db.isTransaction) db.exec("ROLLBACK");
      for (const call of calls) call.reject(unavailable(error));
      return;
    }
    for (const settle of settled) settle();
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
    close: () => {
      closed = true;
      while (waiting.length > 0) commitGroup(waiting.splice(0, MAX_GROUP));
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
