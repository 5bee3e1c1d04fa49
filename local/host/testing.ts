import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { bundleFunctions } from "../../scripts/build.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import type { HostConfig } from "./hostConfig.ts";
import type { LogLine } from "./logger.ts";

/** A folder for one test file's bundles and data. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "cordboard-host-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Bundles a fixture app as the product is bundled; resolves to its `main.cjs`. */
export async function bundleFixture(name: string, folder: string): Promise<string> {
  const outDir = join(folder, name);
  await bundleFunctions({ entry: resolve(import.meta.dirname, `fixtures/${name}.ts`), outDir });
  return join(outDir, "main.cjs");
}

export const TEST_CONFIG: HostConfig = {
  routePrefix: "api",
  functionTimeoutMs: 2000,
  maxConcurrentSessions: 4,
  maxMessageBatchSize: 3,
  maxAutoLockRenewalMs: 60_000,
  logLevels: { default: "trace" },
};

export function collectLog(): { readonly lines: LogLine[]; readonly log: (line: LogLine) => void } {
  const lines: LogLine[] = [];
  return { lines, log: (line) => lines.push(line) };
}

export interface StoppedClock extends Clock {
  /** Moves the time, waking sleepers in the order of their times, and lets them act in between. */
  advance(milliseconds: number): Promise<void>;
}

/** A clock that moves only when it is told to. */
export function stoppedClock(start: string): StoppedClock {
  let now = Date.parse(start);
  const sleepers = new Set<{ at: number; wake: () => void }>();
  const settle = () => new Promise<void>((done) => setTimeout(done, 2));
  return {
    now: () => new Date(now),
    sleep: (milliseconds, signal) =>
      new Promise((wake, reject) => {
        const sleeper = { at: now + milliseconds, wake };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", () => sleepers.delete(sleeper) && reject(signal.reason), { once: true });
      }),
    async advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        await settle();
        const [next] = [...sleepers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
        if (next === undefined) break;
        now = next.at;
        sleepers.delete(next);
        next.wake();
      }
      now = end;
      await settle();
    },
  };
}
