import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLogFlush } from "./logFlush.ts";

describe("openLogFlush", () => {
  let folder: string;
  let db: DatabaseSync;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "log-flush-"));
    db = new DatabaseSync(join(folder, "some.db"));
    db.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER)");
  });
  afterEach(() => {
    db.close();
    rmSync(folder, { recursive: true });
  });

  /** A disk that flushes when it is told to. */
  function slowDisk() {
    const pending: ((error: Error | null) => void)[] = [];
    return { sync: (_: number, done: (error: Error | null) => void) => void pending.push(done), pending };
  }

  it("flushes what was committed during a flush with the next one, for all who wait together", () => {
    const { sync, pending } = slowDisk();
    const log = openLogFlush(db, sync);
    const told: string[] = [];
    for (const who of ["a", "b", "c"]) log.afterFlush(() => told.push(who));
    expect(pending).toHaveLength(1);
    pending.shift()?.(null);
    // "b" and "c" came while the flush was under way, which may have passed them over.
    expect(told).toEqual(["a"]);
    expect(pending).toHaveLength(1);
    pending.shift()?.(null);
    expect(told).toEqual(["a", "b", "c"]);
    expect(pending).toHaveLength(0);
  });

  it("never calls anything safe again once a flush has failed", () => {
    const { sync, pending } = slowDisk();
    const log = openLogFlush(db, sync);
    const told: unknown[] = [];
    log.afterFlush((error) => told.push(error));
    log.afterFlush((error) => told.push(error));
    const broken = new Error("EIO");
    pending.shift()?.(broken);
    pending.shift()?.(null);
    log.afterFlush((error) => told.push(error));
    expect(told).toEqual([broken, broken, broken]);
  });

  it("closes when all have been told", async () => {
    const log = openLogFlush(db);
    const told: unknown[] = [];
    log.afterFlush((error) => told.push(error));
    log.afterFlush((error) => told.push(error));
    await log.close();
    expect(told).toEqual([undefined, undefined]);
  });

  it("has nothing to flush in memory", () => {
    const memory = new DatabaseSync(":memory:");
    const told: unknown[] = [];
    openLogFlush(memory).afterFlush((error) => told.push(error));
    expect(told).toEqual([undefined]);
    memory.close();
  });
});
