import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";

/** One open file with its prepared statements. */
export interface Connection {
  readonly database: DatabaseSync;
  /** Prepared once per SQL text; texts are bounded because values are always bound. */
  statement(sql: string): StatementSync;
  run(sql: string): void;
  inTransaction(): boolean;
  close(): void;
}

/** How long one process waits for another's transaction. It blocks the process, so it is short. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens (and creates) a database file; ":memory:" for one that vanishes on close.
 * WAL with synchronous=FULL: a COMMIT returns after its log has been fsynced.
 */
export function openConnection(file: string): Connection {
  if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  database.exec("PRAGMA wal_autocheckpoint = 4000");
  database.exec("PRAGMA journal_size_limit = 67108864");
  database.exec("PRAGMA cache_size = -16384");
  const statements = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const prepared = database.prepare(sql);
    statements.set(sql, prepared);
    return prepared;
  };
  return {
    database,
    statement,
    run: (sql) => {
      statement(sql).run();
    },
    inTransaction: () => database.isTransaction,
    close: () => database.close(),
  };
}
