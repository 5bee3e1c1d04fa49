import { CONTAINERS, type Container, type ContainerName } from "../containers.ts";
import { storedId } from "../limits.ts";
import type { Plan, Position } from "../plan.ts";
import type { Condition, Scalar } from "../port.ts";

interface SqlQuery {
  readonly query: string;
  readonly parameters: { name: string; value: Scalar }[];
}

/** The property that holds the second level of the partition key, or undefined. */
export function secondKey(container: ContainerName): string | undefined {
  const declared: Container = CONTAINERS[container];
  return declared.partitionKey[1]?.slice(1);
}

/** Collects values as parameters, so that nothing a caller gave becomes part of the text. */
class Parameters {
  readonly list: { name: string; value: Scalar }[] = [];
  add(value: Scalar): string {
    const name = `@p${this.list.length}`;
    this.list.push({ name, value });
    return name;
  }
}

/** The path's form has been checked; names are quoted because some are keywords (`value`, `order`). */
function property(path: string): string {
  return ["data", ...path.split(".")].reduce((text, name) => `${text}["${name}"]`, "c");
}

function idCondition(kind: string, { op, value }: Condition, parameters: Parameters): string {
  if (op === "contains") return "false";
  if (op === "in") {
    const names = value.filter((each) => typeof each === "string").map((each) => parameters.add(storedId(kind, each)));
    return names.length === 0 ? "false" : `c.id IN (${names.join(", ")})`;
  }
  if (typeof value !== "string") return op === "!=" ? "true" : "false";
  return `c.id ${op} ${parameters.add(storedId(kind, value))}`;
}

const TYPE_TESTS = { string: "IS_STRING", number: "IS_NUMBER", boolean: "IS_BOOL" } as const;

function typeTest(value: Exclude<Scalar, null>): string {
  if (typeof value === "string") return TYPE_TESTS.string;
  return typeof value === "number" ? TYPE_TESTS.number : TYPE_TESTS.boolean;
}

/** Cosmos's `!=` is undefined between different types, so that these are named beside it. */
function unequal(path: string, value: Scalar, parameters: Parameters): string {
  const own = property(path);
  if (value === null) return `IS_DEFINED(${own}) AND NOT IS_NULL(${own})`;
  return `(${own} != ${parameters.add(value)} OR IS_DEFINED(${own}) AND NOT ${typeTest(value)}(${own}))`;
}

function conditionOf(kind: string, condition: Condition, parameters: Parameters): string {
  const { path, op, value } = condition;
  if (path === "id") return idCondition(kind, condition, parameters);
  const own = property(path);
  if (op === "!=") return unequal(path, value, parameters);
  if (op === "contains") return `ARRAY_CONTAINS(${own}, ${parameters.add(value)})`;
  if (op === "in")
    return value.length === 0 ? "false" : `${own} IN (${value.map((each) => parameters.add(each)).join(", ")})`;
  return `${own} ${op} ${parameters.add(value)}`;
}

/**
 * What follows the position, in the order: null, numbers, strings, then id, then the second partition value. One bracket
 * around an OR of ANDs: AND binds closer, and deeply nested brackets are slow to parse.
 */
function beyond(plan: Plan, position: Position, parameters: Parameters): string {
  const { direction, orderPath } = plan;
  const op = direction === "asc" ? ">" : "<";
  const second = secondKey(plan.container);
  const id = parameters.add(storedId(plan.kind, position.id));
  const ties = [`c.id ${op} ${id}`];
  if (second !== undefined) ties.push(`c.id = ${id} AND c["${second}"] ${op} ${parameters.add(position.partition)}`);
  if (orderPath === undefined) return `(${ties.join(" OR ")})`;
  const own = property(orderPath);
  const { value } = position;
  const name = value === null ? "null" : parameters.add(value);
  const same = value === null ? `IS_NULL(${own})` : `${own} = ${name}`;
  const later = value === null ? [] : [`${own} ${op} ${name}`];
  for (const type of laterTypes(value, direction)) later.push(`${type}(${own})`);
  return `(${[...ties.map((tie) => `${same} AND ${tie}`), ...later].join(" OR ")})`;
}

function laterTypes(value: string | number | null, direction: "asc" | "desc"): readonly string[] {
  const types = ["IS_NULL", "IS_NUMBER", "IS_STRING"];
  const own = value === null ? 0 : typeof value === "number" ? 1 : 2;
  return direction === "asc" ? types.slice(own + 1) : types.slice(0, own);
}

function orderOf(plan: Plan): string {
  const second = secondKey(plan.container);
  const keys = plan.orderPath === undefined ? ["c.id"] : [property(plan.orderPath), "c.id"];
  // Within one partition an id is unique; with a path the composite index has the second key anyway.
  if (second !== undefined && (plan.partition.length === 0 || plan.orderPath !== undefined))
    keys.push(`c["${second}"]`);
  return keys.map((key) => `${key} ${plan.direction.toUpperCase()}`).join(", ");
}

/**
 * A page, and one document more when there is a next page.
 * Ids start with their kind, so that in id order a range of ids names the kind and is served from the index on `id` alone.
 */
export function pageQuery(plan: Plan, tenantId: string): SqlQuery {
  const parameters = new Parameters();
  const parts: string[] = [];
  if (secondKey(plan.container) !== undefined && plan.partition.length === 0)
    parts.push(`c.tenantId = ${parameters.add(tenantId)}`);
  if (plan.orderPath === undefined)
    parts.push(`c.id > ${parameters.add(`${plan.kind}:`)} AND c.id < ${parameters.add(`${plan.kind};`)}`);
  else {
    const own = property(plan.orderPath);
    parts.push(`c.kind = ${parameters.add(plan.kind)}`, `(IS_NULL(${own}) OR IS_NUMBER(${own}) OR IS_STRING(${own}))`);
  }
  for (const condition of plan.conditions) parts.push(conditionOf(plan.kind, condition, parameters));
  if (plan.after !== undefined) parts.push(beyond(plan, plan.after, parameters));
  return {
    query: `SELECT TOP ${plan.limit + 1} * FROM c WHERE ${parts.join(" AND ")} ORDER BY ${orderOf(plan)}`,
    parameters: parameters.list,
  };
}

/** `_ts` is in whole seconds, rounded down: what is compared less than it was surely written before. */
export function sweepQuery(kind: string, olderThan: Date, limit: number): SqlQuery {
  const parameters = new Parameters();
  const where = `c.kind = ${parameters.add(kind)} AND c._ts < ${parameters.add(Math.floor(olderThan.getTime() / 1000))}`;
  return { query: `SELECT TOP ${limit} * FROM c WHERE ${where}`, parameters: parameters.list };
}
