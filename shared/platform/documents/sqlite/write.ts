import type { ContainerName } from "../containers.ts";
import type { CheckedOperation } from "../limits.ts";
import { CommitRejected } from "../port.ts";
import type { Connection } from "./connection.ts";

export interface PendingCommit {
  readonly tenant: string;
  readonly container: ContainerName;
  /** "" where the tenant is the whole partition key. */
  readonly partition: string;
  readonly operations: readonly CheckedOperation[];
}

/** What one transaction shares: its time in milliseconds and the last sequence number given out. */
export interface Moment {
  now: number;
  sequence: number;
}

export function etagOf(sequence: number): string {
  return sequence.toString(36);
}

/** NaN, which equals no row, for an etag that this engine never gave. */
function sequenceOf(etag: string): number {
  return /^[0-9a-z]{1,10}$/.test(etag) ? Number.parseInt(etag, 36) : Number.NaN;
}

const KEY = "tenant = ? AND partition = ? AND kind = ? AND id = ?";
const ALIVE = "(expires_at IS NULL OR expires_at > ?)";

interface Statements {
  readonly create: string;
  readonly upsert: string;
  readonly replace: string;
  readonly remove: string;
  readonly removeIf: string;
  readonly exists: string;
}
const statementsOf = new Map<ContainerName, Statements>();

function statements(table: ContainerName): Statements {
  const known = statementsOf.get(table);
  if (known !== undefined) return known;
  const insert = `INSERT INTO ${table} (tenant, partition, kind, id, seq, data, updated_at, expires_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (tenant, partition, kind, id) DO UPDATE SET
    seq = excluded.seq, data = excluded.data, updated_at = excluded.updated_at, expires_at = excluded.expires_at`;
  const made: Statements = {
    // What has expired counts as gone, whether or not it has been purged.
    create: `${insert} WHERE expires_at IS NOT NULL AND expires_at <= excluded.updated_at`,
    upsert: insert,
    replace: `UPDATE ${table} SET seq = ?, data = ?, updated_at = ?, expires_at = ? WHERE ${KEY} AND seq = ? AND ${ALIVE}`,
    remove: `DELETE FROM ${table} WHERE ${KEY} AND ${ALIVE}`,
    removeIf: `DELETE FROM ${table} WHERE ${KEY} AND ${ALIVE} AND seq = ?`,
    exists: `SELECT 1 FROM ${table} WHERE ${KEY} AND ${ALIVE}`,
  };
  statementsOf.set(table, made);
  return made;
}

/** Writes one operation and returns its etag; throws `CommitRejected` for operation `index` with nothing written. */
function writeOne(
  connection: Connection,
  { tenant, container, partition }: PendingCommit,
  operation: CheckedOperation,
  index: number,
  moment: Moment,
): string {
  const sql = statements(container);
  const { kind, id, json, etag, ttl } = operation;
  const { now } = moment;
  const refuse = (): never => {
    const found = connection.statement(sql.exists).get(tenant, partition, kind, id, now);
    throw new CommitRejected(found === undefined ? "missing" : "stale", index);
  };

  if (operation.type === "delete") {
    const { changes } =
      etag === undefined
        ? connection.statement(sql.remove).run(tenant, partition, kind, id, now)
        : connection.statement(sql.removeIf).run(tenant, partition, kind, id, now, sequenceOf(etag));
    return changes === 0 ? refuse() : "";
  }
  const sequence = moment.sequence + 1;
  const expires = ttl === undefined ? null : now + ttl * 1000;
  if (operation.type === "replace") {
    const { changes } = connection
      .statement(sql.replace)
      .run(sequence, json, now, expires, tenant, partition, kind, id, sequenceOf(etag ?? ""), now);
    if (changes === 0) refuse();
  } else {
    const { changes } = connection
      .statement(operation.type === "create" ? sql.create : sql.upsert)
      .run(tenant, partition, kind, id, sequence, json, now, expires);
    if (changes === 0) throw new CommitRejected("exists", index);
  }
  moment.sequence = sequence;
  return etagOf(sequence);
}

/** Writes one commit within the open transaction and returns its etags; throws `CommitRejected`, for the caller to undo. */
export function writeCommit(connection: Connection, commit: PendingCommit, moment: Moment): readonly string[] {
  return commit.operations.map((operation, index) => writeOne(connection, commit, operation, index, moment));
}
