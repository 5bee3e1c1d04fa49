import { spawnSync } from "node:child_process";
import { globSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

const FOLDER = resolve(import.meta.dirname, "../bicep");

export interface Compiler {
  readonly path: string;
  /** As it says itself, e.g. `Bicep CLI version 0.44.1 (…)`. */
  readonly version: string;
}

/** The Bicep compiler that `BICEP` names, or the one on the path; undefined: there is none. */
export function findCompiler(env: Readonly<Record<string, string | undefined>>): Compiler | undefined {
  const named = env.BICEP;
  if (named !== undefined && named !== "") {
    const version = versionOf(named);
    if (version === undefined) throw new Error(`BICEP names ${named}, which does not answer to --version`);
    return { path: named, version };
  }
  for (const folder of (env.PATH ?? "").split(delimiter)) {
    const path = join(folder, "bicep");
    if (folder === "" || !isFile(path)) continue;
    const version = versionOf(path);
    if (version !== undefined) return { path, version };
  }
  return undefined;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Runs the compiler; ICU is not on every machine, and it does without. */
export function runCompiler(path: string, args: readonly string[]) {
  const env = { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: "1" };
  return spawnSync(path, args, { encoding: "utf8", env, maxBuffer: 64 * 1024 * 1024 });
}

function versionOf(path: string): string | undefined {
  const { status, stdout } = runCompiler(path, ["--version"]);
  return status === 0 && /bicep/i.test(stdout) ? stdout.trim() : undefined;
}

/** Every file to build: templates and parameter files, absolute. */
export function bicepFiles(): readonly string[] {
  return globSync("**/*.{bicep,bicepparam}", { cwd: FOLDER })
    .sort()
    .map((file) => join(FOLDER, file));
}

/** Lines in which the compiler objects: errors, warnings, and linter findings of any level. */
export function objections(output: string): readonly string[] {
  return output.split("\n").filter((line) => /\) : (Error|Warning|Info) |^(ERROR|WARNING|Error|Warning):/.test(line));
}

/** Builds and lints a file. Returns the compiled JSON and what the compiler objects to; a failure is an objection too. */
export function compile(
  compiler: Compiler,
  file: string,
): { readonly json: string; readonly problems: readonly string[] } {
  const command = file.endsWith(".bicepparam") ? "build-params" : "build";
  const built = runCompiler(compiler.path, [command, file, "--stdout"]);
  const linted = file.endsWith(".bicepparam") ? undefined : runCompiler(compiler.path, ["lint", file]);
  const outputs = [built, ...(linted === undefined ? [] : [linted])];
  const problems = new Set(
    outputs.flatMap(({ stderr, stdout }, i) => objections(i === 0 ? stderr : `${stderr}\n${stdout}`)),
  );
  for (const { status, stderr } of outputs)
    if (status !== 0 && problems.size === 0)
      problems.add(`${file}: ${stderr.trim() || `the compiler ended with ${status}`}`);
  return { json: built.stdout, problems: [...problems] };
}
