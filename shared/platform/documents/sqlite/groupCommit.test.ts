import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "../../clock.ts";
import { CommitRejected, create, upsert } from "../port.ts";
import { Message, Session, Setting, tenant } from "../testing/subject.ts";
import { openSqliteDocuments } from "./documents.ts";

let now = Date.UTC(2026, 0, 1);
const clock: Clock = { now: () => new Date(now), sleep: async () => {} };

describe("SQLite documents in a file", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "documents-"));
    file = join(folder, "documents.db");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Writes that another connection can see. */
  function committed(): number {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      return Number(database.prepare("SELECT value FROM sequence").get()?.value);
    } finally {
      database.close();
    }
  }

  it("shares one transaction among commits of one turn, so that all become visible at once", async () => {
    const documents = openSqliteDocuments({ file, clock });
    const store = documents.forTenant(tenant("group"));
    const seen: number[] = [];
    await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        await store.commit("conversations", [`c${n}`], [create(Message, "m", { n })]);
        seen.push(committed());
      }),
    );
    // Whoever is told first sees everybody's writes: nobody was told before the shared COMMIT.
    expect(new Set(seen)).toEqual(new Set([50]));
    await documents.close();
  });

  it("finishes what waits when it is closed, and refuses what comes later", async () => {
    const documents = openSqliteDocuments({ file, clock });
    const store = documents.forTenant(tenant("close"));
    const waiting = store.commit("configuration", [], [create(Setting, "a", {})]);
    await documents.close();
    await expect(waiting).resolves.toHaveLength(1);
    const late = store.commit("configuration", [], [create(Setting, "b", {})]);
    await expect(late).rejects.toMatchObject({ code: "unavailable" });
    await documents.close();
    const again = openSqliteDocuments({ file, clock });
    expect(await again.forTenant(store.tenantId).read(Setting, [], "a")).toBeDefined();
    await again.close();
  });

  it("takes a whole group back when the transaction fails, and says that it is unavailable", async () => {
    const documents = openSqliteDocuments({ file, clock });
    const store = documents.forTenant(tenant("fail"));
    const rival = new DatabaseSync(file);
    rival.exec("DROP TABLE sequence");
    const both = await Promise.allSettled(
      ["a", "b"].map((id) => store.commit("configuration", [], [create(Setting, id, {})])),
    );
    for (const one of both) expect(one).toMatchObject({ status: "rejected", reason: { code: "unavailable" } });
    rival.exec(
      "CREATE TABLE sequence (one INTEGER PRIMARY KEY, value INTEGER NOT NULL); INSERT INTO sequence VALUES (1, 0)",
    );
    rival.close();
    expect(await store.read(Setting, [], "a")).toBeUndefined();
    await store.commit("configuration", [], [create(Setting, "a", {})]);
    await documents.close();
  });

  it("lets two engines on one file write without losing or repeating a number", async () => {
    const one = openSqliteDocuments({ file, clock });
    const two = openSqliteDocuments({ file, clock });
    const owner = tenant("two");
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        (n % 2 ? one : two).forTenant(owner).commit("configuration", [], [upsert(Setting, `s${n}`, { n })]),
      ),
    );
    const { items } = await one.changes("configuration", undefined, 100);
    expect(new Set(items.map(({ etag }) => etag)).size).toBe(40);
    const rival = (n: number) =>
      (n % 2 ? one : two).forTenant(owner).commit("configuration", [], [create(Setting, "x", {})]);
    const results = await Promise.allSettled([0, 1, 2, 3].map(rival));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const each of results) if (each.status === "rejected") expect(each.reason).toBeInstanceOf(CommitRejected);
    await one.close();
    await two.close();
  });

  it("removes in time what has expired", async () => {
    const documents = openSqliteDocuments({ file, clock });
    const store = documents.forTenant(tenant("purge"));
    await store.commit("identity", [], [create(Session, "a", {}, { ttl: 5 }), create(Session, "b", {}, { ttl: 500 })]);
    now += 60_000;
    await store.commit("identity", [], [create(Session, "c", {})]);
    const rival = new DatabaseSync(file, { readOnly: true });
    expect(rival.prepare("SELECT id FROM identity ORDER BY id").all()).toMatchObject([{ id: "b" }, { id: "c" }]);
    rival.close();
    await documents.close();
  });

  it("refuses a file of another schema version", () => {
    const database = new DatabaseSync(file);
    database.exec("PRAGMA user_version = 99");
    database.close();
    expect(() => openSqliteDocuments({ file, clock })).toThrow(/schema version 99/);
  });

  it("keeps everything that was acknowledged when the process is killed", { timeout: 20_000 }, async () => {
    const child = spawn(process.execPath, [fileURLToPath(new URL("../testing/writer.ts", import.meta.url)), file], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let acknowledged = "";
    child.stdout.on("data", (data: Buffer) => {
      acknowledged += data.toString();
      if (acknowledged.length > 20_000) child.kill("SIGKILL");
    });
    await new Promise((resolve) => child.on("close", resolve));
    const lines = acknowledged.slice(0, acknowledged.lastIndexOf("\n")).split("\n");
    const [owner = "", ...ids] = lines;
    const database = new DatabaseSync(file);
    const kept = new Set(
      database
        .prepare("SELECT id FROM conversations WHERE tenant = ?")
        .all(owner)
        .map(({ id }) => String(id)),
    );
    database.close();
    expect(ids.length).toBeGreaterThan(500);
    expect(ids.filter((id) => !kept.has(id))).toEqual([]);
  });
});
