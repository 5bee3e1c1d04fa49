import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { functionsBuilt } from "../test/harness/built.ts";
import { bundleFunctions, FUNCTIONS_BUNDLE } from "./build.ts";
import { addCodeCache, cacheOf } from "./codeCache.ts";

const root = mkdtempSync(join(tmpdir(), "cordboard-code-cache-"));
afterAll(() => rmSync(root, { recursive: true }));

/** Says how often it started and, from a chunk of its own, how often that chunk sees it to have. */
const APP = {
  "state.ts": "export const state = { starts: 0 };",
  "chunk.ts": 'import { state } from "./state.ts"; export const seen = () => state.starts;',
  "app.ts": `
    import { state } from "./state.ts";
    if (process.env.BROKEN === "yes") throw new Error("wrong setting");
    state.starts += 1;
    void import("./chunk.ts").then(({ seen }) => process.stdout.write("started " + state.starts + ", seen " + seen()));`,
};

/** Says of each code cache whether V8 refused it. */
const WATCH = `
  const vm = require("node:vm");
  vm.Script = class extends vm.Script {
    constructor(...given) {
      super(...given);
      process.stdout.write(this.cachedDataRejected ? "refused; " : "taken; ");
    }
  };`;

async function bundled(name: string): Promise<string> {
  const [source, out] = [join(root, name), join(root, name, "out")];
  mkdirSync(source);
  for (const [file, text] of Object.entries(APP)) writeFileSync(join(source, file), text);
  await bundleFunctions({ entry: join(source, "app.ts"), outDir: out });
  return out;
}

function startChunk(outDir: string): string {
  const names = readdirSync(join(outDir, "chunks")).filter((name) => /^start-.+\.cjs$/.test(name));
  expect(names).toHaveLength(1);
  return join(outDir, "chunks", names[0] ?? "");
}

function run(script: string, outDir: string): string {
  const main = JSON.stringify(join(outDir, "main.cjs"));
  const text = `${WATCH}${script.replaceAll("MAIN", main)}`;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", text], { encoding: "utf8", cwd: tmpdir() });
  expect(stderr).toBe("");
  return stdout;
}

describe("the code cache", () => {
  let out: string;
  beforeAll(async () => {
    out = await bundled("app");
    addCodeCache(out);
  });

  it("is taken by the Node that made it, wherever the bundle lies; all chunks share what has started", () => {
    expect(run("require(MAIN)", out)).toBe("taken; started 1, seen 1");
    const elsewhere = join(root, "deployed/functions");
    cpSync(out, elsewhere, { recursive: true });
    expect(run("require(MAIN); require(MAIN)", elsewhere)).toBe("taken; started 1, seen 1");
  });

  it("is not looked at by another Node, and compiled over where it is broken", () => {
    const foreign = join(root, "foreign");
    cpSync(out, foreign, { recursive: true });
    const cache = cacheOf(startChunk(foreign));
    truncateSync(cache, 1000);
    expect(run("require(MAIN)", foreign)).toBe("refused; started 1, seen 1");
    rmSync(cache);
    expect(run("require(MAIN)", foreign)).toBe("started 1, seen 1");
  });

  it("lets a start that has failed be tried again", () => {
    const script = `
      process.env.BROKEN = "yes";
      try { require(MAIN) } catch ({ message }) { process.stdout.write(message + "; ") }
      delete process.env.BROKEN;
      require(MAIN)`;
    expect(run(script, out)).toBe("taken; wrong setting; taken; started 1, seen 1");
  });

  it("is refused to a bundle that does not start, with the reason", () => {
    const empty = join(root, "empty/chunks");
    mkdirSync(empty, { recursive: true });
    writeFileSync(join(empty, "start-1.cjs"), 'throw new Error("no such setting")');
    expect(() => addCodeCache(join(root, "empty"))).toThrow(/does not start.*no such setting/s);
  });

  it("comes with the product", async () => {
    await functionsBuilt();
    expect(existsSync(cacheOf(startChunk(join(FUNCTIONS_BUNDLE, ".."))))).toBe(true);
  }, 120_000);
});
