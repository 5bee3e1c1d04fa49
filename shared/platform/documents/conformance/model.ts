import fc from "fast-check";
import { expect, it } from "vitest";
import {
  CommitRejected,
  type Condition,
  create,
  type Operation,
  type Query,
  remove,
  replace,
  type TenantStore,
  upsert,
} from "../port.ts";
import { Message, type Subject, tenant } from "../testing/subject.ts";

type Value = Record<string, unknown>;

interface Entry {
  readonly partition: string;
  readonly id: string;
  readonly value: Value;
  readonly etag: string;
}

/** Documents as simply as can be: what both engines must agree with. */
class Model {
  entries: readonly Entry[] = [];

  find(partition: string, id: string): Entry | undefined {
    return this.entries.find((entry) => entry.partition === partition && entry.id === id);
  }

  refusal(partition: string, operations: readonly Operation[]): CommitRejected | undefined {
    for (const [index, operation] of operations.entries()) {
      const found = this.find(partition, operation.id);
      if (operation.type === "upsert") continue;
      if (operation.type === "create") {
        if (found !== undefined) return new CommitRejected("exists", index);
        continue;
      }
      if (found === undefined) return new CommitRejected("missing", index);
      if (operation.etag !== undefined && operation.etag !== found.etag) return new CommitRejected("stale", index);
    }
    return undefined;
  }

  apply(partition: string, operations: readonly Operation[], etags: readonly string[]): void {
    for (const [index, operation] of operations.entries()) {
      const { id } = operation;
      this.entries = this.entries.filter((entry) => entry.partition !== partition || entry.id !== id);
      if (operation.type === "delete") continue;
      const value = operation.data as Value;
      this.entries = [...this.entries, { partition, id, value, etag: etags[index] ?? "" }];
    }
  }

  query({ partition, where = [], orderBy }: Query): readonly Entry[] {
    const path = orderBy?.path ?? "id";
    const sign = orderBy?.direction === "desc" ? -1 : 1;
    const key = (entry: Entry) => (path === "id" ? entry.id : entry.value[path]);
    return this.entries
      .filter((entry) => partition.length === 0 || partition[0] === entry.partition)
      .filter((entry) => where.every((condition) => holds(condition, entry.value[condition.path])))
      .filter((entry) => rank(key(entry)) !== undefined)
      .sort((a, b) => sign * (compare(key(a), key(b)) || compare(a.id, b.id) || compare(a.partition, b.partition)));
  }
}

function rank(value: unknown): number | undefined {
  if (value === null) return 0;
  if (typeof value === "number") return 1;
  return typeof value === "string" ? 2 : undefined;
}

function compare(a: unknown, b: unknown): number {
  const byType = (rank(a) ?? 0) - (rank(b) ?? 0);
  if (byType !== 0 || a === null || b === null) return byType;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

function holds(condition: Condition, value: unknown): boolean {
  if (value === undefined) return false;
  if (condition.op === "in") return condition.value.some((each) => each === value);
  if (condition.op === "contains") return Array.isArray(value) && value.includes(condition.value);
  if (condition.op === "=") return value === condition.value;
  if (condition.op === "!=") return value !== condition.value;
  if (typeof value !== typeof condition.value || value === null) return false;
  const order = compare(value, condition.value);
  if (condition.op === "<") return order < 0;
  if (condition.op === "<=") return order <= 0;
  return condition.op === ">" ? order > 0 : order >= 0;
}

const partition = fc.constantFrom("p", "q", "r");
const id = fc.constantFrom("a", "b", "c", "d");
const scalar = fc.constantFrom(null, true, false, 0, 1, -2.5, 1e20, "", "a", "B", "ab", "é", "1");
const value = fc.record(
  { status: fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })), lastMessageAt: scalar, other: scalar },
  { requiredKeys: [] },
);

const change = fc.record({
  type: fc.constantFrom("create", "upsert", "replace", "remove", "removeExact"),
  id,
  value,
  /** Whether to use the current etag or an old one. */
  fresh: fc.integer({ min: 0, max: 3 }),
});
const commit = fc.record({
  partition,
  changes: fc.uniqueArray(change, { minLength: 1, maxLength: 3, selector: (each) => each.id }),
});
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    path: fc.constantFrom("status", "other"),
    op: fc.constantFrom("=" as const, "!=" as const),
    value: scalar,
  }),
  fc.record({
    path: fc.constantFrom("status", "other"),
    op: fc.constantFrom("<" as const, "<=" as const, ">" as const, ">=" as const),
    value: scalar.filter((each) => typeof each === "number" || typeof each === "string"),
  }),
  fc.record({
    path: fc.constantFrom("status", "other"),
    op: fc.constant("in" as const),
    value: fc.array(scalar, { maxLength: 3 }),
  }),
  fc.record({ path: fc.constant("status"), op: fc.constant("contains" as const), value: scalar }),
);
const query = fc.record(
  {
    partition: fc.oneof(
      fc.constant([]),
      partition.map((each) => [each]),
    ),
    where: fc.array(condition, { maxLength: 2 }),
    orderBy: fc.record({
      path: fc.constantFrom("id", "status", "lastMessageAt"),
      direction: fc.constantFrom("asc" as const, "desc" as const),
    }),
    limit: fc.integer({ min: 1, max: 5 }),
  },
  { requiredKeys: ["partition"] },
);

async function run(store: TenantStore, model: Model, step: typeof commit extends fc.Arbitrary<infer T> ? T : never) {
  const operations = step.changes.map(({ type, id: name, value: data, fresh }): Operation => {
    const etag = fresh === 0 ? "0" : (model.find(step.partition, name)?.etag ?? "0");
    if (type === "create") return create(Message, name, data);
    if (type === "upsert") return upsert(Message, name, data);
    if (type === "replace") return replace(Message, name, data, etag);
    return remove(Message, name, type === "remove" ? undefined : etag);
  });
  const refusal = model.refusal(step.partition, operations);
  const result: unknown = await store
    .commit("conversations", [step.partition], operations)
    .catch((error: unknown) => error);
  if (refusal !== undefined) {
    expect(result).toEqual(refusal);
    return;
  }
  expect(result).toBeInstanceOf(Array);
  model.apply(step.partition, operations, result as readonly string[]);
}

async function ask(store: TenantStore, model: Model, asked: Query): Promise<void> {
  const found: unknown[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.query(Message, { ...asked, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  expect(found).toEqual(
    model.query(asked).map((entry) => ({
      id: entry.id,
      partition: [entry.partition],
      value: entry.value,
      etag: entry.etag,
    })),
  );
}

/** Random commits and queries, compared with the model after each. */
export function againstModel(subject: () => Subject): void {
  it("agrees with a simple model over random commits and queries", { timeout: 60_000 }, async () => {
    const steps = fc.array(fc.oneof(commit, query), { minLength: 5, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const store = subject().documents.forTenant(tenant("model"));
        const model = new Model();
        for (const step of sequence) {
          if ("changes" in step) await run(store, model, step);
          else await ask(store, model, step);
        }
      }),
      { numRuns: subject().propertyRuns },
    );
  });
}
