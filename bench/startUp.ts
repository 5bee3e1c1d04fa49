import { spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { freePort, temporaryFolder } from "../test/harness/installation.ts";

const ROOT = join(import.meta.dirname, "..");

/** `npm start` on an installed clone: seconds until it serves, building included and not; resident memory when idle. */
export async function benchStartUp(): Promise<{ lines: string[] }> {
  rmSync(join(ROOT, "dist"), { recursive: true, force: true });
  const first = await start();
  const second = await start();
  return {
    lines: [
      `first start, with both builds: ${first.seconds.toFixed(1)} s (aim ≤ 15); again: ${second.seconds.toFixed(1)} s`,
      `idle, all processes together: ${second.memoryMb.toFixed(0)} MB resident (aim ≤ 400; pages shared between them counted once)`,
    ],
  };
}

async function start(): Promise<{ seconds: number; memoryMb: number }> {
  const folder = temporaryFolder();
  const port = await freePort();
  const started = performance.now();
  const child = spawn("npm", ["start"], {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port), CORDBOARD_DATA: join(folder.path, "data") },
    stdio: "ignore",
    detached: true,
  });
  const pid = child.pid ?? 0;
  try {
    while (!(await isUp(port))) {
      if (performance.now() - started > 120_000) throw new Error("npm start did not serve within two minutes");
      await pause(50);
    }
    const seconds = (performance.now() - started) / 1000;
    await pause(10_000);
    return { seconds, memoryMb: residentMb(pid) };
  } finally {
    process.kill(-pid, "SIGTERM");
    await new Promise((resolve) => child.once("exit", resolve));
    await pause(1000);
    folder.remove();
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function isUp(port: number): Promise<boolean> {
  return fetch(`http://localhost:${port}/api/health`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Proportional set size of a process and all its descendants. */
function residentMb(pid: number): number {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number),
  );
  const [, kilobytes = "0"] = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
  return Number(kilobytes) / 1024 + children.reduce((sum, child) => sum + residentMb(child), 0);
}
