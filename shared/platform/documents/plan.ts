import { createHash } from "node:crypto";
import { Problem } from "../errors.ts";
import { CONTAINERS, type Container, type ContainerName } from "./containers.ts";
import { checkPartition } from "./limits.ts";
import type { Collection, Condition, Query, Scalar, Stored } from "./port.ts";

/** Where a page ended: the ordering value, the id and the partition ("" where there is none) of its last document. */
export interface Position {
  /** Null both for JSON null and when ordering by id. */
  readonly value: string | number | null;
  readonly id: string;
  readonly partition: string;
}

/** A query that has been checked, with its defaults filled in: what both engines translate. */
export interface Plan {
  readonly container: ContainerName;
  readonly kind: string;
  readonly partition: readonly string[];
  readonly conditions: readonly Condition[];
  /** Undefined: by id. */
  readonly orderPath: string | undefined;
  readonly direction: "asc" | "desc";
  readonly limit: number;
  readonly after: Position | undefined;
  /** Binds cursors to tenant and query. */
  readonly fingerprint: string;
}

const PATH = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/;
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;

/** A Cosmos-style path (`/contact/id`) as conditions write it (`contact.id`). */
export function dotted(path: string): string {
  return path.slice(1).replaceAll("/", ".");
}

export function isIndexed(container: ContainerName, path: string): boolean {
  const declared: Container = CONTAINERS[container];
  return declared.indexed.some((each) => dotted(each) === path);
}

export function checkLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    throw new Problem("invalid-request", { detail: `A limit is between 1 and ${MAX_LIMIT}.` });
}

function invalidCursor(cause?: unknown): Problem {
  return new Problem("invalid-request", { detail: "The cursor does not belong to this list.", cause });
}

function decodeCursor(cursor: string, fingerprint: string): Position {
  let parts: unknown;
  const bytes = Buffer.from(cursor, "base64url");
  // Node skips what is not base64url; a cursor is taken only as it was given.
  if (bytes.toString("base64url") !== cursor) throw invalidCursor();
  try {
    parts = JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw invalidCursor(cause);
  }
  if (!Array.isArray(parts) || parts.length !== 4) throw invalidCursor();
  const [owner, value, id, partition]: unknown[] = parts;
  if (owner !== fingerprint || typeof id !== "string" || typeof partition !== "string") throw invalidCursor();
  if (value !== null && typeof value !== "string" && typeof value !== "number") throw invalidCursor();
  return { value, id, partition };
}

/** The value at a dotted path, or undefined. */
export function valueAt(data: unknown, path: string): unknown {
  let value = data;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    value = Object.getOwnPropertyDescriptor(value, name)?.value;
  }
  return value;
}

/** The cursor of the page that ends with this document; `data` is what is stored, before the schema reads it. */
export function cursorAfter(plan: Plan, last: Pick<Stored<unknown>, "id" | "partition">, data: unknown): string {
  const found = plan.orderPath === undefined ? null : valueAt(data, plan.orderPath);
  const value = typeof found === "string" || typeof found === "number" ? found : null;
  const parts = [plan.fingerprint, value, last.id, last.partition[0] ?? ""];
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

const RANGES: ReadonlySet<string> = new Set(["<", "<=", ">", ">="]);

function checkCondition(condition: Condition): void {
  if (!PATH.test(condition.path)) throw new TypeError(`Not a path: ${condition.path}`);
  if (RANGES.has(condition.op) && typeof condition.value !== "string" && typeof condition.value !== "number")
    throw new TypeError(`Only strings and numbers have an order, so ${condition.path} cannot be compared`);
  const values: readonly Scalar[] = condition.op === "in" ? condition.value : [condition.value];
  for (const value of values)
    if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError("A condition needs a finite number");
}

/**
 * Checks a query. Throws `invalid-request` for a limit, partition or cursor that cannot be, and `TypeError` for what only
 * a programming error can cause: a path of the wrong form, an order by a path that the container does not index.
 */
export function planQuery(tenantId: string, from: Collection<unknown>, query: Query): Plan {
  checkPartition(from.container, query.partition, "prefix");
  const limit = query.limit ?? DEFAULT_LIMIT;
  checkLimit(limit);
  const conditions = query.where ?? [];
  for (const condition of conditions) checkCondition(condition);
  const { path = "id", direction = "asc" } = query.orderBy ?? {};
  if (path !== "id" && !isIndexed(from.container, path))
    throw new TypeError(`Container ${from.container} does not index ${path}, so nothing can be ordered by it`);
  const fingerprint = createHash("sha256")
    .update(JSON.stringify([tenantId, from.container, from.kind, query.partition, conditions, path, direction]))
    .digest("base64url")
    .slice(0, 12);
  return {
    container: from.container,
    kind: from.kind,
    partition: query.partition,
    conditions,
    orderPath: path === "id" ? undefined : path,
    direction,
    limit,
    after: query.cursor === undefined ? undefined : decodeCursor(query.cursor, fingerprint),
    fingerprint,
  };
}
