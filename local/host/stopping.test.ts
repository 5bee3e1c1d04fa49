import { type ChildProcess, spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../shared/platform/clock.ts";
import { openSqliteQueue } from "../../shared/platform/queue/sqlite/sqliteQueue.ts";
import { bundleFixture, temporaryFolder } from "./testing.ts";

describe("stopping by signal", () => {
  const folder = temporaryFolder();
  let bundle = "";
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    bundle = await bundleFixture("stopping", folder.path);
  });
  afterAll(() => {
    for (const child of children) child.kill("SIGKILL");
    folder.remove();
  });

  async function startHost(drainMs: number) {
    const script = resolve(import.meta.dirname, "fixtures/runHost.ts");
    const child = spawn(process.execPath, [script, bundle, folder.path, String(drainMs)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    let output = "";
    child.stderr.on("data", (data) => {
      output += data;
    });
    const exit = new Promise<number | null>((done) => child.once("exit", done));
    const line = await new Promise<string>((done) => child.stdout.once("data", (data) => done(String(data))));
    const { port } = JSON.parse(line);
    return { child, exit, base: `http://127.0.0.1:${port}/api`, output: () => output };
  }

  it("finishes what runs, refuses what is new, ends with 0", async () => {
    const { child, exit, base, output } = await startHost(5000);
    const slow = fetch(`${base}/slow/600`);
    await pause(200);
    child.kill("SIGTERM");
    await pause(100);
    await expect(fetch(`${base}/slow/1`)).rejects.toThrow();
    expect(await (await slow).text()).toBe("done");
    expect(await exit).toBe(0);
    expect(output()).toContain("terminated");
  });

  it("gives back what does not finish in time, and still ends with 0", async () => {
    const queue = openSqliteQueue({ file: join(folder.path, "queue.db"), clock: systemClock });
    const { child, exit, base, output } = await startHost(300);
    await queue.send("inbound", [{ messageId: "m1", sessionId: "s1", body: "endless" }]);
    const cut = fetch(`${base}/slow/60000`).catch((error: unknown) => error);
    while (!output().includes("took endless")) await pause(20);
    child.kill("SIGTERM");
    expect(await exit).toBe(0);
    expect(await cut).toBeInstanceOf(Error);
    expect(output()).toContain("given back");
    const again = await (await queue.acceptNextSession("inbound"))?.receive(1);
    expect(again).toMatchObject([{ messageId: "m1" }]);
    await queue.close();
  });

  it("ends at once at a second signal", async () => {
    const { child, exit, base } = await startHost(60_000);
    void fetch(`${base}/slow/60000`).catch(() => undefined);
    await pause(200);
    child.kill("SIGINT");
    await pause(100);
    child.kill("SIGINT");
    expect(await exit).toBe(1);
  });
});
