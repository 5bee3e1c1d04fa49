import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";

const ROOT = resolve(import.meta.dirname, "..");
/** What one build makes, and every environment is given: api.zip, web/, bicep/ with main.json compiled from it. */
const RELEASE = join(ROOT, "dist/release");
/** Of the browser app's hosting; newest at the time of writing. */
const SWA_CLI = "@azure/static-web-apps-cli@2.0.10";

const USAGE = `Usage: node scripts/release.ts build
       node scripts/release.ts deploy <environment> [--package-only]

build: puts the built product together in dist/release, once for all environments.
deploy: gives dist/release to an environment, as whoever "az login" signed in: first its infrastructure, by
bicep/<environment>.bicepparam (unless --package-only), then the keys that are missing, then the package and the browser app.`;

/** Runs a command and resolves to what it printed; its errors are shown. `env` is added to this process's. */
export type Run = (command: string, args: readonly string[], env?: Readonly<Record<string, string>>) => string;

const Outputs = z.object({
  CORDBOARD_URLS: z.object({ value: z.array(z.url()) }),
  CORDBOARD_STAMP_GROUPS: z.object({ value: z.array(z.string()) }),
  CORDBOARD_STAMP_APPS: z.object({ value: z.array(z.string()) }),
  CORDBOARD_KEY_VAULT: z.object({ value: z.string() }),
  CORDBOARD_SHARED_GROUP: z.object({ value: z.string() }),
});

/** Needs `npm run build`, and the Bicep compiler that `az` brings. */
export function buildRelease(run: Run): void {
  rmSync(RELEASE, { recursive: true, force: true });
  mkdirSync(RELEASE, { recursive: true });
  run(process.execPath, ["scripts/bicepPackage.ts", "api"]);
  run(process.execPath, ["scripts/bicepPackage.ts", "web"]);
  run("sh", ["-c", `cd dist/api && zip -qr "${join(RELEASE, "api.zip")}" .`]);
  cpSync(join(ROOT, "dist/web"), join(RELEASE, "web"), { recursive: true });
  cpSync(join(ROOT, "bicep"), join(RELEASE, "bicep"), { recursive: true });
  run("az", [
    "bicep",
    "build",
    "--file",
    join(RELEASE, "bicep/main.bicep"),
    "--outfile",
    join(RELEASE, "bicep/main.json"),
  ]);
}

/** Resolves to the addresses of the environment's stamps. */
export function deployRelease(run: Run, environment: string, packageOnly: boolean): readonly string[] {
  const parameterFile = join(RELEASE, `bicep/${environment}.bicepparam`);
  if (!existsSync(parameterFile)) throw new Error(`There is no ${parameterFile}`);
  const name = `cordboard-${environment}`;
  if (!packageOnly) provision(run, name, parameterFile);
  const outputs = Outputs.parse(
    JSON.parse(
      run("az", ["deployment", "sub", "show", "--name", name, "--query", "properties.outputs", "--output", "json"]),
    ),
  );
  if (!packageOnly) makeKeys(run, outputs);
  const groups = outputs.CORDBOARD_STAMP_GROUPS.value;
  for (const [i, app] of outputs.CORDBOARD_STAMP_APPS.value.entries()) {
    const zip = ["--src", join(RELEASE, "api.zip")];
    run("az", [
      "functionapp",
      "deployment",
      "source",
      "config-zip",
      "--resource-group",
      groups[i] ?? "",
      "--name",
      app,
      ...zip,
    ]);
  }
  deployWeb(run, `stapp-cordboard-${environment}`);
  return outputs.CORDBOARD_URLS.value;
}

/** What would change is shown before it is changed. */
function provision(run: Run, name: string, parameterFile: string): void {
  const folder = mkdtempSync(join(tmpdir(), "cordboard-parameters-"));
  try {
    const parameters = join(folder, "parameters.json");
    run("az", ["bicep", "build-params", "--file", parameterFile, "--outfile", parameters]);
    const location = process.env.AZURE_LOCATION ?? "westeurope";
    const template = ["--template-file", join(RELEASE, "bicep/main.json"), "--parameters", `@${parameters}`];
    const deployment = ["--name", name, "--location", location, ...template];
    console.log(run("az", ["deployment", "sub", "what-if", ...deployment]));
    run("az", ["deployment", "sub", "create", ...deployment, "--output", "none"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function makeKeys(run: Run, outputs: z.infer<typeof Outputs>): void {
  const subscription = run("az", ["account", "show", "--query", "id", "--output", "tsv"]).trim();
  run(process.execPath, ["scripts/bicepKeys.ts"], {
    AZURE_SUBSCRIPTION_ID: subscription,
    CORDBOARD_KEY_VAULT: outputs.CORDBOARD_KEY_VAULT.value,
    CORDBOARD_SHARED_GROUP: outputs.CORDBOARD_SHARED_GROUP.value,
  });
}

/** The one credential that is no identity's: asked for each time, given in the environment, and kept nowhere. */
function deployWeb(run: Run, site: string): void {
  const query = ["--query", "properties.apiKey", "--output", "tsv"];
  const token = run("az", ["staticwebapp", "secrets", "list", "--name", site, ...query]).trim();
  const args = ["--yes", SWA_CLI, "deploy", join(RELEASE, "web"), "--env", "production"];
  run("npx", args, { SWA_CLI_DEPLOYMENT_TOKEN: token });
}

const runHere: Run = (command, args, env = {}) =>
  execFileSync(command, args, {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "inherit"],
  });

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [what, environment, option] = process.argv.slice(2);
  if (what === "build" && environment === undefined) buildRelease(runHere);
  else if (what === "deploy" && environment !== undefined && (option === undefined || option === "--package-only")) {
    const urls = deployRelease(runHere, environment, option !== undefined);
    console.log(urls.join("\n"));
    // For the workflow's next step.
    if (process.env.GITHUB_OUTPUT !== undefined) appendFileSync(process.env.GITHUB_OUTPUT, `urls=${urls.join(" ")}\n`);
  } else {
    console.error(USAGE);
    process.exitCode = 2;
  }
}
