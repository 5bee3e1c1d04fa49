import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { rolldown } from "rolldown";
import { buildFunctions, FUNCTIONS_BUNDLE } from "../scripts/build.ts";
import { median } from "./statistics.ts";

const ROOT = join(import.meta.dirname, "..");
const UNBUNDLED = join(ROOT, "dist/bench/unbundled");
const ROUNDS = 15;

/**
 * Loading the bundle, above an empty Node, as a share of loading the same program unbundled (a file a module, packages
 * from node_modules). Each load is a process of its own; the three are measured in turn.
 */
export async function benchColdStart(): Promise<{ ratio: number; lines: string[] }> {
  await buildFunctions({ force: true });
  await buildUnbundled();
  const scripts = {
    empty: "",
    bundle: `require(${JSON.stringify(FUNCTIONS_BUNDLE)})`,
    unbundled: `require(${JSON.stringify(join(UNBUNDLED, "main.cjs"))})`,
  };
  const times = { empty: [] as number[], bundle: [] as number[], unbundled: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of ["empty", "bundle", "unbundled"] as const) times[name].push(load(scripts[name]));
  }
  const empty = median(times.empty);
  const bundle = median(times.bundle) - empty;
  const unbundled = median(times.unbundled) - empty;
  const ratio = bundle / unbundled;
  return {
    ratio,
    lines: [
      `above an empty Node (${empty.toFixed(0)} ms): bundle ${bundle.toFixed(0)} ms, unbundled ${unbundled.toFixed(0)} ms; ratio ${ratio.toFixed(2)} (aim ≤ 0.35)`,
      `bundle without lazily loaded parts: ${(eagerBytes() / 1e6).toFixed(2)} MB (aim ≤ 1.5)`,
    ],
  };
}

function load(script: string): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["-e", `${script}\n;process.exit(0)`], {
    env: loadEnvironment(),
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`Loading failed:\n${stderr}`);
  return performance.now() - started;
}

/** Settings with which the program loads; nothing is reached while it only loads. */
function loadEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    CORDBOARD_PLATFORM: "azure",
    PUBLIC_URL: "https://cordboard.example.com",
    CORDBOARD_REGION: "westeurope",
    COSMOS_ENDPOINT: "https://example.documents.azure.com",
    SERVICEBUS__fullyQualifiedNamespace: "example.servicebus.windows.net",
    STORAGE__blobServiceUri: "https://example.blob.core.windows.net",
    WEBPUBSUB_ENDPOINT: "https://example.webpubsub.azure.com",
    KEYVAULT_URI: "https://example.vault.azure.net",
    WHATSAPP_APP_SECRET: "bench-app-secret",
    WHATSAPP_VERIFY_TOKEN: "bench-verify-token",
  };
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

/** main.cjs and the chunks that it requires before anything is asked of it, all told. */
function eagerBytes(): number {
  const probe = `require(${JSON.stringify(FUNCTIONS_BUNDLE)});console.log(JSON.stringify(Object.keys(require.cache)));process.exit(0)`;
  const { stdout } = spawnSync(process.execPath, ["-e", probe], { env: loadEnvironment(), encoding: "utf8" });
  const loaded: string[] = JSON.parse(stdout.trim().split("\n").at(-1) ?? "[]");
  return loaded.reduce((sum, file) => sum + statSync(file).size, 0);
}
