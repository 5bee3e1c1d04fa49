import { describe, expect, it } from "vitest";
import { cursorAfter, planQuery } from "../plan.ts";
import type { Collection, Query } from "../port.ts";
import { Contact, Message, Setting } from "../testing/subject.ts";
import { openConnection } from "./connection.ts";
import { changedRows, queryRows, sweepRows } from "./read.ts";
import { prepareSchema } from "./schema.ts";

/** What SQLite says it will do for each statement that `run` executes. */
function plansOf(run: (connection: ReturnType<typeof openConnection>) => void): string[] {
  const connection = openConnection(":memory:");
  prepareSchema(connection.database);
  const plans: string[] = [];
  const explained = (sql: string) => {
    const steps = connection.database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
    plans.push(steps.map(({ detail }) => String(detail)).join("; "));
    return connection.statement(sql);
  };
  run({ ...connection, statement: explained });
  connection.close();
  return plans;
}

function plansOfQuery(from: Collection<Record<string, unknown>>, query: Query): string[] {
  const first = planQuery("t", from, query);
  const last = { id: "x", partition: query.partition.length > 0 ? query.partition : ["p"] };
  const path = query.orderBy?.path ?? "id";
  const cursor = cursorAfter(first, last, { [path]: "v" });
  return plansOf((connection) => {
    queryRows(connection, first, "t", 1);
    queryRows(connection, planQuery("t", from, { ...query, cursor }), "t", 1);
  });
}

describe("every query is served by an index, on its first page and on later ones", () => {
  it.each<[string, Collection<Record<string, unknown>>, Query, RegExp]>([
    ["a partition by id", Message, { partition: ["c"] }, /_key \(tenant=\? AND partition=\? AND kind=\?/],
    ["a tenant by id", Message, { partition: [] }, /_listed \(tenant=\? AND kind=\?/],
    [
      "a tenant by path",
      Contact,
      { partition: [], orderBy: { path: "name", direction: "desc" } },
      /_by_name \(tenant=\?/,
    ],
    [
      "a tenant by value",
      Message,
      { partition: [], where: [{ path: "status", op: "=", value: "open" }] },
      /_by_status \(.*<expr>=\?/,
    ],
    [
      "one partition level by path",
      Setting,
      { partition: [], orderBy: { path: "revision", direction: "asc" } },
      /_by_revision \(tenant=\?/,
    ],
  ])("%s", (_name, from, query, expected) => {
    for (const plan of plansOfQuery(from, query)) {
      expect(plan).toMatch(expected);
      expect(plan).not.toMatch(/TEMP B-TREE|SCAN /);
    }
  });

  it("goes on in the path's index where the page before ended", () => {
    const plans = plansOfQuery(Contact, { partition: [], orderBy: { path: "name", direction: "asc" } });
    expect(plans.at(-1)).toMatch(/_by_name \(tenant=\? AND kind=\? AND <expr>>\?\)/);
  });

  it("finds the few values of an in by their index", () => {
    const where = [{ path: "providerId", op: "in", value: ["a", "b"] } as const];
    for (const plan of plansOfQuery(Message, { partition: [], where })) expect(plan).toMatch(/_by_providerId/);
  });

  it("sweeps the declared kinds by time, and feeds by number", () => {
    const plans = plansOf((connection) => {
      sweepRows(connection, "conversations", "outbox", 1, 10, 1);
      changedRows(connection, "conversations", 1, 10, 1);
    });
    expect(plans[0]).toMatch(/_swept_outbox \(updated_at<\?\)/);
    expect(plans[1]).toMatch(/INTEGER PRIMARY KEY \(rowid>\?\)/);
  });
});
