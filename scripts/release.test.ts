import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { deployRelease, type Run } from "./release.ts";

const BICEP = resolve(import.meta.dirname, "../dist/release/bicep");
const FILE = join(BICEP, "release-test.bicepparam");

const outputs = {
  CORDBOARD_URLS: { value: ["https://eu.example.com", "https://us.example.com"] },
  CORDBOARD_STAMP_GROUPS: { value: ["rg-eu", "rg-us"] },
  CORDBOARD_STAMP_APPS: { value: ["func-eu", "func-us"] },
  CORDBOARD_KEY_VAULT: { value: "kv-1" },
  CORDBOARD_SHARED_GROUP: { value: "rg-shared" },
};

/** What it runs, with Azure's answers; `failing` is what does not work. */
function recorder(failing?: string) {
  const commands: string[] = [];
  const environments: Readonly<Record<string, string>>[] = [];
  const run: Run = (command, args, env) => {
    const line = [command === process.execPath ? "node" : command, ...args].join(" ");
    commands.push(line);
    if (env !== undefined) environments.push(env);
    if (failing !== undefined && line.includes(failing)) throw new Error("it failed");
    if (line.includes("sub show")) return JSON.stringify(outputs);
    if (line.includes("secrets list")) return "the-token\n";
    return line.includes("account show") ? "sub-1\n" : "";
  };
  return { commands, environments, run };
}

const verbs = (commands: readonly string[]) =>
  commands.map((line) => line.replace(/^(az(?: (?!-)\S+)+|node \S+|npx --yes \S+).*$/s, "$1"));

describe("a release", () => {
  beforeAll(() => {
    mkdirSync(BICEP, { recursive: true });
    writeFileSync(FILE, "using 'main.bicep'\n");
    vi.spyOn(console, "log").mockImplementation(() => undefined);
  });
  afterAll(() => {
    rmSync(FILE);
    vi.restoreAllMocks();
  });

  it("shows what changes, provisions, makes keys, then gives every stamp the package and the web its files", () => {
    const { commands, environments, run } = recorder();
    expect(deployRelease(run, "release-test", false)).toEqual(outputs.CORDBOARD_URLS.value);
    expect(verbs(commands)).toEqual([
      "az bicep build-params",
      "az deployment sub what-if",
      "az deployment sub create",
      "az deployment sub show",
      "az account show",
      "node scripts/bicepKeys.ts",
      "az functionapp deployment source config-zip",
      "az functionapp deployment source config-zip",
      "az staticwebapp secrets list",
      "npx --yes @azure/static-web-apps-cli@2.0.10",
    ]);
    const zips = commands.filter((line) => line.includes("config-zip"));
    expect(zips[1]).toMatch(/--resource-group rg-us --name func-us --src .*\/api\.zip$/);
    expect(environments).toEqual([
      { AZURE_SUBSCRIPTION_ID: "sub-1", CORDBOARD_KEY_VAULT: "kv-1", CORDBOARD_SHARED_GROUP: "rg-shared" },
      { SWA_CLI_DEPLOYMENT_TOKEN: "the-token" },
    ]);
    // Arguments show in the machine's list of processes.
    expect(commands.join()).not.toContain("the-token");
  });

  it("of the package alone leaves the infrastructure and the keys", () => {
    const { commands, run } = recorder();
    deployRelease(run, "release-test", true);
    expect(verbs(commands)).toEqual([
      "az deployment sub show",
      "az functionapp deployment source config-zip",
      "az functionapp deployment source config-zip",
      "az staticwebapp secrets list",
      "npx --yes @azure/static-web-apps-cli@2.0.10",
    ]);
  });

  it("goes no further when a step fails, and leaves no parameters behind", () => {
    const { commands, run } = recorder("sub create");
    expect(() => deployRelease(run, "release-test", false)).toThrow("it failed");
    expect(verbs(commands).at(-1)).toBe("az deployment sub create");
    const parameters = /--outfile (\S+)/.exec(commands[0] ?? "")?.[1] ?? "";
    expect(parameters).toMatch(/parameters\.json$/);
    expect(existsSync(parameters)).toBe(false);
  });

  it("is refused for an environment that has no parameters", () => {
    expect(() => deployRelease(recorder().run, "moon", false)).toThrow(/moon\.bicepparam/);
  });
});
