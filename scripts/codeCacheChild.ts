import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { Script } from "node:vm";
import { cacheOf, wrapped } from "./codeCache.ts";

/** Runs the file that it is given, and writes what V8 has compiled by then: see `addCodeCache`. */
const file = process.argv[2];
if (file === undefined) throw new Error("Say which file to run.");
const script = new Script(wrapped(readFileSync(file, "utf8")), { filename: file });
const module = { exports: {} };
script.runInThisContext().call(module.exports, module.exports, createRequire(file), module, file, dirname(file));
writeFileSync(cacheOf(file), script.createCachedData());
process.exit();
