import { Problem } from "../errors.ts";
import { CONTAINERS, type Container, type ContainerName } from "./containers.ts";
import type { Operation, Partition } from "./port.ts";

/**
 * Cosmos DB's limits, which bind both engines, so that what works on one machine works on Azure.
 * Source: learn.microsoft.com/azure/cosmos-db/concepts-limits ("Per-item limits", "Per-request limits").
 */
const MAX_OPERATIONS = 100;
const MAX_ITEM_BYTES = 2 * 1024 * 1024;
const MAX_BATCH_BYTES = 2 * 1024 * 1024;
const MAX_ID_BYTES = 1023;
const MAX_PARTITION_BYTES = 2048;
const MAX_TTL_SECONDS = 2_147_483_647;
/** Room for the envelope's property names and what Cosmos adds (`_rid`, `_self`, `_etag`, `_ts`, batch framing). */
const ENVELOPE_BYTES = 512;

/** What a kind looks like. */
export const KIND = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;
// The SDK refuses these four, and an id that ends with a space; control characters break requests made by id.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const FORBIDDEN_IN_ID = /[/\\?#\u0000-\u001f\u007f]| $/;

/** The id under which both engines keep a document. */
export function storedId(kind: string, id: string): string {
  return `${kind}:${id}`;
}

/** Takes the container's kind off a stored id again. */
export function ownId(kind: string, stored: string): string {
  return stored.slice(kind.length + 1);
}

function invalid(detail: string): Problem {
  return new Problem("invalid-request", { detail });
}

/** Throws `invalid-request` for an id that Cosmos cannot hold. */
export function checkId(kind: string, id: string): void {
  if (!KIND.test(kind)) throw new TypeError(`Not a kind: ${kind}`);
  if (id === "" || FORBIDDEN_IN_ID.test(id) || Buffer.byteLength(id) + kind.length + 1 > MAX_ID_BYTES)
    throw invalid("An id is empty, too long or has a character that ids cannot have.");
}

/** How many values a full partition below the tenant has: 0 or 1; 1 in the directory. */
export function partitionLevels(container: ContainerName): number {
  return container === "tenants" ? 1 : CONTAINERS[container].partitionKey.length - 1;
}

/** Throws when the partition has not exactly (`full`) or at most (`prefix`) the container's levels. */
export function checkPartition(container: ContainerName, partition: Partition, extent: "full" | "prefix"): void {
  const levels = partitionLevels(container);
  if (partition.length > levels || (extent === "full" && partition.length !== levels))
    throw new TypeError(`Container ${container} has ${levels} partition levels below the tenant`);
  for (const value of partition)
    if (value === "" || Buffer.byteLength(value) > MAX_PARTITION_BYTES)
      throw invalid("A partition's value is empty or too long.");
}

/** An operation that fits, with its value as JSON. */
export interface CheckedOperation {
  readonly type: Operation["type"];
  readonly kind: string;
  readonly id: string;
  /** "" for deletes. */
  readonly json: string;
  readonly etag: string | undefined;
  /** Seconds. */
  readonly ttl: number | undefined;
}

function checkTtl(container: ContainerName, ttl: number): void {
  const declared: Container = CONTAINERS[container];
  if (!declared.timeToLive) throw new TypeError(`Documents in ${container} have no time to live`);
  if (!Number.isInteger(ttl) || ttl < 1 || ttl > MAX_TTL_SECONDS) throw new TypeError(`Not a time to live: ${ttl}`);
}

function checkOperation(container: ContainerName, partition: Partition, operation: Operation): CheckedOperation {
  const { type, kind, id } = operation;
  checkId(kind, id);
  if (container === "tenants" && partition[0] !== id)
    throw new TypeError("In the directory a document's id is its partition");
  const etag = type === "replace" || type === "delete" ? operation.etag : undefined;
  if (type === "delete") return { type, kind, id, json: "", etag, ttl: undefined };
  if (operation.ttl !== undefined) checkTtl(container, operation.ttl);
  const json: string | undefined = JSON.stringify(operation.data);
  if (json === undefined) throw new TypeError(`The value of ${kind} cannot be written as JSON`);
  return { type, kind, id, json, etag, ttl: operation.ttl };
}

/**
 * Checks a commit against every limit and serialises its values, so that later changes to them do no harm.
 * Throws `too-large` over 100 operations or 2 MB, `invalid-request` for unusable ids, `TypeError` for a programming error:
 * no operations, a document named twice (Cosmos would run both; nothing here may depend on that), a `ttl` where the
 * container has none.
 */
export function checkCommit(
  container: ContainerName,
  partition: Partition,
  operations: readonly Operation[],
): readonly CheckedOperation[] {
  checkPartition(container, partition, "full");
  if (operations.length === 0) throw new TypeError("A commit needs at least one operation");
  if (operations.length > MAX_OPERATIONS)
    throw new Problem("too-large", { detail: `At most ${MAX_OPERATIONS} changes fit in one commit.` });
  const names = new Set<string>();
  let total = 0;
  const keyBytes = Buffer.byteLength(partition.join()) + ENVELOPE_BYTES;
  const checked = operations.map((operation) => {
    const one = checkOperation(container, partition, operation);
    const name = storedId(one.kind, one.id);
    if (names.has(name)) throw new TypeError(`A commit names ${one.kind} twice with one id`);
    names.add(name);
    const bytes = Buffer.byteLength(one.json) + Buffer.byteLength(name) + keyBytes;
    if (bytes > MAX_ITEM_BYTES) throw new Problem("too-large", { detail: "A document is larger than 2 MB." });
    total += bytes;
    return one;
  });
  if (total > MAX_BATCH_BYTES) throw new Problem("too-large", { detail: "A commit is larger than 2 MB." });
  if (container === "tenants" && names.size > 1) throw new TypeError("A directory commit holds one document");
  return checked;
}
