import type { Clock } from "../../clock.ts";
import { createGroupCommit } from "../../sqlite/groupCommit.ts";
import type { Connection } from "./connection.ts";
import { purgeExpired } from "./purge.ts";
import { type Moment, type PendingCommit, writeCommit } from "./write.ts";

const PURGE_INTERVAL_MS = 30_000;

export interface GroupCommitter {
  commit(pending: PendingCommit): Promise<readonly string[]>;
  /** Runs what waits, and refuses what comes later; resolves when all are settled. */
  close(): Promise<void>;
}

/** Commits that share transactions and fsyncs, numbered by one sequence; now and then one of them clears what has expired. */
export function createGroupCommitter(connection: Connection, clock: Clock): GroupCommitter {
  const moment: Moment = { now: 0, sequence: 0 };
  let first = 0;
  let nextPurge = 0;
  const group = createGroupCommit(connection.database, {
    now: () => clock.now().getTime(),
    before: (now) => {
      // Read anew each time: another process may have written since.
      first = Number(connection.statement("SELECT value FROM sequence").get()?.value);
      moment.now = now;
      moment.sequence = first;
    },
    after: () => {
      if (moment.now >= nextPurge) {
        nextPurge = moment.now + PURGE_INTERVAL_MS;
        purgeExpired(connection, moment.now);
      }
      if (moment.sequence !== first) connection.statement("UPDATE sequence SET value = ?").run(moment.sequence);
    },
  });
  return {
    commit: (pending) => group.run("durable", () => writeCommit(connection, pending, moment)),
    close: () => group.close(),
  };
}
