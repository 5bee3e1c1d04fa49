import type { DatabaseSync } from "node:sqlite";
import { CONTAINER_NAMES, CONTAINERS, type Container, type ContainerName } from "../containers.ts";
import { dotted, isIndexed } from "../plan.ts";

const SCHEMA_VERSION = 1;

/** The value at a dotted path; the path's form has been checked, and an index is used only by the same expression. */
export function extract(path: string): string {
  return `json_extract(data, '$.${path}')`;
}
/** SQL NULL where the path is missing, 'null' where it holds JSON null. */
export function typeOf(path: string): string {
  return `json_type(data, '$.${path}')`;
}

export function keyIndex(container: ContainerName): string {
  return `${container}_key`;
}
export function pathIndex(container: ContainerName, path: string): string | undefined {
  return isIndexed(container, path) ? `${container}_by_${path.replaceAll(".", "_")}` : undefined;
}

/**
 * `seq` numbers every write of the file: it is the row's place in the change feed and, in base 36, its etag, so a feed is
 * a scan of the table from a number on and costs no index of its own.
 * `partition` is "" where the tenant is the whole partition key; `tenant` is "" in the directory.
 */
function tableOf(name: ContainerName): string {
  return `CREATE TABLE IF NOT EXISTS ${name} (
    seq INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    partition TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    data TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    expires_at INTEGER
  ) STRICT`;
}

function indexesOf(name: ContainerName): ReadonlyMap<string, string> {
  const container: Container = CONTAINERS[name];
  const indexes = new Map([[keyIndex(name), `UNIQUE INDEX|(tenant, partition, kind, id)`]]);
  for (const kind of container.swept) indexes.set(`${name}_swept_${kind}`, `INDEX|(updated_at) WHERE kind = '${kind}'`);
  // Lists over a whole tenant in id order; with a single partition level the key already serves them.
  if (container.partitionKey.length > 1 || name === "tenants")
    indexes.set(`${name}_listed`, `INDEX|(tenant, kind, id, partition)`);
  if (container.timeToLive) indexes.set(`${name}_expiring`, `INDEX|(expires_at) WHERE expires_at IS NOT NULL`);
  for (const path of container.indexed.map(dotted)) {
    const index = pathIndex(name, path);
    // Partial, because most kinds of a container lack most of its paths, and then they cost their writes nothing.
    if (index !== undefined)
      indexes.set(index, `INDEX|(tenant, kind, ${extract(path)}, id, partition) WHERE ${typeOf(path)} IS NOT NULL`);
  }
  return new Map(
    [...indexes].map(([index, definition]) => {
      const [what = "", columns = ""] = definition.split("|");
      return [index, `CREATE ${what} ${index} ON ${name} ${columns}`];
    }),
  );
}

/** Adds the indexes that the declaration has and the file lacks, and drops those that it no longer has. */
function reconcileIndexes(database: DatabaseSync, name: ContainerName): void {
  const wanted = indexesOf(name);
  const existing = new Map(
    database
      .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL")
      .all(name)
      .map((row) => [String(row.name), String(row.sql)]),
  );
  for (const [index, sql] of existing) if (wanted.get(index) !== sql) database.exec(`DROP INDEX ${index}`);
  for (const [index, sql] of wanted) if (existing.get(index) !== sql) database.exec(sql);
}

/** Creates what is missing. Throws when the file was written by a version of Cordboard that this one does not know. */
export function prepareSchema(database: DatabaseSync): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    const version = database.prepare("PRAGMA user_version").get()?.user_version;
    if (version !== 0 && version !== SCHEMA_VERSION)
      throw new Error(`The documents file has schema version ${version}; this version reads ${SCHEMA_VERSION}`);
    database.exec(
      "CREATE TABLE IF NOT EXISTS sequence (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL)",
    );
    database.exec("INSERT OR IGNORE INTO sequence (one, value) VALUES (1, 0)");
    for (const name of CONTAINER_NAMES) {
      database.exec(tableOf(name));
      reconcileIndexes(database, name);
    }
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
