import { CONTAINERS, type Container, type ContainerName } from "./containers.ts";
import { indexingPolicy } from "./cosmos/indexingPolicy.ts";
import { valueAt } from "./plan.ts";

/**
 * What Cosmos DB charges, as Microsoft documents it; the figures are illustrative there and change over time, so that this
 * is a model for budgets and not a bill. One region, session consistency (strong and bounded staleness double reads).
 * Source, unless another is named: learn.microsoft.com/azure/cosmos-db/understand-request-unit-consumption (April 2026).
 */
const KB = 1024;

/** "Document size": [KB, read, write]. */
const BY_SIZE: readonly (readonly [number, number, number])[] = [
  [1, 1.0, 4.95],
  [2, 1.04, 6.29],
  [4, 1.14, 6.67],
  [8, 1.33, 7.04],
  [16, 1.67, 9.52],
  [32, 2.19, 11.23],
  [64, 4.76, 22.67],
  [128, 9.95, 48.19],
  [256, 20.28, 98.29],
  [512, 40.95, 184.57],
  [1024, 145.9, 625],
  [2048, 291.8, 1250],
];

/** "Create": 5.0 + 0.2 for each of 10 indexed terms; "Delete" the same. */
const RU_PER_TERM = 0.2;

/**
 * A query's own work before it loads anything. Not given as such: "optimize-cost-reads-writes" shows 3.19 RU for one item of
 * 10 KB found by the index, and says that 1000 items of 1 KB cost 1000. With 2.3 the model gives 3.7 and 1002: never less.
 */
const RU_PER_QUERY = 2.3;

/** A write that is refused (409, 412, 404) only looks for the item. Not documented; about 1.24 is what the service answers. */
const RU_PER_REFUSAL = 1.24;

/** Cost between the documented sizes is interpolated; up to 1 KB it is that of 1 KB. */
function bySize(bytes: number, column: 1 | 2): number {
  const size = Math.max(bytes / KB, 1);
  const above = BY_SIZE.findIndex(([kilobytes]) => kilobytes >= size);
  const high = BY_SIZE[above];
  if (high === undefined) throw new RangeError(`An item of ${bytes} bytes does not fit`);
  const low = BY_SIZE[above - 1] ?? high;
  const part = high === low ? 0 : (size - low[0]) / (high[0] - low[0]);
  return low[column] + part * (high[column] - low[column]);
}

/** A point read of an item of that many bytes. One that finds nothing costs as much as 1 KB. */
export function costOfRead(bytes: number): number {
  return bySize(bytes, 1);
}

/** `terms` are the index entries of the new item. */
export function costOfCreate(bytes: number, terms: number): number {
  return bySize(bytes, 2) + RU_PER_TERM * terms;
}

export function costOfDelete(bytes: number, terms: number): number {
  return bySize(bytes, 2) + RU_PER_TERM * terms;
}

/** "Updates": the old item is deleted and the new one inserted; of the terms only those that changed, both times. */
export function costOfReplace(oldBytes: number, bytes: number, changedTerms: number): number {
  return bySize(oldBytes, 2) + bySize(bytes, 2) + 2 * RU_PER_TERM * changedTerms;
}

export function costOfRefusal(): number {
  return RU_PER_REFUSAL;
}

/** A query that loads items of these sizes by its index. */
export function costOfQuery(loaded: readonly number[]): number {
  return loaded.reduce((sum, bytes) => sum + costOfRead(bytes), RU_PER_QUERY);
}

/** "Feed operations": as reading each item; a page with nothing new costs one read. */
export function costOfFeed(items: readonly number[]): number {
  return Math.max(
    1,
    items.reduce((sum, bytes) => sum + costOfRead(bytes), 0),
  );
}

/** Values by which a document stands in its container's indexes: one for each path it has, and for each composite index. */
export function indexTerms(container: ContainerName, kind: string, data: unknown): ReadonlyMap<string, string> {
  const declared: Container = CONTAINERS[container];
  const { includedPaths, compositeIndexes } = indexingPolicy(declared);
  const terms = new Map<string, string>();
  for (const { path } of includedPaths) {
    const own = path.slice(1, -2).replaceAll("/", ".");
    const value = own.startsWith("data.") ? valueAt(data, own.slice(5)) : kind;
    // `/path/?` is the index of a scalar there; arrays and objects have none.
    if (value === null || ["string", "number", "boolean"].includes(typeof value)) terms.set(path, String(value));
  }
  for (const paths of compositeIndexes) {
    const leading = paths.map(({ path }) => terms.get(`${path}/?`) ?? "").join();
    const first = paths[0]?.path ?? "";
    if (!first.startsWith("/data") || terms.has(`${first}/?`)) terms.set(paths.map(({ path }) => path).join(), leading);
  }
  return terms;
}
