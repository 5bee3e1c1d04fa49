import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { buildFunctions } from "../../scripts/build.ts";

const DIST = join(import.meta.dirname, "../../dist");
/** Milliseconds that one test process waits for another's build. */
const LOCK_WAIT = 120_000;

let built: Promise<void> | undefined;

/** Builds dist/functions unless it is up to date: once in this process, and one process at a time. */
export function functionsBuilt(): Promise<void> {
  built ??= build();
  return built;
}

async function build(): Promise<void> {
  mkdirSync(DIST, { recursive: true });
  // SQLite's lock ends with its process, however that ends.
  const lock = new DatabaseSync(join(DIST, "build-lock.db"));
  try {
    lock.exec(`PRAGMA busy_timeout = ${LOCK_WAIT}; BEGIN EXCLUSIVE`);
    await buildFunctions();
  } finally {
    lock.close();
  }
}
