import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { serveFiles } from "../../local/staticFiles.ts";
import { bicepFiles, compile, findCompiler, objections } from "../../scripts/bicepCompiler.ts";
import { makeSecrets, SECRETS, type Vault } from "../../scripts/bicepKeys.ts";
import { packageFunctions, packageWeb } from "../../scripts/bicepPackage.ts";
import { furtherStamps } from "../../scripts/bicepStamps.ts";
import { parseBicep } from "./language/parse.ts";
import { asFields, fromJson, isFields, isList, type Value } from "./language/values.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const scratch = mkdtempSync(join(tmpdir(), "cordboard-azure-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function vaultOf(kept: Map<string, string>): Vault {
  return { has: (name) => kept.has(name), put: (name, value) => kept.set(name, value) };
}

describe("the vault's secrets", () => {
  it("are made once, with keys of 32 random bytes", () => {
    const kept = new Map<string, string>();
    const first = makeSecrets(vaultOf(kept), { WHATSAPP_APP_SECRET: "the-app-secret" });
    expect(first).toEqual({ made: Object.keys(SECRETS), wanting: [] });
    expect(kept.get("whatsapp-app-secret")).toBe("the-app-secret");
    const keys = ["cordboard-secrets-key", "cordboard-signing-key"].map((name) => kept.get(name) ?? "");
    for (const key of keys) expect(Buffer.from(key, "base64")).toHaveLength(32);
    expect(keys[0]).not.toBe(keys[1]);
    const before = new Map(kept);
    expect(makeSecrets(vaultOf(kept), { WHATSAPP_APP_SECRET: "another-secret" })).toEqual({ made: [], wanting: [] });
    expect(kept).toEqual(before);
  });

  it.each([undefined, "", "short"])("ask for the app's secret rather than make one up (%j)", (given) => {
    const kept = new Map<string, string>();
    const { wanting } = makeSecrets(vaultOf(kept), given === undefined ? {} : { WHATSAPP_APP_SECRET: given });
    expect(wanting).toEqual(["whatsapp-app-secret"]);
    expect(kept.has("whatsapp-app-secret")).toBe(false);
  });
});

describe("the package", () => {
  it("of the function app is the bundle, host.json and a package.json that names the bundle, without source maps", () => {
    const bundle = join(scratch, "functions");
    mkdirSync(join(bundle, "chunks"), { recursive: true });
    for (const file of ["main.cjs", "main.cjs.map", "chunks/a.cjs"]) writeFileSync(join(bundle, file), "");
    const out = join(scratch, "api");
    packageFunctions(bundle, join(ROOT, "host.json"), out);
    const { main } = asFields(fromJson(readFileSync(join(out, "package.json"), "utf8")));
    expect(existsSync(join(out, String(main)))).toBe(true);
    expect(existsSync(join(out, "functions/chunks/a.cjs"))).toBe(true);
    expect(existsSync(join(out, "functions/main.cjs.map"))).toBe(false);
    expect(existsSync(join(out, "host.json"))).toBe(true);
  });

  it.each([() => packageFunctions(join(scratch, "none"), "", ""), () => packageWeb(join(scratch, "none"), "")])(
    "is refused before anything is built",
    (pack) => {
      expect(pack).toThrow(/npm run build/);
    },
  );

  it("of the browser app serves it with the headers that it has on one machine", async () => {
    const folder = join(scratch, "web");
    mkdirSync(join(folder, "assets"), { recursive: true });
    for (const file of ["index.html", "assets/app-1a2b.js"]) writeFileSync(join(folder, file), "x");
    packageWeb(folder, join(ROOT, "bicep/web/staticwebapp.config.json"));
    const config = asFields(fromJson(readFileSync(join(folder, "staticwebapp.config.json"), "utf8")));
    const serve = serveFiles(folder);
    const server = createServer((request, response) => void serve(request, response));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const headersOf = async (path: string) => (await fetch(`http://127.0.0.1:${address.port}${path}`)).headers;
    const [page, asset] = await Promise.all([headersOf("/conversations"), headersOf("/assets/app-1a2b.js")]);
    server.close();
    for (const [name, value] of Object.entries(asFields(config.globalHeaders)))
      if (name !== "strict-transport-security") expect(`${name}: ${page.get(name)}`).toBe(`${name}: ${value}`);
    expect(JSON.stringify(config.routes)).toContain(asset.get("cache-control"));
  });
});

describe("further stamps", () => {
  it("are all but the first, which azd deploys to", () => {
    const env = { CORDBOARD_STAMP_GROUPS: '["rg-a","rg-b"]', CORDBOARD_STAMP_APPS: '["func-a","func-b"]' };
    expect(furtherStamps(env)).toEqual([{ group: "rg-b", app: "func-b" }]);
    expect(furtherStamps({})).toEqual([]);
    expect(() => furtherStamps({ ...env, CORDBOARD_STAMP_APPS: "[]" })).toThrow(/differ/);
  });
});

describe("the compiler", () => {
  it("is the one that BICEP names, which must be one", () => {
    const fake = join(scratch, "bicep");
    writeFileSync(fake, "#!/bin/sh\necho 'Bicep CLI version 9.9.9 (fake)'\n");
    chmodSync(fake, 0o755);
    expect(findCompiler({ BICEP: fake })).toEqual({ path: fake, version: "Bicep CLI version 9.9.9 (fake)" });
    expect(findCompiler({ PATH: scratch })?.path).toBe(fake);
    expect(findCompiler({ PATH: "/nowhere" })).toBeUndefined();
    expect(() => findCompiler({ BICEP: "/nowhere/bicep" })).toThrow(/BICEP/);
  });

  it("is heard when it warns, fails, or ends badly without a word", () => {
    const warning = '/x/main.bicep(3,7) : Warning no-unused-params: Parameter "a" is declared but never used.';
    expect(objections(`Build succeeded\n${warning}\n`)).toEqual([warning]);
    const silent = join(scratch, "silent");
    writeFileSync(silent, "#!/bin/sh\nexit 3\n");
    chmodSync(silent, 0o755);
    expect(compile({ path: silent, version: "" }, "main.bicep").problems).toEqual([
      "main.bicep: the compiler ended with 3",
    ]);
  });
});

const compiler = findCompiler(process.env);

describe.skipIf(compiler === undefined)("a real compiler", () => {
  it("has nothing to object to, and finds the resources that the rehearsal reads", { timeout: 300_000 }, () => {
    if (compiler === undefined) throw new Error("skipped without one");
    expect(bicepFiles().flatMap((file) => compile(compiler, file).problems)).toEqual([]);
    const main = join(ROOT, "bicep/main.bicep");
    const read = bicepFiles().flatMap((file) =>
      parseBicep(readFileSync(file, "utf8")).flatMap((each) =>
        each.is === "resource" && !each.existing ? [each.type] : [],
      ),
    );
    expect(new Set(resourcesIn(fromJson(compile(compiler, main).json)))).toEqual(new Set(read));
  });
});

/** `type@version` of every resource of a compiled template, those of its modules included. */
function resourcesIn(template: Value): readonly string[] {
  if (!isFields(template)) return [];
  const { resources = [] } = template;
  return (isList(resources) ? resources : Object.values(asFields(resources))).flatMap((each) => {
    const { type, apiVersion, existing, properties } = asFields(each);
    if (existing === true) return [];
    if (type !== "Microsoft.Resources/deployments") return [`${String(type)}@${String(apiVersion)}`];
    return resourcesIn(asFields(properties).template ?? null);
  });
}

describe("a compiled template", () => {
  it("is read with its modules, in both forms that compilers write", () => {
    const inner = {
      resources: { a: { type: "X/a", apiVersion: "1" }, b: { type: "X/b", apiVersion: "1", existing: true } },
    };
    const nested = { type: "Microsoft.Resources/deployments", apiVersion: "2", properties: { template: inner } };
    expect(resourcesIn({ resources: [nested, { type: "X/c", apiVersion: "3" }] })).toEqual(["X/a@1", "X/c@3"]);
  });
});
