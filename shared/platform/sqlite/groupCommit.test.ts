import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { createGroupCommit } from "./groupCommit.ts";
import type { LogFlush } from "./logFlush.ts";

function setUp(log?: LogFlush) {
  const db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT");
  let transactions = 0;
  let failAfter = false;
  const group = createGroupCommit(db, {
    now: () => 1,
    before: () => {
      transactions++;
    },
    after: () => {
      if (failAfter) throw new Error("disk full");
    },
    ...(log === undefined ? {} : { log }),
  });
  const insert = (n: number) =>
    group.run("durable", () => Number(db.prepare("INSERT INTO t VALUES (?)").run(n).changes));
  const stored = () =>
    db
      .prepare("SELECT n FROM t ORDER BY n")
      .all()
      .map((row) => row.n);
  return { db, group, insert, stored, transactions: () => transactions, breakCommit: () => (failAfter = true) };
}

describe("createGroupCommit", () => {
  it("commits all that was asked in one turn of the event loop at once", async () => {
    const { insert, stored, transactions } = setUp();
    expect(await Promise.all([insert(1), insert(2), insert(3)])).toEqual([1, 1, 1]);
    expect(transactions()).toBe(1);
    await insert(4);
    expect(transactions()).toBe(2);
    expect(stored()).toEqual([1, 2, 3, 4]);
  });

  it("undoes only the call that fails", async () => {
    const { db, group, insert, stored } = setUp();
    const failing = group.run("durable", () => {
      db.exec("INSERT INTO t VALUES (2)");
      throw new RangeError("no");
    });
    const results = await Promise.allSettled([insert(1), failing, insert(3), insert(3)]);
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected"]);
    await expect(failing).rejects.toThrow(RangeError);
    expect(results[3]).toMatchObject({ reason: { code: "unavailable" } });
    expect(stored()).toEqual([1, 3]);
  });

  it("rejects every call of a transaction that fails, and keeps none", async () => {
    const { insert, stored, breakCommit } = setUp();
    breakCommit();
    const results = await Promise.allSettled([insert(1), insert(2)]);
    for (const result of results) expect(result).toMatchObject({ status: "rejected", reason: { code: "unavailable" } });
    expect(stored()).toEqual([]);
  });

  it("tells durable calls once they are flushed to the disk, and does not keep locks waiting for it", async () => {
    let flushed: (error?: unknown) => void = () => undefined;
    const { group, insert, stored } = setUp({ afterFlush: (done) => (flushed = done), close: async () => undefined });
    const told: string[] = [];
    const durable = insert(1).finally(() => told.push("durable"));
    await group.run("cheap", () => 0).then(() => told.push("cheap"));
    expect(stored()).toEqual([1]);
    expect(told).toEqual(["cheap"]);
    flushed();
    await durable;
    expect(told).toEqual(["cheap", "durable"]);
  });

  it("says of a call that could not be flushed that it is unavailable", async () => {
    const { insert } = setUp({ afterFlush: (done) => done(new Error("EIO")), close: async () => undefined });
    await expect(insert(1)).rejects.toMatchObject({ code: "unavailable" });
  });

  it("splits a flood into several transactions and settles it all", async () => {
    const { insert, stored, transactions } = setUp();
    await Promise.all(Array.from({ length: 2500 }, (_, n) => insert(n)));
    expect(transactions()).toBe(3);
    expect(stored()).toHaveLength(2500);
  });

  it("commits what waits when it is closed, and refuses what comes later", async () => {
    const { group, insert, stored } = setUp();
    const waiting = insert(1);
    await group.close();
    await waiting;
    expect(stored()).toEqual([1]);
    await expect(insert(2)).rejects.toMatchObject({ code: "unavailable" });
  });
});
