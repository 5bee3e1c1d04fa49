import { isIndexed, type Plan, type Position } from "../plan.ts";
import type { Condition, Scalar } from "../port.ts";
import { extract, typeOf } from "./schema.ts";

type Bound = string | number | null;

/** A piece of SQL and the values it binds, in order. */
export interface Fragment {
  readonly sql: string;
  readonly values: readonly Bound[];
}

export function joined(fragments: readonly Fragment[], separator: string): Fragment {
  return {
    sql: fragments.map(({ sql }) => sql).join(separator),
    values: fragments.flatMap(({ values }) => values),
  };
}

const NEVER: Fragment = { sql: "0", values: [] };

/** SQLite's names of the JSON types that equal this value's type. */
function typesOf(value: Exclude<Scalar, null>): string {
  if (typeof value === "string") return "('text')";
  return typeof value === "number" ? "('integer', 'real')" : "('true', 'false')";
}

/** json_extract and json_each give booleans as 1 and 0. */
function bound(value: Exclude<Scalar, null>): string | number {
  return typeof value === "boolean" ? Number(value) : value;
}

/** Nulls come only with "=": the plan lets no other type than strings and numbers be ordered. */
function compare(path: string, op: string, value: Scalar): Fragment {
  if (value === null) return { sql: `${typeOf(path)} = 'null'`, values: [] };
  return {
    sql: `(${typeOf(path)} IN ${typesOf(value)} AND ${extract(path)} ${op} ?)`,
    values: [bound(value)],
  };
}

/** One bound JSON array for each type, so that the text does not change with the number of values. */
function isOneOf(path: string, values: readonly Scalar[]): Fragment {
  const parts: Fragment[] = [];
  for (const type of ["string", "number", "boolean"]) {
    const some = values.filter((value) => value !== null && typeof value === type);
    const first = some[0];
    if (first === undefined || first === null) continue;
    parts.push({
      sql: `(${typeOf(path)} IN ${typesOf(first)} AND ${extract(path)} IN (SELECT atom FROM json_each(?)))`,
      values: [JSON.stringify(some)],
    });
  }
  if (values.includes(null)) parts.push(compare(path, "=", null));
  const only = parts.length === 1 ? parts[0] : undefined;
  if (only !== undefined) return only;
  return parts.length === 0 ? NEVER : { ...joined(parts, " OR "), sql: `(${joined(parts, " OR ").sql})` };
}

/** The path, if any, whose index finds the few documents that an `in` over one type of value can mean. */
export function selectivePath(plan: Plan): string | undefined {
  if (plan.orderPath !== undefined) return undefined;
  const found = plan.conditions.find(
    ({ path, op, value }) =>
      op === "in" &&
      isIndexed(plan.container, path) &&
      value.length > 0 &&
      value.every((each) => each !== null && typeof each === typeof value[0]),
  );
  return found?.path;
}

function contains(path: string, value: Scalar): Fragment {
  const [types, test, values]: [string, string, Bound[]] =
    value === null ? ["('null')", "1", []] : [typesOf(value), "element.atom = ?", [bound(value)]];
  return {
    sql: `(${typeOf(path)} = 'array' AND EXISTS (SELECT 1 FROM json_each(data, '$.${path}') AS element
      WHERE element.type IN ${types} AND ${test}))`,
    values,
  };
}

function idCondition(condition: Condition): Fragment {
  const { op, value } = condition;
  if (op === "in")
    return {
      sql: "id IN (SELECT atom FROM json_each(?))",
      values: [JSON.stringify(value.filter((each) => typeof each === "string"))],
    };
  if (op === "contains") return NEVER;
  if (typeof value !== "string") return op === "!=" ? { sql: "1", values: [] } : NEVER;
  return { sql: `id ${op} ?`, values: [value] };
}

/** True only where the path is there, whatever the operator; values of different types are unequal and unordered. */
function conditionOf(condition: Condition): Fragment {
  const { path, op, value } = condition;
  if (path === "id") return idCondition(condition);
  if (op === "in") return isOneOf(path, value);
  if (op === "contains") return contains(path, value);
  if (op !== "!=") return compare(path, op, value);
  const equal = compare(path, "=", value);
  return { sql: `(${typeOf(path)} IS NOT NULL AND NOT ${equal.sql})`, values: equal.values };
}

export function filterOf(plan: Plan, tenantId: string, now: number): Fragment {
  const parts: Fragment[] = [{ sql: "tenant = ? AND kind = ?", values: [tenantId, plan.kind] }];
  const [partition] = plan.partition;
  if (partition !== undefined) parts.push({ sql: "partition = ?", values: [partition] });
  parts.push({ sql: "(expires_at IS NULL OR expires_at > ?)", values: [now] });
  for (const condition of plan.conditions) {
    // Implied by the condition; said aloud so that the planner may use the path's partial index.
    if (isIndexed(plan.container, condition.path))
      parts.push({ sql: `${typeOf(condition.path)} IS NOT NULL`, values: [] });
    parts.push(conditionOf(condition));
  }
  return joined(parts, " AND ");
}

/**
 * The stretches, in order, in which the documents come: JSON nulls sort before numbers, and these before strings. Nulls are
 * read by a statement of their own, because SQL's row comparison skips them.
 */
export function stretchesOf(plan: Plan): readonly ("ids" | "nulls" | "values")[] {
  if (plan.orderPath === undefined) return ["ids"];
  const { direction, after } = plan;
  if (after === undefined) return direction === "asc" ? ["nulls", "values"] : ["values", "nulls"];
  if (after.value === null) return direction === "asc" ? ["nulls", "values"] : ["nulls"];
  return direction === "asc" ? ["values"] : ["values", "nulls"];
}

/** Ordering and the place to go on from, for one stretch. */
export function stretchOf(plan: Plan, stretch: "ids" | "nulls" | "values"): { where: Fragment; order: string } {
  const { direction, orderPath, after } = plan;
  const beyond = direction === "asc" ? ">" : "<";
  const byId = `id ${direction}, partition ${direction}`;
  const afterId = (position: Position): Fragment => ({
    sql: `(id, partition) ${beyond} (?, ?)`,
    values: [position.id, position.partition],
  });
  if (stretch === "ids" || orderPath === undefined)
    return { where: after === undefined ? { sql: "1", values: [] } : afterId(after), order: byId };
  const present = `${typeOf(orderPath)} IS NOT NULL`;
  if (stretch === "nulls") {
    const here: Fragment = {
      sql: `${present} AND ${typeOf(orderPath)} = 'null' AND ${extract(orderPath)} IS NULL`,
      values: [],
    };
    const resumes = after !== undefined && after.value === null;
    return { where: resumes ? joined([here, afterId(after)], " AND ") : here, order: byId };
  }
  const here: Fragment = { sql: `${present} AND ${typeOf(orderPath)} IN ('integer', 'real', 'text')`, values: [] };
  const order = `${extract(orderPath)} ${direction}, ${byId}`;
  if (after === undefined || after.value === null) return { where: here, order };
  const onwards: Fragment = {
    // The planner does not use a comparison of rows for an index on an expression: the first part says where to begin.
    sql: `${extract(orderPath)} ${beyond}= ? AND (${extract(orderPath)}, id, partition) ${beyond} (?, ?, ?)`,
    values: [after.value, after.value, after.id, after.partition],
  };
  return { where: joined([here, onwards], " AND "), order };
}
