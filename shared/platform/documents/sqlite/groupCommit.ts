import type { Clock } from "../../clock.ts";
import { Problem } from "../../errors.ts";
import type { ContainerName } from "../containers.ts";
import type { CheckedOperation } from "../limits.ts";
import type { Connection } from "./connection.ts";
import { purgeExpired } from "./purge.ts";
import { type Moment, type PendingCommit, writeCommit } from "./write.ts";

/** Commits of one transaction at most, so that one burst does not hold the event loop for long. */
const GROUP_SIZE = 512;
const PURGE_INTERVAL_MS = 30_000;

interface Waiting extends PendingCommit {
  resolve(etags: readonly string[]): void;
  reject(error: unknown): void;
}

type Outcome = { readonly etags: readonly string[] } | { readonly error: unknown };

function unavailable(cause: unknown): Problem {
  return new Problem("unavailable", { cause });
}

export interface GroupCommitter {
  commit(
    tenant: string,
    container: ContainerName,
    partition: string,
    operations: readonly CheckedOperation[],
  ): Promise<readonly string[]>;
  /** Runs what waits, and refuses what comes later. */
  close(): void;
}

/**
 * Collects the commits of one turn of the event loop and writes them in one transaction, so that they share one fsync.
 * Each promise settles only after COMMIT. A refused commit is undone alone; a failing transaction fails all its commits.
 */
export function createGroupCommitter(connection: Connection, clock: Clock): GroupCommitter {
  let waiting: Waiting[] = [];
  let scheduled: NodeJS.Immediate | undefined;
  let closed = false;
  let nextPurge = 0;

  function runGroup(group: readonly Waiting[]): readonly Outcome[] {
    const now = clock.now().getTime();
    connection.run("BEGIN IMMEDIATE");
    try {
      // Read anew each time: another process may have written since.
      const first = Number(connection.statement("SELECT value FROM sequence").get()?.value);
      const moment: Moment = { now, sequence: first };
      const outcomes = group.map((one): Outcome => {
        try {
          return { etags: writeCommit(connection, one, moment) };
        } catch (error) {
          // SQLite itself ends the transaction on a full disk or an I/O error: then nobody's commit happened.
          if (!connection.inTransaction()) throw error;
          return { error };
        }
      });
      if (now >= nextPurge) {
        nextPurge = now + PURGE_INTERVAL_MS;
        purgeExpired(connection, now);
      }
      if (moment.sequence !== first) connection.statement("UPDATE sequence SET value = ?").run(moment.sequence);
      connection.run("COMMIT");
      return outcomes;
    } catch (error) {
      if (connection.inTransaction()) connection.run("ROLLBACK");
      throw error;
    }
  }

  function flush(): void {
    scheduled = undefined;
    const group = waiting.slice(0, GROUP_SIZE);
    waiting = waiting.slice(GROUP_SIZE);
    if (waiting.length > 0) schedule();
    let outcomes: readonly Outcome[];
    try {
      outcomes = runGroup(group);
    } catch (error) {
      for (const one of group) one.reject(unavailable(error));
      return;
    }
    group.forEach((one, index) => {
      const outcome = outcomes[index];
      if (outcome !== undefined && "etags" in outcome) one.resolve(outcome.etags);
      else one.reject(outcome?.error);
    });
  }

  function schedule(): void {
    scheduled ??= setImmediate(flush);
  }

  return {
    commit(tenant, container, partition, operations) {
      if (closed) return Promise.reject(unavailable(new Error("The documents are closed")));
      return new Promise((resolve, reject) => {
        waiting.push({ tenant, container, partition, operations, resolve, reject });
        schedule();
      });
    },
    close() {
      closed = true;
      if (scheduled !== undefined) clearImmediate(scheduled);
      while (waiting.length > 0) flush();
      if (scheduled !== undefined) clearImmediate(scheduled);
    },
  };
}
