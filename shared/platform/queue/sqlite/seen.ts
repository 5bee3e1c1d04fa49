import type { DatabaseSync } from "node:sqlite";

const PURGE_EVERY_MILLISECONDS = 30_000;
const PURGED_AT_ONCE = 2000;

/** Duplicate detection: message ids, kept for their queue's window whatever becomes of the message. */
export function createSeen(db: DatabaseSync) {
  // An id whose window has passed but which is not purged yet counts as new.
  const add = db.prepare(
    `INSERT INTO seen (queue, message_id, until) VALUES (?, ?, ?)
     ON CONFLICT (queue, message_id) DO UPDATE SET until = excluded.until WHERE until <= ?`,
  );
  const purge = db.prepare(
    `DELETE FROM seen WHERE (queue, message_id) IN
       (SELECT queue, message_id FROM seen WHERE until <= ? ORDER BY until LIMIT ${PURGED_AT_ONCE})`,
  );
  let nextPurge = 0;

  return {
    /** False when the id was sent within the window. */
    add: (queue: string, messageId: string, now: number, windowMilliseconds: number): boolean =>
      add.run(queue, messageId, now + windowMilliseconds, now).changes === 1,
    /** Drops ids whose window has passed, a bounded number at a time. */
    purge: (now: number): void => {
      if (now < nextPurge) return;
      const complete = purge.run(now).changes < PURGED_AT_ONCE;
      if (complete) nextPurge = now + PURGE_EVERY_MILLISECONDS;
    },
  };
}
