import type { z } from "zod";
import type { TenantId } from "../ids.ts";
import type { ContainerName } from "./containers.ts";

/**
 * Documents as both engines keep them: Cosmos DB and SQLite, held to one conformance suite. Whatever the port does not
 * promise (joins, cross-partition transactions, aggregates) nobody may use.
 *
 * A document belongs to a collection (a kind in a container), lies in one logical partition, and is stored as
 * `{ id: "<kind>:<id>", tenantId, <second key>, kind, data, ttl?, _etag, _ts }` with the value under `data`.
 */
export interface Collection<T> {
  readonly container: ContainerName;
  readonly kind: string;
  /** Parses what is read; a document that does not fit is an error, never a guess. */
  readonly schema: z.ZodType<T>;
}

export function collection<T>(container: ContainerName, kind: string, schema: z.ZodType<T>): Collection<T> {
  return { container, kind, schema };
}

/**
 * The partition below the tenant: `[]` where the container's key is `/tenantId` alone, `[conversationId]` where it has a
 * second level. In the directory (`tenants`), `[id]`.
 */
export type Partition = readonly string[];

export interface Stored<T> {
  readonly id: string;
  /** The partition below the tenant in which the document lies. */
  readonly partition: Partition;
  readonly value: T;
  /** Opaque, of letters, digits and dashes, without HTTP's quotes. Another after every write. */
  readonly etag: string;
}

export type Scalar = string | number | boolean | null;

/**
 * A condition on a top-level path of the value (`"status"`, or dotted `"contact.id"`); the path `"id"` is the document's own
 * id, as it is in `orderBy`. Conditions are joined by AND. Where the path is missing a condition is false, whatever its
 * operator; values of different types are unequal and have no order. `<` to `>=` take strings and numbers only. A path that
 * is not indexed may be filtered by, at the price of reading all that the rest of the query leaves.
 */
export type Condition =
  | { readonly path: string; readonly op: "=" | "!=" | "<" | "<=" | ">" | ">="; readonly value: Scalar }
  | { readonly path: string; readonly op: "in"; readonly value: readonly Scalar[] }
  /** True where the array at `path` contains `value`. */
  | { readonly path: string; readonly op: "contains"; readonly value: Scalar };

export interface Query {
  /** The whole partition, or a prefix of it: `[]` reads all of the tenant. */
  readonly partition: Partition;
  readonly where?: readonly Condition[];
  /**
   * Default: by id, ascending. Ties are broken by id, and then by partition, in the same direction. The path must be indexed
   * (containers.ts). JSON null comes before numbers and these before strings; a document is left out where the path is
   * missing or holds anything else.
   */
  readonly orderBy?: { readonly path: string; readonly direction: "asc" | "desc" };
  /** 1 to 1000, default 50. */
  readonly limit?: number;
  /** Opaque, from the page before; bound to the same query. A foreign or damaged one throws `invalid-request`. */
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly Stored<T>[];
  /** Absent on the last page. A page is full unless it is the last: the engine drains empty Cosmos pages itself. */
  readonly nextCursor?: string;
}

/** One write. Made by `create`, `replace`, `upsert` and `remove` below, which parse the value by its schema first. */
export type Operation =
  | {
      readonly type: "create";
      readonly kind: string;
      readonly id: string;
      readonly data: unknown;
      readonly ttl?: number;
    }
  | {
      readonly type: "upsert";
      readonly kind: string;
      readonly id: string;
      readonly data: unknown;
      readonly ttl?: number;
    }
  | {
      readonly type: "replace";
      readonly kind: string;
      readonly id: string;
      readonly data: unknown;
      readonly etag: string;
      readonly ttl?: number;
    }
  | { readonly type: "delete"; readonly kind: string; readonly id: string; readonly etag?: string };

interface WriteOptions {
  /** Seconds after this write at which the document disappears. Must be a positive whole number. */
  ttl?: number;
}

/** Fails with `exists` when the id is taken. */
export function create<T>(target: Collection<T>, id: string, value: T, options: WriteOptions = {}): Operation {
  return { type: "create", kind: target.kind, id, data: target.schema.parse(value), ...options };
}
/** Fails with `missing` when there is nothing, with `stale` when the etag is not the current one. */
export function replace<T>(
  target: Collection<T>,
  id: string,
  value: T,
  etag: string,
  options: WriteOptions = {},
): Operation {
  return { type: "replace", kind: target.kind, id, data: target.schema.parse(value), etag, ...options };
}
/** Writes whatever stands there. Only where losing an update is harmless. */
export function upsert<T>(target: Collection<T>, id: string, value: T, options: WriteOptions = {}): Operation {
  return { type: "upsert", kind: target.kind, id, data: target.schema.parse(value), ...options };
}
/** Fails with `missing` when there is nothing, with `stale` when an etag is given and is not the current one. */
export function remove(target: Collection<unknown>, id: string, etag?: string): Operation {
  return { type: "delete", kind: target.kind, id, ...(etag === undefined ? {} : { etag }) };
}

/** Why a commit was refused: nothing of it was written. `index` is that of the first operation that could not be done. */
export class CommitRejected extends Error {
  override readonly name = "CommitRejected";
  readonly reason: "exists" | "stale" | "missing";
  readonly index: number;
  constructor(reason: "exists" | "stale" | "missing", index: number) {
    super(`Commit refused: operation ${index} ${reason}`);
    this.reason = reason;
    this.index = index;
  }
}

/** Documents of one tenant, or of the directory. */
export interface DocumentStore {
  /** One document, or undefined. 1 RU per KB. */
  read<T>(from: Collection<T>, partition: Partition, id: string): Promise<Stored<T> | undefined>;
  query<T>(from: Collection<T>, query: Query): Promise<Page<T>>;
  /**
   * Up to 100 operations and 2 MB (an item: 2 MB), all or nothing, in one partition; durable when it resolves (fsynced,
   * or acknowledged by Cosmos). Each document may be named once; in the directory a commit holds one document, whose id
   * is the partition. Put first the operation that a replay will meet: what comes before it is paid for.
   * Resolves to the new etag of each operation ("" for deletes), in order.
   * Throws `CommitRejected`; `Problem("too-large")` over a limit; `Problem("invalid-request")` for an id that is empty, has
   * a slash, backslash, `?`, `#` or control character, ends with a blank, or is over 1023 bytes together with its kind;
   * `Problem("unavailable")` when the store cannot answer after retries, in which case the commit may or may not have
   * happened: use deterministic ids and try again.
   */
  commit(container: ContainerName, partition: Partition, operations: readonly Operation[]): Promise<readonly string[]>;
}

export interface TenantStore extends DocumentStore {
  readonly tenantId: TenantId;
}

/** A document as the change feed and the sweeper see it, whatever tenant it is of. */
export interface Change {
  readonly tenantId: string;
  readonly partition: Partition;
  readonly kind: string;
  readonly id: string;
  readonly data: unknown;
  readonly etag: string;
}

export interface Documents {
  forTenant(tenantId: TenantId): TenantStore;
  /** The directory across tenants (container `tenants`). Only `shared/platform/directory` may call this. */
  directory(): DocumentStore;
  /**
   * Documents of one kind in all tenants that were last written before `olderThan`. Only for sweepers.
   * `limit` 1 to 1000; oldest first is not promised.
   */
  sweep(container: ContainerName, kind: string, olderThan: Date, limit: number): Promise<readonly Change[]>;
  /**
   * The newest version of each document changed since `after`, in order within a partition, at least once; deletes do not
   * show. It only wakes people up: nothing may depend on it alone. `after` undefined means from the beginning.
   */
  changes(
    container: ContainerName,
    after: string | undefined,
    limit: number,
  ): Promise<{ readonly items: readonly Change[]; readonly cursor: string }>;
  /** Throws when the store cannot be reached. For health. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
