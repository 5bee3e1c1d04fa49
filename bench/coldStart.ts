import { spawnSync } from "node:child_process";
import { cpSync, existsSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { rolldown } from "rolldown";
import { buildFunctions, FUNCTIONS_BUNDLE } from "../scripts/build.ts";
import { cacheOf } from "../scripts/codeCache.ts";
import { EXAMPLE_SETTINGS } from "../scripts/exampleSettings.ts";
import { median } from "./statistics.ts";

const ROOT = join(import.meta.dirname, "..");
const UNBUNDLED = join(ROOT, "dist/bench/unbundled");
const UNCACHED = join(ROOT, "dist/bench/uncached");
const ROUNDS = 15;
const ENVIRONMENT: NodeJS.ProcessEnv = { PATH: process.env.PATH, ...EXAMPLE_SETTINGS };

/**
 * Loading the bundle, above an empty Node, as a share of loading the same program unbundled (a file a module, packages
 * from node_modules); with its code cache, as the Node that built it finds it, and without, as any other does. Each load is
 * a process of its own; they are measured in turn.
 */
export async function benchColdStart(): Promise<{ ratio: number; lines: string[] }> {
  await buildFunctions({ force: true });
  await buildUnbundled();
  copyWithoutCache();
  const mains = {
    bundle: FUNCTIONS_BUNDLE,
    uncached: join(UNCACHED, "main.cjs"),
    unbundled: join(UNBUNDLED, "main.cjs"),
  };
  const times = { empty: [] as number[], bundle: [] as number[], uncached: [] as number[], unbundled: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    times.empty.push(load(""));
    for (const name of ["bundle", "uncached", "unbundled"] as const) {
      times[name].push(load(`require(${JSON.stringify(mains[name])})`));
    }
  }
  const empty = median(times.empty);
  const bundle = median(times.bundle) - empty;
  const uncached = median(times.uncached) - empty;
  const unbundled = median(times.unbundled) - empty;
  const ratio = bundle / unbundled;
  return {
    ratio,
    lines: [
      `above an empty Node (${empty.toFixed(0)} ms): bundle ${bundle.toFixed(0)} ms, unbundled ${unbundled.toFixed(0)} ms; ratio ${ratio.toFixed(2)} (aim ≤ 0.35)`,
      `without its code cache: bundle ${uncached.toFixed(0)} ms; ratio ${(uncached / unbundled).toFixed(2)}`,
      `bundle and code cache without lazily loaded parts: ${(eagerBytes() / 1e6).toFixed(2)} MB (aim ≤ 1.5)`,
    ],
  };
}

function copyWithoutCache(): void {
  rmSync(UNCACHED, { recursive: true, force: true });
  cpSync(dirname(FUNCTIONS_BUNDLE), UNCACHED, { recursive: true, filter: (file) => !file.endsWith(cacheOf("")) });
}

function load(script: string): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["-e", `${script}\n;process.exit(0)`], {
    env: ENVIRONMENT,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`Loading failed:\n${stderr}`);
  return performance.now() - started;
}

async function buildUnbundled(): Promise<void> {
  const bundle = await rolldown({
    input: { main: join(ROOT, "functions/main.ts") },
    cwd: ROOT,
    platform: "node",
    external: (id) => !id.startsWith(".") && !id.startsWith("/"),
  });
  await bundle.write({
    dir: UNBUNDLED,
    format: "cjs",
    preserveModules: true,
    preserveModulesRoot: ROOT,
    entryFileNames: "[name].cjs",
  });
  await bundle.close();
}

/** main.cjs, the chunks that it requires before anything is asked of it and their code caches, all told. */
function eagerBytes(): number {
  const probe = `require(${JSON.stringify(FUNCTIONS_BUNDLE)});console.log(JSON.stringify(Object.keys(require.cache)));process.exit(0)`;
  const { stdout } = spawnSync(process.execPath, ["-e", probe], { env: ENVIRONMENT, encoding: "utf8" });
  const loaded: string[] = JSON.parse(stdout.trim().split("\n").at(-1) ?? "[]");
  const files = loaded.flatMap((file) => [file, cacheOf(file)]).filter((file) => existsSync(file));
  return files.reduce((sum, file) => sum + statSync(file).size, 0);
}
