import { runCommand } from "./command.ts";

process.exitCode = await runCommand(process.argv.slice(2), process.env, {
  write: (text) => process.stdout.write(`${text}\n`),
  fail: (text) => process.stderr.write(`${text}\n`),
});
