import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import product from "../../package.json" with { type: "json" };
import { functionsBuilt } from "./built.ts";
import { emulatorsOf, stopEmulatorsBelow } from "./emulators.ts";
import { ON_AZURE } from "./platform.ts";

/** A whole installation as people start it, in a process of its own, on a port and data folder of its own. */
export interface Installation {
  readonly baseUrl: string;
  readonly pid: number;
  /** What it printed so far; the last 20 MB of it. */
  output(): string;
  /** SIGTERM, and waits for the end; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
}

export const APP_SECRET = "harness-app-secret";

const ROOT = join(import.meta.dirname, "../..");
/** The arguments of `npm start`, so that what is tested and measured is what people run. */
const START = product.scripts.start.split(" ").slice(1);

const MAX_OUTPUT = 20_000_000;

export interface StartOptions {
  readonly dataFolder: string;
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds until it must answer; default 60,000. */
  readonly timeout?: number;
}

/**
 * Builds what changed, starts the edition that the tests run on, and waits until `/api/health` answers 200. On Azure's engines
 * its services are those of the data folder, which are there for the next start. Throws with its output when it does not.
 */
export async function startInstallation({
  dataFolder,
  port,
  env,
  timeout = 60_000,
}: StartOptions): Promise<Installation> {
  await functionsBuilt();
  const services = ON_AZURE ? (await emulatorsOf(dataFolder)).settings : {};
  const own = { PORT: String(port), CORDBOARD_DATA: dataFolder, WHATSAPP_APP_SECRET: APP_SECRET };
  const child = spawn(process.execPath, [...START, "--no-build"], {
    cwd: ROOT,
    env: { ...process.env, ...services, ...own, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: string) => {
    output = (output + chunk).slice(-MAX_OUTPUT);
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  const exited = () =>
    new Promise<number | null>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
      else child.once("exit", resolve);
    });
  const baseUrl = `http://localhost:${port}`;
  if (!(await answers(`${baseUrl}/api/health`, child, timeout))) {
    child.kill("SIGKILL");
    await exited();
    throw new Error(`The installation did not come up:\n${output}`);
  }
  return {
    baseUrl,
    pid: child.pid ?? 0,
    output: () => output,
    stop: () => {
      child.kill("SIGTERM");
      return exited();
    },
    kill: async () => {
      child.kill("SIGKILL");
      await exited();
    },
  };
}

async function answers(url: string, child: ChildProcess, timeout: number): Promise<boolean> {
  const deadline = Date.now() + timeout;
  while (Date.now() < deadline && child.exitCode === null) {
    const ok = await fetch(url, { signal: AbortSignal.timeout(2000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "cordboard-"));
  const remove = () => {
    stopEmulatorsBelow(path);
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  };
  return { path, remove };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === "object" ? resolve(address.port) : reject()));
    });
  });
}
