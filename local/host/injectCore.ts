import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import type { FunctionsCoreApi } from "./functionsCore.ts";

const CORE_MODULE = "@azure/functions-core";
const CORE_URL = "cordboard-functions-core:";
/** The generated module has no other way to reach an object of this process. */
const SHELF = Symbol.for("cordboard.functions-core");

interface Supplied {
  readonly folderUrl: string;
  readonly api: FunctionsCoreApi;
}

const supplied = new Map<string, Supplied>();
let counter = 0;
let hooked = false;

function urlFor(parentUrl: string | undefined): string | undefined {
  for (const [url, { folderUrl }] of supplied) if (parentUrl?.startsWith(folderUrl)) return url;
  // A library beside the bundle (an unbundled build) asks from node_modules: with one app there is no doubt which is meant.
  return supplied.size === 1 ? supplied.keys().next().value : undefined;
}

/**
 * The module does not exist on disk, so resolution itself must be answered. `registerHooks` does this for `require` and
 * `import` without touching `Module.prototype.require`, which OpenTelemetry's instrumentation patches as well.
 */
function hookOnce(): void {
  if (hooked) return;
  hooked = true;
  Reflect.set(globalThis, SHELF, (url: string) => supplied.get(url)?.api);
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const url = specifier === CORE_MODULE ? urlFor(context.parentURL) : undefined;
      return url === undefined ? nextResolve(specifier, context) : { url, format: "commonjs", shortCircuit: true };
    },
    load(url, context, nextLoad) {
      if (!url.startsWith(CORE_URL)) return nextLoad(url, context);
      const source = `module.exports = globalThis[Symbol.for("cordboard.functions-core")](${JSON.stringify(url)});`;
      return { format: "commonjs", source, shortCircuit: true };
    },
  });
}

/** Answers `@azure/functions-core` with `api` to all modules under `folder`; returns how to stop. */
export function supplyCore(folder: string, api: FunctionsCoreApi): () => void {
  hookOnce();
  const url = `${CORE_URL}${++counter}`;
  supplied.set(url, { folderUrl: `${pathToFileURL(folder).href}/`, api });
  return () => supplied.delete(url);
}
