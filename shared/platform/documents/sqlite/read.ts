import type { ContainerName } from "../containers.ts";
import { KIND, partitionLevels } from "../limits.ts";
import type { Plan } from "../plan.ts";
import type { Connection } from "./connection.ts";
import { type Fragment, filterOf, joined, selectivePath, stretchesOf, stretchOf } from "./filter.ts";
import { keyIndex, pathIndex } from "./schema.ts";
import { etagOf } from "./write.ts";

/** A row before its schema has read it. */
export interface Row {
  readonly tenant: string;
  readonly partition: string;
  readonly kind: string;
  readonly id: string;
  readonly etag: string;
  readonly sequence: number;
  readonly data: unknown;
}

type Raw = Record<string, unknown>;

function rowOf(raw: Raw): Row {
  const sequence = Number(raw.seq);
  return {
    tenant: String(raw.tenant),
    partition: String(raw.partition),
    kind: String(raw.kind),
    id: String(raw.id),
    etag: etagOf(sequence),
    sequence,
    data: JSON.parse(String(raw.data)),
  };
}

const COLUMNS = "seq, tenant, partition, kind, id, data";
const ALIVE = "(expires_at IS NULL OR expires_at > ?)";

/** Partition values as the port has them: none where the tenant is the whole key. */
export function partitionOf(container: ContainerName, value: string): readonly string[] {
  return partitionLevels(container) === 0 ? [] : [value];
}

interface Key {
  readonly tenant: string;
  readonly partition: string;
  readonly kind: string;
  readonly id: string;
}

export function readRow(connection: Connection, from: ContainerName, key: Key, now: number): Row | undefined {
  const raw = connection
    .statement(`SELECT ${COLUMNS} FROM ${from} WHERE tenant = ? AND partition = ? AND kind = ? AND id = ? AND ${ALIVE}`)
    .get(key.tenant, key.partition, key.kind, key.id, now);
  return raw === undefined ? undefined : rowOf(raw);
}

/**
 * Which index to use, where the planner, which knows nothing of how much there is, would guess wrong: a named partition is
 * small beside the tenant, and the values of an `in` are few beside all documents of a kind.
 */
function indexHint(plan: Plan): string {
  if (plan.partition.length > 0) return ` INDEXED BY ${keyIndex(plan.container)}`;
  const selective = selectivePath(plan);
  const index = selective === undefined ? undefined : pathIndex(plan.container, selective);
  return index === undefined ? "" : ` INDEXED BY ${index}`;
}

/** The page's rows and one more when there is a next page. */
export function queryRows(connection: Connection, plan: Plan, tenantId: string, now: number): readonly Row[] {
  const filter = filterOf(plan, tenantId, now);
  const hint = indexHint(plan);
  const rows: Row[] = [];
  for (const stretch of stretchesOf(plan)) {
    const wanted = plan.limit + 1 - rows.length;
    if (wanted <= 0) break;
    const { where, order } = stretchOf(plan, stretch);
    const all: Fragment = joined([filter, where], " AND ");
    const sql = `SELECT ${COLUMNS} FROM ${plan.container}${hint} WHERE ${all.sql} ORDER BY ${order} LIMIT ?`;
    rows.push(
      ...connection
        .statement(sql)
        .all(...all.values, wanted)
        .map(rowOf),
    );
  }
  return rows;
}

export function sweepRows(
  connection: Connection,
  container: ContainerName,
  kind: string,
  olderThan: number,
  limit: number,
  now: number,
): readonly Row[] {
  if (!KIND.test(kind)) throw new TypeError(`Not a kind: ${kind}`);
  return connection
    .statement(
      // The kind stands in the text, because a partial index serves only what says aloud that it is within it.
      `SELECT ${COLUMNS} FROM ${container} WHERE kind = '${kind}' AND updated_at < ? AND ${ALIVE} ORDER BY updated_at LIMIT ?`,
    )
    .all(olderThan, now, limit)
    .map(rowOf);
}

export function changedRows(
  connection: Connection,
  container: ContainerName,
  after: number,
  limit: number,
  now: number,
): readonly Row[] {
  return connection
    .statement(`SELECT ${COLUMNS} FROM ${container} WHERE seq > ? AND ${ALIVE} ORDER BY seq LIMIT ?`)
    .all(after, now, limit)
    .map(rowOf);
}
