import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import type { FunctionsCoreApi } from "./functionsCore.ts";

const CORE_MODULE = "@azure/functions-core";
const CORE_URL = "cordboard-functions-core:";
/** The generated module has no other way to reach an object of this process. */
const SHELF = Symbol.for("cordboard.functions-core");

/** The API of each loaded app, by the address of its folder. */
const supplied = new Map<string, FunctionsCoreApi>();
let hooked = false;

function folderOf(parentUrl: string | undefined): string | undefined {
  for (const folderUrl of supplied.keys()) if (parentUrl?.startsWith(folderUrl)) return folderUrl;
  // A library beside the bundle (an unbundled build) asks from node_modules: with one app there is no doubt which is meant.
  return supplied.size === 1 ? supplied.keys().next().value : undefined;
}

/** Node remembers what a module's `require` gave, also for a bundle loaded again: so it gives a view of the present API. */
function sourceFor(folderUrl: string): string {
  return `const apiOf = globalThis[Symbol.for("cordboard.functions-core")];
module.exports = new Proxy({}, { get: (_, key) => apiOf(${JSON.stringify(folderUrl)})?.[key] });`;
}

/**
 * The module does not exist on disk, so resolution itself must be answered. `registerHooks` does this for `require` and
 * `import` without touching `Module.prototype.require`, which OpenTelemetry's instrumentation patches as well.
 */
function hookOnce(): void {
  if (hooked) return;
  hooked = true;
  Reflect.set(globalThis, SHELF, (folderUrl: string) => supplied.get(folderUrl));
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const folderUrl = specifier === CORE_MODULE ? folderOf(context.parentURL) : undefined;
      if (folderUrl === undefined) return nextResolve(specifier, context);
      return { url: CORE_URL + encodeURIComponent(folderUrl), format: "commonjs", shortCircuit: true };
    },
    load(url, context, nextLoad) {
      if (!url.startsWith(CORE_URL)) return nextLoad(url, context);
      const source = sourceFor(decodeURIComponent(url.slice(CORE_URL.length)));
      return { format: "commonjs", source, shortCircuit: true };
    },
  });
}

/**
 * Answers `@azure/functions-core` with `api` to all modules under `folder`; returns how to stop. Throws when one is
 * supplied already.
 */
export function supplyCore(folder: string, api: FunctionsCoreApi): () => void {
  hookOnce();
  const folderUrl = `${pathToFileURL(folder).href}/`;
  if (supplied.has(folderUrl)) {
    throw new Error("This bundle is loaded already: terminate the first app before loading it again.");
  }
  supplied.set(folderUrl, api);
  return () => supplied.delete(folderUrl);
}
