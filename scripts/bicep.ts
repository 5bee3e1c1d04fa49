import { bicepFiles, compile, findCompiler } from "./bicepCompiler.ts";

/** `npm run check:bicep`: builds and lints every file of bicep/, and fails on any warning. */
const compiler = findCompiler(process.env);
if (compiler === undefined) {
  console.log(
    "check:bicep: NOT COMPILED, there is no Bicep compiler on this machine. Put one on the path or name it in BICEP;\n" +
      "where there is .NET, `node scripts/bicepFetch.ts` fetches one. What needs no compiler is tested by test/bicep.",
  );
} else {
  console.log(`check:bicep: ${compiler.version}`);
  const files = bicepFiles();
  const problems = files.flatMap((file) => compile(compiler, file).problems);
  for (const problem of problems) console.error(problem);
  console.log(`check:bicep: ${files.length} files, ${problems.length} warnings or errors`);
  if (problems.length > 0) process.exitCode = 1;
}
