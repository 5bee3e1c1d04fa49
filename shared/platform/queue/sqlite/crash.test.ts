import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../clock.ts";
import { openSqliteQueue } from "./sqliteQueue.ts";
import { testQueues } from "./testing.ts";

const ROUNDS = 5;

describe("a process killed while it uses the queue", { timeout: 60_000 }, () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cordboard-crash-"));
    file = join(folder, "queue.db");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs the child until it ends or is killed, `milliseconds` after its first report; resolves to its reports and how it ended. */
  function run(mode: "load" | "poison", first: number, milliseconds: number) {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL("./crashChild.testing.ts", import.meta.url)), file, mode, String(first)],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const latest = setTimeout(() => child.kill("SIGKILL"), 10_000);
    let output = "";
    child.stdout.setEncoding("utf8");
    child.stdout.once("data", () => setTimeout(() => child.kill("SIGKILL"), milliseconds));
    child.stdout.on("data", (chunk: string) => {
      output += chunk;
    });
    return new Promise<{ lines: string[]; signal: string | null }>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (_code, signal) => {
        clearTimeout(latest);
        resolve({ lines: output.split("\n").filter((line) => line !== ""), signal });
      });
    });
  }

  it("loses nothing that was acknowledged, repeats nothing that was completed, keeps each lane's order", async () => {
    const steps = { accepted: new Set<number>(), completing: new Set<number>(), completed: new Set<number>() };
    for (let round = 0; round < ROUNDS; round++) {
      const { lines, signal } = await run("load", round * 1_000_000, 40 + Math.random() * 160);
      expect(signal).toBe("SIGKILL");
      const order = new Map<number, number>();
      for (const line of lines) {
        const [step, id] = line.split(" ");
        const number = Number(id);
        if (step !== "accepted" && step !== "completing" && step !== "completed")
          throw new Error(`Unknown step ${line}`);
        if (step === "completing") {
          expect(steps.completed, `message ${id} was delivered after it had been completed`).not.toContain(number);
          expect(number, `order of lane ${number % 7}`).toBeGreaterThan(order.get(number % 7) ?? -1);
          order.set(number % 7, number);
        }
        steps[step].add(number);
      }
    }
    expect(steps.accepted.size).toBeGreaterThan(ROUNDS);
    expect(steps.completed.size).toBeGreaterThan(ROUNDS);

    const left = await drain();
    const lost = [...steps.accepted].filter((id) => !steps.completing.has(id) && !left.includes(id));
    expect(lost).toEqual([]);
    expect(left.filter((id) => steps.completed.has(id))).toEqual([]);
  });

  it("parks a message that kills whoever receives it, and then goes on with its lane", async () => {
    const queue = openSqliteQueue({ file, clock: systemClock, queues: testQueues(3) });
    await queue.send(
      "events",
      ["before", "poison", "after"].map((body) => ({ messageId: body, sessionId: "lane", body })),
    );
    await queue.close();
    const runs = [];
    for (let times = 0; times < 4; times++) runs.push(await run("poison", 0, 5000));
    expect(runs.map((ended) => ended.signal)).toEqual(["SIGKILL", "SIGKILL", "SIGKILL", null]);
    expect(runs[0]?.lines).toContain("completed before");
    expect(runs[3]?.lines).toContain("completed after");
    const after = openSqliteQueue({ file, clock: systemClock, queues: testQueues(3) });
    expect(await after.deadLetters.list("events", 10)).toMatchObject([{ messageId: "poison", deliveryCount: 3 }]);
    await after.close();
  });

  async function drain(): Promise<number[]> {
    const queue = openSqliteQueue({ file, clock: systemClock, queues: testQueues(1000) });
    await queue.releaseLocks();
    const left: number[] = [];
    for (
      let session = await queue.acceptNextSession("events");
      session;
      session = await queue.acceptNextSession("events")
    ) {
      for (let found = await session.receive(100); found.length > 0; found = await session.receive(100)) {
        for (const delivery of found) {
          left.push(Number(delivery.body));
          await session.complete(delivery);
        }
      }
      await session.close();
    }
    await queue.close();
    return left;
  }
});
