import type { DatabaseSync } from "node:sqlite";

const VERSION = 1;

/**
 * - `lanes`: a lane exists while it holds a message or is locked. `lock` is the random number of the receiver that has it.
 *   Free and locked lanes have an index each, so that an accept never walks over locked lanes, nor an expiry over free ones.
 * - `messages`: what is due, in the order of `seq`. `taken_by` is the lock under which it was handed out; an older lock's
 *   number means that it is free again.
 * - `scheduled`: not yet due; a message moves to `messages`, and gets its place there, when its time comes.
 * - `seen`: message ids for duplicate detection, which outlive their messages.
 */
const TABLES = `
CREATE TABLE lanes (
  id INTEGER PRIMARY KEY,
  queue TEXT NOT NULL,
  session_id TEXT NOT NULL,
  waiting_since INTEGER NOT NULL,
  lock INTEGER,
  locked_until INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX lanes_by_name ON lanes (queue, session_id);
CREATE INDEX lanes_free ON lanes (queue, waiting_since) WHERE lock IS NULL;
CREATE INDEX lanes_locked ON lanes (locked_until) WHERE lock IS NOT NULL;

CREATE TABLE messages (
  seq INTEGER PRIMARY KEY,
  lane INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  enqueued_at INTEGER NOT NULL,
  delivery_count INTEGER NOT NULL DEFAULT 0,
  taken_by INTEGER,
  traceparent TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX messages_by_lane ON messages (lane);

CREATE TABLE scheduled (
  seq INTEGER PRIMARY KEY,
  queue TEXT NOT NULL,
  session_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  traceparent TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX scheduled_by_time ON scheduled (due_at);
CREATE INDEX scheduled_by_queue ON scheduled (queue, due_at);

CREATE TABLE seen (
  queue TEXT NOT NULL,
  message_id TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (queue, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_by_time ON seen (until);

CREATE TABLE dead (
  queue TEXT NOT NULL,
  seq INTEGER NOT NULL,
  session_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  enqueued_at INTEGER NOT NULL,
  delivery_count INTEGER NOT NULL,
  reason TEXT NOT NULL,
  traceparent TEXT,
  body TEXT NOT NULL,
  PRIMARY KEY (queue, seq)
) STRICT;

-- The last sequence number given out. A number is never used again, though its message be gone.
CREATE TABLE sequence (last INTEGER NOT NULL) STRICT;
INSERT INTO sequence VALUES (0);
`;

/** Sets the connection up and creates the tables in a new file. Throws when the file is of a newer version. */
export function prepareDatabase(db: DatabaseSync): void {
  // Waiting for another process blocks the event loop; what the command does to a running host takes milliseconds.
  db.exec("PRAGMA busy_timeout = 2000");
  db.exec("PRAGMA journal_mode = WAL");
  db.exec("PRAGMA temp_store = MEMORY");
  db.exec("PRAGMA cache_size = -8192");
  db.exec("PRAGMA wal_autocheckpoint = 4000");
  db.exec("BEGIN IMMEDIATE");
  try {
    const version = Number(db.prepare("PRAGMA user_version").get()?.user_version);
    if (version > VERSION) throw new Error(`The queue file is of version ${version}; this program knows ${VERSION}`);
    if (version === 0) {
      db.exec(TABLES);
      db.exec(`PRAGMA user_version = ${VERSION}`);
    }
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}
