import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type InputOptions, type OutputOptions, rolldown, watch } from "rolldown";
import { hashInputs, unlessUpToDate } from "./buildStamp.ts";
import { addCodeCache } from "./codeCache.ts";

const ROOT = resolve(import.meta.dirname, "..");
const FUNCTIONS_OUT = join(ROOT, "dist/functions");
const FUNCTIONS_ENTRY = join(ROOT, "functions/main.ts");
const WEB_ROOT = join(ROOT, "web");
const WEB_OUT = join(ROOT, "dist/web");
const BUILD_FILES = [
  "package-lock.json",
  "tsconfig.json",
  "scripts/build.ts",
  "scripts/buildStamp.ts",
  "scripts/codeCache.ts",
  "scripts/codeCacheChild.ts",
  "scripts/exampleSettings.ts",
];

/** Where the functions bundle is: package.json's `main`, which Azure and the local host load. */
export const FUNCTIONS_BUNDLE = join(FUNCTIONS_OUT, "main.cjs");

function inputOptions(entry: string): InputOptions {
  return {
    input: { main: entry },
    cwd: ROOT,
    platform: "node",
    // The host supplies it; see docs/decisions/004-local-host.md. Everything else travels in the bundle.
    external: ["@azure/functions-core"],
    checks: { eval: false },
    // In rolldown 1.3.2 it merges a lazily imported CommonJS package with a shared chunk and then calls an export that is
    // not there (applicationinsights); the same family as rolldown's issue 9441.
    experimental: { chunkOptimization: false },
  };
}

function outputOptions(outDir: string): OutputOptions {
  return {
    dir: outDir,
    format: "cjs",
    // By default rolldown 1.3.2 drops the directive of bundled CommonJS packages. In rhea, under Service Bus' SDK, `this` is then
    // the global object where it must be undefined, and no connection opens.
    strict: true,
    entryFileNames: "[name].cjs",
    chunkFileNames: "chunks/[name]-[hash].cjs",
    // All that a start needs in one chunk, although the SDKs' chunks share some of it.
    codeSplitting: { groups: [{ name: "start", tags: ["$initial"] }] },
    minify: true,
    sourcemap: true,
  };
}

/**
 * Bundles `entry` to CommonJS in `outDir` (emptied first): `main.cjs`, which loads the chunk `start`, and a chunk for each
 * `await import(...)`.
 */
export async function bundleFunctions({ entry, outDir }: { entry: string; outDir: string }): Promise<void> {
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(outDir, { recursive: true });
  const bundle = await rolldown(inputOptions(entry));
  try {
    await bundle.write(outputOptions(outDir));
  } finally {
    await bundle.close();
  }
}

/** Builds dist/functions from functions/main.ts. Resolves to false when it was up to date and nothing was done. */
export async function buildFunctions({ force = false }: { force?: boolean } = {}): Promise<boolean> {
  const hash = hashInputs(ROOT, ["functions", "shared", ...BUILD_FILES]);
  const stampFile = join(ROOT, "dist/functions.stamp");
  if (force) rmSync(stampFile, { force: true });
  return unlessUpToDate({ stampFile, product: FUNCTIONS_BUNDLE, hash }, async () => {
    await bundleFunctions({ entry: FUNCTIONS_ENTRY, outDir: FUNCTIONS_OUT });
    addCodeCache(FUNCTIONS_OUT);
  });
}

/**
 * Keeps dist/functions built while sources change. `onBuilt` runs after each build, the first included; `onError` after a
 * failed one, which leaves the last good bundle standing. Returns how to stop.
 */
export function watchFunctions(onBuilt: () => void, onError: (error: Error) => void): () => Promise<void> {
  rmSync(join(ROOT, "dist/functions.stamp"), { force: true });
  const watcher = watch({ ...inputOptions(FUNCTIONS_ENTRY), output: outputOptions(FUNCTIONS_OUT) });
  watcher.on("event", (event) => {
    if (event.code === "BUNDLE_END") void event.result.close().then(onBuilt, onError);
    if (event.code === "ERROR") onError(event.error);
  });
  return () => watcher.close();
}

/** Builds dist/web when there is a browser app. Resolves to false when there was nothing to do. */
export async function buildWeb({ force = false }: { force?: boolean } = {}): Promise<boolean> {
  if (!existsSync(join(WEB_ROOT, "vite.config.ts"))) return false;
  // The pages share schemas and types with the functions, so shared/ is an input as well.
  const hash = hashInputs(ROOT, ["web", "shared", ...BUILD_FILES]);
  const stampFile = join(ROOT, "dist/web.stamp");
  if (force) rmSync(stampFile, { force: true });
  return unlessUpToDate({ stampFile, product: join(WEB_OUT, "index.html"), hash }, async () => {
    const { build } = await import("vite");
    await build({ root: WEB_ROOT, logLevel: "warn", build: { outDir: WEB_OUT, emptyOutDir: true } });
  });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const force = process.argv.includes("--force");
  mkdirSync(join(ROOT, "dist"), { recursive: true });
  const functions = await buildFunctions({ force });
  const web = await buildWeb({ force });
  console.log(`functions: ${functions ? "built" : "up to date"}; web: ${web ? "built" : "nothing to do"}`);
}
