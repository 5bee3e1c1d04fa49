import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXAMPLE_SETTINGS } from "./exampleSettings.ts";

/** What Node puts around a CommonJS module. V8 takes a code cache only for the source that it was made of. */
const BEFORE = "(function (exports, require, module, __filename, __dirname) {";
const AFTER = "\n})";

export function wrapped(source: string): string {
  return BEFORE + source + AFTER;
}

/**
 * Where the cache of a file is: named after the Node that makes it, because V8 refuses it to every other. The file's own name
 * holds a hash of what is in it.
 */
export function cacheOf(file: string): string {
  return `${file}.${process.version}-${process.platform}-${process.arch}`;
}

/**
 * Starts the bundle in `outDir` once, keeps what V8 compiled for it, and lets `main.cjs` take that where the same Node runs it,
 * at whatever path. Any other Node compiles as it would have. Throws when the bundle does not start.
 */
export function addCodeCache(outDir: string): void {
  const start = readdirSync(join(outDir, "chunks")).find((name) => /^start-.+\.cjs$/.test(name));
  if (start === undefined) throw new Error(`There is no chunk to start with in ${outDir}.`);
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "codeCacheChild.ts"), join(outDir, "chunks", start)],
    { env: EXAMPLE_SETTINGS, encoding: "utf8", timeout: 60_000 },
  );
  if (status !== 0) throw new Error(`The bundle does not start with scripts/exampleSettings.ts:\n${stderr}`);
  const main = join(outDir, "main.cjs");
  writeFileSync(main, loader(start) + readFileSync(main, "utf8"));
}

/** Stands before what rolldown made of main.cjs, which then finds the chunk loaded. */
function loader(start: string): string {
  return `"use strict";
{
  const { existsSync, readFileSync } = require("node:fs");
  const file = require.resolve("./chunks/${start}");
  const cache = file + "." + process.version + "-" + process.platform + "-" + process.arch;
  if (existsSync(cache)) {
    const Module = require("node:module");
    const { Script } = require("node:vm");
    const source = ${JSON.stringify(BEFORE)} + readFileSync(file, "utf8") + ${JSON.stringify(AFTER)};
    const run = new Script(source, { filename: file, cachedData: readFileSync(cache) }).runInThisContext();
    const start = new Module(file, module);
    require.cache[file] = start;
    try {
      run.call(start.exports, start.exports, Module.createRequire(file), start, file, __dirname + "/chunks");
      start.loaded = true;
    } catch (error) {
      delete require.cache[file];
      throw error;
    }
  }
}
`;
}
