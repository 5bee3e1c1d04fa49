import type { Clock } from "../../clock.ts";
import { Problem } from "../../errors.ts";
import type { ContainerName } from "../containers.ts";
import { checkCommit, checkId, checkPartition } from "../limits.ts";
import { checkLimit, cursorAfter, planQuery } from "../plan.ts";
import type { Change, Collection, DocumentStore, Documents, Stored } from "../port.ts";
import { checkContainer, parseStored } from "../stored.ts";
import { type Connection, openConnection } from "./connection.ts";
import { createGroupCommitter, type GroupCommitter } from "./groupCommit.ts";
import { changedRows, partitionOf, queryRows, type Row, readRow, sweepRows } from "./read.ts";
import { prepareSchema } from "./schema.ts";

interface SqliteDocumentsOptions {
  /** Path of the database file, created when missing; ":memory:" for one that vanishes on close. */
  readonly file: string;
  readonly clock: Clock;
}

interface Engine {
  readonly connection: Connection;
  readonly committer: GroupCommitter;
  readonly now: () => number;
}

function storedOf<T>(from: Collection<T>, row: Row): Stored<T> {
  return {
    id: row.id,
    partition: partitionOf(from.container, row.partition),
    value: parseStored(from, row.data),
    etag: row.etag,
  };
}

function changeOf(container: ContainerName, row: Row): Change {
  return {
    tenantId: row.tenant,
    partition: partitionOf(container, row.partition),
    kind: row.kind,
    id: row.id,
    data: row.data,
    etag: row.etag,
  };
}

function storeOf({ connection, committer, now }: Engine, tenant: string): DocumentStore {
  return {
    async read(from, partition, id) {
      checkContainer(tenant, from.container);
      checkPartition(from.container, partition, "full");
      checkId(from.kind, id);
      const key = { tenant, partition: partition[0] ?? "", kind: from.kind, id };
      const row = readRow(connection, from.container, key, now());
      return row === undefined ? undefined : storedOf(from, row);
    },
    async query(from, query) {
      checkContainer(tenant, from.container);
      const plan = planQuery(tenant, from, query);
      const rows = queryRows(connection, plan, tenant, now());
      const page = rows.slice(0, plan.limit);
      const items = page.map((row) => storedOf(from, row));
      const last = items.at(-1);
      if (rows.length <= plan.limit || last === undefined) return { items };
      return { items, nextCursor: cursorAfter(plan, last, page.at(-1)?.data) };
    },
    async commit(container, partition, operations) {
      checkContainer(tenant, container);
      const checked = checkCommit(container, partition, operations);
      return committer.commit({ tenant, container, partition: partition[0] ?? "", operations: checked });
    },
  };
}

function feedPosition(after: string | undefined): number {
  if (after === undefined) return 0;
  if (!/^\d{1,15}$/.test(after)) throw new Problem("invalid-request", { detail: "The feed's cursor is damaged." });
  return Number(after);
}

/**
 * Documents in one SQLite file, for the one-machine edition and for tests. Several processes may open the same file.
 * Throws when the file cannot be opened or belongs to another schema version.
 */
export function openSqliteDocuments({ file, clock }: SqliteDocumentsOptions): Documents {
  const connection = openConnection(file);
  try {
    prepareSchema(connection.database);
  } catch (error) {
    connection.close();
    throw error;
  }
  const committer = createGroupCommitter(connection, clock);
  const engine: Engine = { connection, committer, now: () => clock.now().getTime() };
  let closed = false;
  return {
    forTenant: (tenantId) => ({ tenantId, ...storeOf(engine, tenantId) }),
    directory: () => storeOf(engine, ""),
    async sweep(container, kind, olderThan, limit) {
      checkLimit(limit);
      const rows = sweepRows(connection, container, kind, olderThan.getTime(), limit, engine.now());
      return rows.map((row) => changeOf(container, row));
    },
    async changes(container, after, limit) {
      checkLimit(limit);
      const position = feedPosition(after);
      const rows = changedRows(connection, container, position, limit, engine.now());
      return {
        items: rows.map((row) => changeOf(container, row)),
        cursor: String(rows.at(-1)?.sequence ?? position),
      };
    },
    async ping() {
      connection.statement("SELECT value FROM sequence").get();
    },
    async close() {
      if (closed) return;
      closed = true;
      await committer.close();
      connection.close();
    },
  };
}
