import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../shared/platform/clock.ts";
import { openSqliteQueue, type SqliteQueue } from "../shared/platform/queue/sqlite/sqliteQueue.ts";
import { runCommand } from "./command.ts";

describe("the cordboard command", { timeout: 30_000 }, () => {
  let folder: string;
  let queue: SqliteQueue;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cordboard-command-"));
    queue = openSqliteQueue({ file: join(folder, "queue.db"), clock: systemClock });
  });
  afterEach(async () => {
    await queue.close();
    rmSync(folder, { recursive: true });
  });

  function cordboard(args: string[], env: Record<string, string> = { CORDBOARD_DATA: folder }) {
    return new Promise<{ code: number; out: string; error: string }>((done) => {
      const child = execFile(
        process.execPath,
        [join(import.meta.dirname, "main.ts"), ...args],
        { env: { PATH: process.env.PATH ?? "", ...env }, cwd: folder },
        (_failure, out, error) => done({ code: child.exitCode ?? -1, out, error }),
      );
    });
  }

  async function inProcess(args: string[], env: Record<string, string>) {
    const texts = { out: "", error: "" };
    const code = await runCommand(args, env, {
      write: (text) => {
        texts.out += text;
      },
      fail: (text) => {
        texts.error += text;
      },
    });
    return { code, ...texts };
  }

  /** Parks one message per lane, and returns their sequence numbers. */
  async function park(...lanes: string[]): Promise<number[]> {
    for (const sessionId of lanes) {
      await queue.send("inbound", [{ messageId: `m-${sessionId}`, sessionId, body: { text: "private words" } }]);
      const session = await queue.acceptNextSession("inbound");
      for (const delivery of (await session?.receive(1)) ?? [])
        await session?.deadLetter(delivery, "no such\nnumber\u001b[2J");
      await session?.close();
    }
    return (await queue.deadLetters.list("inbound", 10)).map((letter) => letter.sequenceNumber);
  }

  it("lists what is parked while another process has the queue open, without what people wrote", async () => {
    const [sequence] = await park("lane-1", "lane-2");
    const { code, out, error } = await cordboard(["dead-letters", "list"]);
    const lines = out.trimEnd().split("\n");
    expect({ code, error }).toEqual({ code: 0, error: "" });
    expect(lines[0]?.split(/\s+/)).toEqual(["queue", "sequence", "lane", "deliveries", "reason", "since"]);
    expect(lines[1]).toMatch(
      new RegExp(`^inbound +${sequence} +lane-1 +1 +no such number \\[2J +\\d{4}-\\d\\d-\\d\\dT`),
    );
    expect(lines).toHaveLength(3);
    expect(out).not.toContain("private");
  });

  it("says so when nothing is parked", async () => {
    await park("lane-1");
    expect(await cordboard(["dead-letters", "list", "media"])).toEqual({
      code: 0,
      out: "No dead letters in media.\n",
      error: "",
    });
  });

  it("replays the messages named, and says which were not there", async () => {
    const [, second] = await park("lane-1", "lane-2", "lane-3");
    const done = await cordboard(["dead-letters", "replay", "inbound", String(second)]);
    expect(done).toEqual({ code: 0, out: "Replayed 1 message of inbound.\n", error: "" });
    const session = await queue.acceptNextSession("inbound");
    expect(await session?.receive(10)).toMatchObject([{ sessionId: "lane-2", deliveryCount: 1 }]);
    const again = await cordboard(["dead-letters", "replay", "inbound", String(second)]);
    expect(again.code).toBe(1);
    expect(again.error).toContain("1 of the sequence numbers named is not in the dead letters of inbound");
  });

  it("replays all", async () => {
    await park("lane-1", "lane-2");
    expect(await cordboard(["dead-letters", "replay", "inbound", "--all"])).toMatchObject({
      code: 0,
      out: "Replayed 2 messages of inbound.\n",
    });
    expect(await queue.deadLetters.list("inbound", 10)).toEqual([]);
  });

  it.each([
    [["fly"], 'There is no command "fly"'],
    [["dead-letters"], "list or replay"],
    [["dead-letters", "eat"], 'There is no "dead-letters eat"'],
    [["dead-letters", "list", "elsewhere"], 'There is no queue "elsewhere"'],
    [["dead-letters", "list", "toString"], 'There is no queue "toString"'],
    [["dead-letters", "replay"], "Name the queue"],
    [["dead-letters", "replay", "inbound"], "or give --all"],
    [["dead-letters", "replay", "inbound", "1", "--all"], "or give --all"],
    [["dead-letters", "replay", "inbound", "1x"], '"1x" is no sequence number'],
    [["dead-letters", "list", "--force"], "--force"],
  ])("explains itself when it does not understand %j", async (args, message) => {
    const { code, out, error } = await inProcess(args, {});
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(error).toContain(message);
    expect(error).toContain("Usage: cordboard");
  });

  it("ends with that code and message as a process, without a stack", async () => {
    const { code, out, error } = await cordboard(["fly"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(error).toMatch(/^cordboard: There is no command "fly"\n\nUsage: cordboard/);
  });

  it("explains itself when asked", async () => {
    expect(await cordboard(["--help"])).toMatchObject({
      code: 0,
      error: "",
      out: expect.stringContaining("Usage: cordboard"),
    });
  });

  it.each([
    [{ CORDBOARD_DATA: "nowhere" }, "Set CORDBOARD_DATA to the data folder"],
    [{ CORDBOARD_PLATFORM: "moon" }, "CORDBOARD_PLATFORM"],
    [{ CORDBOARD_PLATFORM: "azure" }, "SERVICEBUS__fullyQualifiedNamespace"],
  ])("fails with what to do when the settings are %j", async (env, message) => {
    const { code, error } = await inProcess(["dead-letters", "list"], env);
    expect(code).toBe(1);
    expect(error).toContain(message);
  });
});
