import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

const SKIPPED = new Set(["node_modules", "dist", "coverage", "test-results"]);

function collect(path: string, into: string[]): void {
  if (!existsSync(path)) return;
  if (statSync(path).isFile()) {
    into.push(path);
    return;
  }
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (SKIPPED.has(entry.name) || entry.name.startsWith(".") || /\.test\.tsx?$/.test(entry.name)) continue;
    const child = join(path, entry.name);
    if (entry.isDirectory()) collect(child, into);
    else into.push(child);
  }
}

/** A hash of names and contents of all files under `inputs` (files or folders below `root`), tests left out. */
export function hashInputs(root: string, inputs: readonly string[]): string {
  const files: string[] = [];
  for (const input of inputs) collect(join(root, input), files);
  const hash = createHash("sha256");
  for (const file of files.sort()) {
    const content = readFileSync(file);
    hash.update(`${relative(root, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/**
 * Runs `build` unless `stampFile` says that the result `product` was built from the same inputs. By content and not by time,
 * because a clone or a branch switch touches times and `npm start` must not rebuild for that. Resolves to whether it built.
 */
export async function unlessUpToDate(
  { stampFile, product, hash }: { stampFile: string; product: string; hash: string },
  build: () => Promise<void>,
): Promise<boolean> {
  if (existsSync(product) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === hash) return false;
  // Gone before the build starts: a build that was broken off must not look finished.
  rmSync(stampFile, { force: true });
  await build();
  writeFileSync(stampFile, hash);
  return true;
}
