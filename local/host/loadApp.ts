import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve, sep } from "node:path";
import type { ProgrammingModel } from "./coreTypes.ts";
import { createFunctionsCore, type FunctionsCore } from "./functionsCore.ts";
import { supplyCore } from "./injectCore.ts";
import { type Logger, reasonOf, systemLine } from "./logger.ts";

/** A loaded functions app, ready to be invoked. */
export interface App {
  readonly core: FunctionsCore;
  readonly model: ProgrammingModel;
  /** Runs the `appTerminate` hooks and forgets the bundle's modules; a hook that throws is logged. */
  terminate(): Promise<void>;
}

function forget(require: NodeJS.Require, folder: string): void {
  for (const file of Object.keys(require.cache)) if (file.startsWith(folder + sep)) delete require.cache[file];
}

/**
 * Loads a CommonJS functions bundle in this process as the real worker does: supplies `@azure/functions-core`, requires the
 * entry, runs the `appStart` hooks. Everything the bundle needs from the environment must be set before.
 * Throws when the bundle is missing, throws itself, registers nothing or wants what this host lacks (HTTP streams).
 */
export async function loadApp(bundlePath: string, logger: Logger): Promise<App> {
  const entry = resolve(bundlePath);
  if (!existsSync(entry)) throw new Error(`There is no functions bundle at ${bundlePath}: build it first.`);
  const folder = dirname(entry);
  const require = createRequire(entry);
  const core = createFunctionsCore(logger);
  const stopSupplying = supplyCore(folder, core.api);
  forget(require, folder);
  const appHookData = {};
  try {
    // A bundle whose start awaits something exports a promise, which a worker awaits too.
    await require(entry);
    const model = core.programmingModel;
    if (model === undefined || core.functions.size === 0) throw new Error("The bundle registers no functions.");
    await core.runHooks("appStart", { hookData: {}, appHookData, functionAppDirectory: process.cwd() });
    core.lock();
    const capabilities = (await model.getCapabilities?.({})) ?? {};
    if ("HttpUri" in capabilities) throw new Error("This host has no HTTP streams: remove enableHttpStream.");
    return {
      core,
      model,
      async terminate() {
        await core
          .runHooks("appTerminate", { hookData: {}, appHookData })
          .catch((error: unknown) => logger(systemLine("error", `An appTerminate hook failed: ${reasonOf(error)}`)));
        stopSupplying();
        forget(require, folder);
      },
    };
  } catch (error) {
    stopSupplying();
    forget(require, folder);
    throw new Error(`The functions bundle did not start: ${reasonOf(error)}`, { cause: error });
  }
}
