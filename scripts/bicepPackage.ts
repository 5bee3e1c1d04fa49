import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const ROOT = resolve(import.meta.dirname, "..");

/**
 * Puts together in `out` what the function app needs and no more: host.json, the bundle (source maps left out: 30 MB that
 * every cold start would fetch), and a package.json that names it. No dependencies: the bundle has them all inside.
 */
export function packageFunctions(bundle: string, hostFile: string, out: string): void {
  if (!existsSync(join(bundle, "main.cjs"))) throw new Error(`There is no ${bundle}. Run "npm run build" first.`);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  cpSync(bundle, join(out, "functions"), { recursive: true, filter: (path) => !path.endsWith(".map") });
  cpSync(hostFile, join(out, "host.json"));
  const manifest = { name: "cordboard", private: true, main: "functions/main.cjs" };
  writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** Adds to the built browser app what its static hosting must know: the page for every address, headers. */
export function packageWeb(built: string, config: string): void {
  if (!existsSync(join(built, "index.html"))) throw new Error(`There is no ${built}. Run "npm run build" first.`);
  cpSync(config, join(built, "staticwebapp.config.json"));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const what = process.argv[2];
  if (what === "api") {
    const out = join(ROOT, "dist/api");
    packageFunctions(join(ROOT, "dist/functions"), join(ROOT, "host.json"), out);
    console.log(`dist/api: ${readdirSync(out).join(", ")}`);
  } else if (what === "web") {
    packageWeb(join(ROOT, "dist/web"), join(ROOT, "bicep/web/staticwebapp.config.json"));
    console.log("dist/web: staticwebapp.config.json added");
  } else throw new Error('Say what to package: "api" or "web"');
}
