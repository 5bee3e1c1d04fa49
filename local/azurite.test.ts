import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openBlobs } from "../shared/platform/blobs/azureBlobs.ts";
import { TenantId } from "../shared/platform/ids.ts";
import { startAzurite } from "./azurite.ts";

const TENANT = TenantId.parse("ten_00000000000000000001");
const TEXT = { contentType: "text/plain", maxBytes: 1000 };

describe("startAzurite", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cordboard-azurite-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("keeps what was acknowledged through a kill right after it", { timeout: 30_000 }, async () => {
    const first = await startAzurite({ folder, port: 0 });
    const before = openBlobs({ connectionString: first.connectionString });
    const names = Array.from({ length: 20 }, (_, i) => `file-${i}`);
    await Promise.all(names.map((name) => before.write(TENANT, name, Readable.from([Buffer.from(name)]), TEXT)));
    await before.remove(TENANT, "file-0");
    process.kill(first.pid, "SIGKILL");
    await first.ended;

    // A start that only reads, and is killed too: the journal has been taken into the index by then, or stays.
    const between = await startAzurite({ folder, port: 0 });
    const reader = openBlobs({ connectionString: between.connectionString });
    await reader.write(TENANT, "file-1", Readable.from([Buffer.from("written anew")]), TEXT);
    process.kill(between.pid, "SIGKILL");
    await between.ended;

    const second = await startAzurite({ folder, port: 0 });
    const after = openBlobs({ connectionString: second.connectionString });
    expect(await after.read(TENANT, "file-0")).toBeUndefined();
    const anew = await after.read(TENANT, "file-1");
    expect(anew && (await text(anew.content))).toBe("written anew");
    for (const name of names.slice(2)) {
      const found = await after.read(TENANT, name);
      expect(found && (await text(found.content))).toBe(name);
    }
    await second.stop();

    const third = await startAzurite({ folder, port: 0 });
    const last = await openBlobs({ connectionString: third.connectionString }).read(TENANT, "file-19");
    expect(last && (await text(last.content))).toBe("file-19");
    await third.stop();
  });

  it("says why it does not start", { timeout: 30_000 }, async () => {
    const first = await startAzurite({ folder, port: 0, inMemory: true });
    const { port } = new URL(first.serviceUri);
    await expect(startAzurite({ folder, port: Number(port), inMemory: true })).rejects.toThrow(/EADDRINUSE/);
    await first.stop();
  });

  it("ends with the process that started it, even when that one is killed", { timeout: 30_000 }, async () => {
    const script = `
      import { startAzurite } from ${JSON.stringify(join(import.meta.dirname, "azurite.ts"))};
      const azurite = await startAzurite({ folder: ${JSON.stringify(folder)}, port: 0 });
      console.log(azurite.pid);
    `;
    const parent = spawn(process.execPath, ["--input-type=module", "--eval", script]);
    const [said] = await once(parent.stdout, "data");
    const pid = Number(String(said));
    expect(isRunning(pid)).toBe(true);
    parent.kill("SIGKILL");
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  });

  it("stays small", { timeout: 30_000, skip: process.platform !== "linux" }, async () => {
    const azurite = await startAzurite({ folder, port: 0 });
    const status = readFileSync(`/proc/${azurite.pid}/status`, "utf8");
    await azurite.stop();
    expect(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024).toBeLessThan(130);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
