import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleFunctions } from "./build.ts";
import { hashInputs, unlessUpToDate } from "./buildStamp.ts";

const root = mkdtempSync(join(tmpdir(), "cordboard-build-"));
afterAll(() => rmSync(root, { recursive: true }));

describe("building only what changed", () => {
  const folder = join(root, "stamp");
  beforeAll(() => {
    mkdirSync(join(folder, "src/node_modules"), { recursive: true });
    writeFileSync(join(folder, "src/a.ts"), "a");
    writeFileSync(join(folder, "lock.json"), "1");
  });
  const hash = () => hashInputs(folder, ["src", "lock.json", "missing"]);

  it("hashes names and contents of sources, and nothing else", () => {
    const before = hash();
    for (const file of ["src/a.test.ts", "src/node_modules/b.ts", "src/.hidden", "other.ts"]) {
      writeFileSync(join(folder, file), "noise");
    }
    expect(hash()).toBe(before);
    const changes: [string, string][] = [
      ["src/a.ts", "b"],
      ["src/c.ts", ""],
      ["lock.json", "2"],
    ];
    const hashes = changes.map(([file, content]) => {
      writeFileSync(join(folder, file), content);
      return hash();
    });
    expect(new Set([before, ...hashes]).size).toBe(4);
  });

  it("builds when the inputs, the product or the stamp are not those of the last good build", async () => {
    const [stampFile, product] = [join(folder, "x.stamp"), join(folder, "x.cjs")];
    let builds = 0;
    const run = (hashed: string, fail = false) =>
      unlessUpToDate({ stampFile, product, hash: hashed }, async () => {
        builds++;
        if (fail) throw new Error("broken source");
        writeFileSync(product, "built");
      });
    expect([await run("1"), await run("1"), await run("2"), await run("2")]).toEqual([true, false, true, false]);
    await expect(run("3", true)).rejects.toThrow("broken source");
    expect(await run("2")).toBe(true);
    rmSync(product);
    expect(await run("2")).toBe(true);
    expect(builds).toBe(5);
  });
});

describe("the functions bundle", () => {
  const startChunk = (folder: string) => {
    const name = readdirSync(join(folder, "chunks")).find((each) => /^start-.+\.cjs$/.test(each));
    return join(folder, "chunks", name ?? "missing");
  };
  const outDir = join(root, "out");
  beforeAll(() => bundleFunctions({ entry: resolve(import.meta.dirname, "../local/host/fixtures/app.ts"), outDir }));

  it("is CommonJS with source maps: one chunk to start with, and one for what is imported lazily", () => {
    expect(readdirSync(outDir)).toEqual(["chunks", "main.cjs"]);
    expect(readdirSync(join(outDir, "chunks")).sort()).toEqual([
      expect.stringMatching(/^lazyPart-.+\.cjs$/),
      expect.stringMatching(/^lazyPart-.+\.cjs\.map$/),
      expect.stringMatching(/^start-.+\.cjs$/),
      expect.stringMatching(/^start-.+\.cjs\.map$/),
    ]);
  });

  it("needs nothing but Node and the host's core module", () => {
    const text = readFileSync(startChunk(outDir), "utf8");
    const required = new Set([...text.matchAll(/require\([`'"]([^`'"]+)[`'"]\)/g)].map(([, name]) => name));
    const foreign = [...required].filter((name) => name !== undefined && !/^(node:|\.\/)/.test(name));
    const builtins = new Set(process.getBuiltinModule("node:module").builtinModules);
    expect(foreign.filter((name) => !builtins.has(name ?? ""))).toEqual(["@azure/functions-core"]);
  });

  it("is loaded by a bare Node, away from the repository", () => {
    const { status, stderr } = spawnSync(process.execPath, [join(outDir, "main.cjs")], {
      cwd: tmpdir(),
      encoding: "utf8",
    });
    expect(stderr).toContain("test mode");
    expect(status).toBe(0);
  });

  it("gives the SDKs from their chunks, and none of them from the start", async () => {
    const entry = resolve(import.meta.dirname, "../local/host/fixtures/sdks.ts");
    const sdks = join(root, "sdks");
    await bundleFunctions({ entry, outDir: sdks });
    const { stdout, stderr } = spawnSync(process.execPath, [join(sdks, "main.cjs")], {
      cwd: tmpdir(),
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    const loaded: Record<string, string> = JSON.parse(stdout);
    expect(Object.keys(loaded)).toHaveLength(8);
    expect(new Set(Object.values(loaded))).toEqual(new Set(["function"]));
    expect(statSync(startChunk(sdks)).size).toBeLessThan(20_000);
  });

  it("gets tokens as the app's managed identity, where Azure Functions offers them", async () => {
    const asked: string[] = [];
    // learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
    const endpoint = createServer(({ url, headers }, response) => {
      asked.push(`${url} ${headers["x-identity-header"]}`);
      const expires_on = String(Math.floor(Date.now() / 1000) + 3600);
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ access_token: "a token", expires_on, token_type: "Bearer", client_id: "the-app" }));
    });
    await new Promise<void>((done) => endpoint.listen(0, "127.0.0.1", done));
    const address = endpoint.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const entry = resolve(import.meta.dirname, "../local/host/fixtures/identity.ts");
    const identity = join(root, "identity");
    await bundleFunctions({ entry, outDir: identity });
    const env = {
      IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/msi/token`,
      IDENTITY_HEADER: "of the host",
      AZURE_CLIENT_ID: "the-app",
    };
    const { stdout } = await promisify(execFile)(process.execPath, [join(identity, "main.cjs")], { env });
    endpoint.close();
    expect(stdout).toBe("a token");
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(/^\/msi\/token\?.*resource=https(:|%3A)(\/|%2F){2}servicebus\.azure\.net.* of the host$/);
    expect(asked[0]).toContain("client_id=the-app");
  });

  it("runs strict packages strictly: rhea, and Service Bus with it, connects to nothing otherwise", async () => {
    const folder = join(root, "strict");
    mkdirSync(folder);
    writeFileSync(
      join(folder, "strict.cjs"),
      `"use strict"; exports.thisOfACall = function () { return typeof this; };`,
    );
    const call = `const { thisOfACall } = strict; process.stdout.write(thisOfACall());`;
    writeFileSync(join(folder, "app.ts"), `import strict from "./strict.cjs"; ${call}`);
    await bundleFunctions({ entry: join(folder, "app.ts"), outDir: join(folder, "out") });
    const { stdout } = spawnSync(process.execPath, [join(folder, "out/main.cjs")], { encoding: "utf8" });
    expect(stdout).toBe("undefined");
  });

  it("stays small", () => {
    expect(statSync(startChunk(outDir)).size).toBeLessThan(150_000);
  });
});
