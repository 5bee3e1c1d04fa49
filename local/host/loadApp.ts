import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve, sep } from "node:path";
import type { ProgrammingModel } from "./coreTypes.ts";
import { createFunctionsCore, type FunctionsCore } from "./functionsCore.ts";
import { supplyCore } from "./injectCore.ts";
import { type Logger, reasonOf, systemLine } from "./logger.ts";

/** A loaded functions app, ready to be invoked. */
export interface App {
  readonly core: FunctionsCore;
  readonly model: ProgrammingModel;
  /** Runs the `appTerminate` hooks and abandons the app; a hook that throws is logged. */
  terminate(): Promise<void>;
  /** Forgets the bundle's modules, so that it can be loaded again. What still runs of it is not stopped. */
  abandon(): void;
}

/** Azure's `functionAppDirectory`: where package.json, which names the bundle, lies. */
function appDirectory(folder: string): string {
  for (let above = folder; above !== dirname(above); above = dirname(above)) {
    if (existsSync(join(above, "package.json"))) return above;
  }
  return folder;
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
  // One for the start and the end of the app, as in the worker.
  const hookData = {};
  const abandon = () => {
    stopSupplying();
    forget(require, folder);
  };
  try {
    // A bundle whose start awaits something exports a promise, which a worker awaits too.
    await require(entry);
    const model = core.programmingModel;
    if (model === undefined || core.functions.size === 0) throw new Error("The bundle registers no functions.");
    await core.runHooks("appStart", { hookData, functionAppDirectory: appDirectory(folder) });
    core.lock();
    const capabilities = (await model.getCapabilities?.({})) ?? {};
    if ("HttpUri" in capabilities) throw new Error("This host has no HTTP streams: remove enableHttpStream.");
    return {
      core,
      model,
      async terminate() {
        await core
          .runHooks("appTerminate", { hookData })
          .catch((error: unknown) => logger(systemLine("error", `An appTerminate hook failed: ${reasonOf(error)}`)));
        abandon();
      },
      abandon,
    };
  } catch (error) {
    abandon();
    throw new Error(`The functions bundle did not start: ${reasonOf(error)}`, { cause: error });
  }
}
