import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { watchFunctions } from "../scripts/build.ts";

/**
 * `npm run dev`: rebuilds the functions on each change and restarts the host with them; serves the desk from Vite, which
 * replaces modules in the open page.
 */
const START = join(import.meta.dirname, "start.ts");
let host: ChildProcess | undefined;

function startHost(): void {
  host = spawn(process.execPath, [START, "--no-build"], { stdio: "inherit" });
}

async function restartHost(): Promise<void> {
  const old = host;
  if (old !== undefined && old.exitCode === null) {
    const exited = new Promise((resolve) => old.once("exit", resolve));
    old.kill("SIGTERM");
    await exited;
  }
  startHost();
}

let restarts = Promise.resolve();
const stopWatching = watchFunctions(
  () => {
    restarts = restarts.then(restartHost);
  },
  (error) => console.error(error.message),
);

const { createServer } = await import("vite");
const vite = await createServer({ root: join(import.meta.dirname, "../web") });
await vite.listen();
vite.printUrls();

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    host?.kill("SIGTERM");
    void Promise.all([stopWatching(), vite.close()]).finally(() => process.exit(0));
  });
}
