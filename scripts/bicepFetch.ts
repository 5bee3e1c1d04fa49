import { spawnSync } from "node:child_process";
import { chmodSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { runCompiler } from "./bicepCompiler.ts";

/**
 * Fetches the newest Bicep compiler by .NET's package manager into a cache outside the repository, and prints its path, for
 * BICEP="$(node scripts/bicepFetch.ts)". Prints nothing, and says on standard error why, when it cannot be had; it then ends
 * well all the same, because then check:bicep says plainly that nothing was compiled.
 */
const PACKAGE = "Azure.Bicep.CommandLine.linux-x64";
const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "cordboard-bicep");

const PROJECT = `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>netstandard2.0</TargetFramework>
    <RestorePackagesPath>packages</RestorePackagesPath>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="${PACKAGE}" Version="*" ExcludeAssets="all" />
  </ItemGroup>
</Project>
`;

const cached = () =>
  globSync(`packages/${PACKAGE.toLowerCase()}/*/**/bicep`, { cwd: folder })
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .at(-1);

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "fetch.csproj"), PROJECT);
const restored = spawnSync("dotnet", ["restore", "fetch.csproj"], { cwd: folder, encoding: "utf8", timeout: 300_000 });
if (restored.error !== undefined) console.error("bicepFetch: there is no dotnet on this machine");
else if (restored.status !== 0)
  console.error(
    `bicepFetch: ${restored.stdout.match(/error (NU\d+: [^\n[]*)/)?.[1]?.trim() ?? "dotnet restore failed"}`,
  );
const found = cached();
if (found !== undefined) {
  const path = join(folder, found);
  chmodSync(path, 0o755);
  const { status } = runCompiler(path, ["--version"]);
  if (status === 0) console.log(path);
  else console.error("bicepFetch: what was fetched does not run on this machine");
}
