import {
  type FunctionCallback,
  type FunctionMetadata,
  HOOK_NAMES,
  type HookCallback,
  type HookContext,
  type HookName,
  type LogCategory,
  type LogLevel,
  type ProgrammingModel,
} from "./coreTypes.ts";
import type { Logger } from "./logger.ts";

export interface RegisteredFunction {
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
}

class Disposable {
  readonly #dispose: () => void;
  constructor(dispose: () => void) {
    this.#dispose = dispose;
  }
  static from(...disposables: readonly { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const one of disposables) one.dispose();
    });
  }
  dispose(): void {
    this.#dispose();
  }
}

/** What `require("@azure/functions-core")` gives the bundle. */
export interface FunctionsCoreApi {
  readonly version: string;
  readonly hostVersion: string;
  readonly Disposable: typeof Disposable;
  registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable;
  setProgrammingModel(model: ProgrammingModel): void;
  getProgrammingModel(): ProgrammingModel | undefined;
  registerHook(name: string, callback: HookCallback): Disposable;
  log(level: LogLevel, category: LogCategory, message: string): void;
}

/** The state of one loaded app, behind the API it sees. */
export interface FunctionsCore {
  readonly api: FunctionsCoreApi;
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  readonly programmingModel: ProgrammingModel | undefined;
  /** From here on a registration is an error, as in the real worker. */
  lock(): void;
  hasHooks(name: HookName): boolean;
  /** One after the other in order of registration; the first that throws ends it. */
  runHooks(name: HookName, context: HookContext): Promise<void>;
  /** Hooks on log lines may change `level` and `message`; they are synchronous, as logging is. */
  runLogHooks(context: HookContext): void;
}

/** Azure's own rule for names of functions. */
const FUNCTION_NAME = /^[a-zA-Z][a-zA-Z0-9_-]{0,127}$/;

function isHookName(name: string): name is HookName {
  return HOOK_NAMES.some((known) => known === name);
}

/**
 * The `@azure/functions-core` of one app: what the real Node worker gives to the `@azure/functions` library, so that
 * registrations, converters and hooks are those that run on Azure.
 */
export function createFunctionsCore(logger: Logger): FunctionsCore {
  const functions = new Map<string, RegisteredFunction>();
  const hooks = new Map<HookName, HookCallback[]>(HOOK_NAMES.map((name) => [name, []]));
  let model: ProgrammingModel | undefined;
  let locked = false;

  const listOf = (name: HookName): HookCallback[] => hooks.get(name) ?? [];

  const api: FunctionsCoreApi = {
    version: "3.99.0",
    hostVersion: "4.999.0",
    Disposable,
    registerFunction(metadata, callback) {
      if (locked) throw new Error(`Function "${metadata.name}" was registered after the app had started.`);
      if (!FUNCTION_NAME.test(metadata.name)) throw new Error(`"${metadata.name}" is not a name for a function.`);
      if (functions.has(metadata.name)) throw new Error(`Two functions are named "${metadata.name}".`);
      if (typeof callback !== "function") throw new Error(`Function "${metadata.name}" has no handler.`);
      functions.set(metadata.name, { metadata, callback });
      return new Disposable(() => functions.delete(metadata.name));
    },
    setProgrammingModel(next) {
      model = next;
    },
    getProgrammingModel: () => model,
    registerHook(name, callback) {
      if (!isHookName(name)) throw new RangeError(`Unrecognized hook "${name}"`);
      const list = listOf(name);
      list.push(callback);
      return new Disposable(() => {
        const at = list.indexOf(callback);
        if (at >= 0) list.splice(at, 1);
      });
    },
    log: (level, category, message) => logger({ level, category, message }),
  };

  return {
    api,
    functions,
    get programmingModel() {
      return model;
    },
    lock() {
      locked = true;
    },
    hasHooks: (name) => listOf(name).length > 0,
    async runHooks(name, context) {
      for (const callback of [...listOf(name)]) await callback(context);
    },
    runLogHooks(context) {
      for (const callback of listOf("log")) callback(context);
    },
  };
}
