import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fixedClock } from "../../testing/fixedClock.ts";
import { onArrival } from "../arrivals.ts";
import type { QueueSession } from "../port.ts";
import type { QueueName } from "../queues.ts";
import { openSqliteQueue, type SqliteQueue } from "./sqliteQueue.ts";
import { testQueues } from "./testing.ts";

const LOCK_MILLISECONDS = 60_000;
const WINDOW_MILLISECONDS = 10 * 60_000;

describe("openSqliteQueue", () => {
  let folder: string;
  let file: string;
  let clock: ReturnType<typeof fixedClock>;
  const opened: SqliteQueue[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cordboard-queue-"));
    file = join(folder, "queue.db");
    clock = fixedClock("1970-01-01T00:16:40.000Z");
  });
  afterEach(async () => {
    for (const queue of opened.splice(0)) await queue.close();
    rmSync(folder, { recursive: true });
  });

  function open(path = file): SqliteQueue {
    const queue = openSqliteQueue({ file: path, clock, queues: testQueues(2) });
    opened.push(queue);
    return queue;
  }

  const message = (sessionId: string, id: string) => ({ sessionId, messageId: `${sessionId}-${id}`, body: id });

  async function accept(queue: SqliteQueue): Promise<QueueSession> {
    const session = await queue.acceptNextSession("outbound");
    if (!session) throw new Error("No session to accept");
    return session;
  }

  it("keeps what it was sent over a close", async () => {
    const queue = open();
    await queue.send("outbound", [message("a", "1")]);
    await queue.close();
    const session = await accept(open());
    expect(await session.receive(10)).toMatchObject([{ body: "1", deliveryCount: 1 }]);
  });

  it("shares lanes, locks and duplicates between connections", async () => {
    const [first, second] = [open(), open()];
    await first.send("outbound", [message("a", "1")]);
    await second.send("outbound", [message("a", "1"), message("a", "2")]);
    const session = await accept(second);
    expect(await first.acceptNextSession("outbound")).toBeUndefined();
    const deliveries = await session.receive(10);
    expect(deliveries.map((delivery) => delivery.body)).toEqual(["1", "2"]);
    clock.advance(LOCK_MILLISECONDS);
    const taken = await accept(first);
    expect(await taken.receive(1)).toMatchObject([{ body: "1", deliveryCount: 2 }]);
    await expect(session.renew()).rejects.toThrow("lock on session a was lost");
  });

  it("never gives two connections the same sequence number", async () => {
    const [first, second] = [open(), open()];
    const sends = Array.from({ length: 40 }, (_, index) =>
      (index % 2 ? first : second).send("outbound", [message("a", String(index))]),
    );
    await Promise.all(sends);
    const session = await accept(first);
    const numbers = (await session.receive(100)).map((delivery) => delivery.sequenceNumber);
    expect(numbers).toHaveLength(40);
    expect(new Set(numbers).size).toBe(40);
  });

  it("gives the longest-waiting lane first, and locked lanes to nobody", async () => {
    const queue = open(":memory:");
    for (const lane of ["c", "a", "b"]) {
      await queue.send("outbound", [message(lane, "1")]);
      clock.advance(1000);
      await queue.send("outbound", [message("c", `again-${lane}`)]);
    }
    const order = [await accept(queue), await accept(queue), await accept(queue)].map((session) => session.sessionId);
    expect(order).toEqual(["c", "a", "b"]);
    expect(await queue.acceptNextSession("outbound")).toBeUndefined();
  });

  it("frees at its start the lanes that a kill left locked, and counts their deliveries", async () => {
    const killed = open();
    await killed.send("outbound", [message("a", "1"), message("b", "1")]);
    for (const session of [await accept(killed), await accept(killed)]) await session.receive(1);
    const queue = open();
    expect(await queue.acceptNextSession("outbound")).toBeUndefined();
    expect(await queue.releaseLocks()).toBe(2);
    const session = await accept(queue);
    expect(await session.receive(1)).toMatchObject([{ deliveryCount: 2 }]);
    expect(await queue.releaseLocks()).toBe(1);
    expect(await queue.deadLetters.list("outbound", 10)).toMatchObject([
      { sessionId: "a", deliveryCount: 2, reason: expect.stringContaining("the last allowed") },
    ]);
  });

  it("parks a message whose lock ran out on its last delivery, and not what waits behind it", async () => {
    const queue = open(":memory:");
    await queue.send("outbound", [message("a", "poison"), message("a", "next")]);
    for (let delivery = 1; delivery <= 2; delivery++) {
      const session = await accept(queue);
      expect(await session.receive(1)).toMatchObject([{ body: "poison", deliveryCount: delivery }]);
      clock.advance(LOCK_MILLISECONDS);
    }
    const session = await accept(queue);
    expect(await session.receive(10)).toMatchObject([{ body: "next", deliveryCount: 1 }]);
    expect(await queue.deadLetters.list("outbound", 10)).toMatchObject([{ messageId: "a-poison" }]);
  });

  it("drops a lane's row with its last message, so that one-off lanes leave nothing behind", async () => {
    const queue = open();
    await queue.send("outbound", [message("a", "1")]);
    const session = await accept(queue);
    for (const delivery of await session.receive(1)) await session.complete(delivery);
    await session.close();
    expect(count("lanes")).toBe(0);
    expect(count("messages")).toBe(0);
  });

  it("purges ids whose duplicate window has passed", async () => {
    const queue = open();
    await queue.send("outbound", [message("a", "1"), message("a", "2")]);
    expect(count("seen")).toBe(2);
    clock.advance(WINDOW_MILLISECONDS);
    await queue.send("inbound", [message("a", "3")]);
    expect(count("seen")).toBe(1);
  });

  function count(table: string): number {
    const db = new DatabaseSync(file, { readOnly: true });
    const rows = db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n;
    db.close();
    return Number(rows);
  }

  it("says when there may be something to accept", async () => {
    const queue = open(":memory:");
    const due = (seconds: number) => new Date(1_000_000 + seconds * 1000);
    expect(queue.nextDueAt("outbound")).toBeUndefined();
    await queue.send("outbound", [{ ...message("a", "1"), deliverAt: due(90) }]);
    expect(queue.nextDueAt("outbound")).toEqual(due(90));
    expect(queue.nextDueAt("inbound")).toBeUndefined();
    await queue.send("outbound", [message("b", "1")]);
    expect(queue.nextDueAt("outbound")).toEqual(due(0));
    await accept(queue);
    expect(queue.nextDueAt("outbound")).toEqual(due(60));
  });

  it("announces what it has durably sent or replayed, in this process", async () => {
    const queue = open();
    const heard: QueueName[] = [];
    const stop = onArrival((name) => heard.push(name));
    const sent = queue.send("outbound", [message("a", "1")]);
    expect(heard).toEqual([]);
    await sent;
    expect(heard).toEqual(["outbound"]);
    const session = await accept(queue);
    for (const delivery of await session.receive(1)) await session.deadLetter(delivery, "because");
    await queue.deadLetters.replay("outbound");
    stop();
    await queue.send("media", [message("a", "2")]);
    expect(heard).toEqual(["outbound", "outbound"]);
  });

  it("refuses to settle a delivery twice", async () => {
    const queue = open(":memory:");
    await queue.send("outbound", [message("a", "1")]);
    const session = await accept(queue);
    const [delivery] = await session.receive(1);
    if (!delivery) throw new Error("No message to receive");
    await session.complete(delivery);
    await expect(session.abandon(delivery, "twice")).rejects.toThrow("is not out to this session");
  });

  it("is unavailable once closed", async () => {
    const queue = open();
    const last = queue.send("outbound", [message("a", "1")]);
    await queue.close();
    await last;
    await expect(queue.send("outbound", [message("a", "2")])).rejects.toMatchObject({ code: "unavailable" });
    await expect(queue.ping()).rejects.toMatchObject({ code: "unavailable" });
    expect((await (await accept(open())).receive(10)).map((delivery) => delivery.body)).toEqual(["1"]);
  });

  it("is unavailable, and sends nothing, while another process holds the file", { timeout: 20_000 }, async () => {
    const queue = open();
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    await expect(queue.send("outbound", [message("a", "1")])).rejects.toMatchObject({ code: "unavailable" });
    other.exec("ROLLBACK");
    other.close();
    expect(await queue.acceptNextSession("outbound")).toBeUndefined();
  });

  it("refuses a file of a newer version", async () => {
    await open().close();
    const db = new DatabaseSync(file);
    db.exec("PRAGMA user_version = 99");
    db.close();
    expect(() => open()).toThrow("version 99");
  });
});
