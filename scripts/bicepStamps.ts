import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";

const Names = z.array(z.string().min(1));

interface StampApp {
  readonly group: string;
  readonly app: string;
}

/** The function apps which azd itself does not deploy to, from the deployment's outputs: all but the first. */
export function furtherStamps(env: Readonly<Record<string, string | undefined>>): readonly StampApp[] {
  const groups = Names.parse(JSON.parse(env.CORDBOARD_STAMP_GROUPS ?? "[]"));
  const apps = Names.parse(JSON.parse(env.CORDBOARD_STAMP_APPS ?? "[]"));
  if (groups.length !== apps.length)
    throw new Error("CORDBOARD_STAMP_GROUPS and CORDBOARD_STAMP_APPS differ in length");
  return apps.flatMap((app, i) => {
    const group = groups[i];
    return i === 0 || group === undefined ? [] : [{ group, app }];
  });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const stamps = furtherStamps(process.env);
  if (stamps.length > 0) {
    const folder = mkdtempSync(join(tmpdir(), "cordboard-package-"));
    const zip = join(folder, "api.zip");
    try {
      execFileSync("zip", ["-qr", zip, "."], { cwd: resolve(import.meta.dirname, "../dist/api"), stdio: "inherit" });
      for (const { group, app } of stamps) {
        console.log(`deploying to ${app}`);
        const args = ["functionapp", "deployment", "source", "config-zip", "-g", group, "-n", app, "--src", zip];
        execFileSync("az", args, { stdio: "inherit" });
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}
