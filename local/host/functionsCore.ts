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
import type { Logger, LogLine } from "./logger.ts";

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

/** What log hooks learn of the invocation that a line comes from. */
export interface LogContext {
  readonly hookData: HookContext;
  readonly invocationContext: unknown;
}

/** The state of one loaded app, behind the API it sees. */
export interface FunctionsCore {
  readonly api: FunctionsCoreApi;
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  readonly programmingModel: ProgrammingModel | undefined;
  /** From here on a registration is an error, as in the real worker. */
  lock(): void;
  hasHooks(name: HookName): boolean;
  /** One after the other in order of registration; the first that throws ends it. All share `appHookData`. */
  runHooks(name: HookName, context: HookContext): Promise<void>;
  /**
   * Writes a line when the log hooks have seen it. They may change level and message of what a function logs, not of system
   * lines, and one that throws changes nothing (WorkerContext.log of the worker).
   */
  log(line: LogLine, context?: LogContext): void;
}

/** https://github.com/Azure/azure-functions-host, Utility.IsValidFunctionName. */
const FUNCTION_NAME = /^(?!host$)[a-z][a-z0-9_-]{0,127}$/i;

function isHookName(name: string): name is HookName {
  return HOOK_NAMES.some((known) => known === name);
}

/**
 * The `@azure/functions-core` of one app: what the real Node worker gives to the `@azure/functions` library, so that
 * registrations, converters and hooks are those that run on Azure (https://github.com/Azure/azure-functions-nodejs-worker:
 * setupCoreModule.ts, registerFunction.ts, hooks/).
 */
export function createFunctionsCore(logger: Logger): FunctionsCore {
  const functions = new Map<string, RegisteredFunction>();
  const hooks = new Map<HookName, HookCallback[]>(HOOK_NAMES.map((name) => [name, []]));
  const appHookData: HookContext = {};
  let model: ProgrammingModel | undefined;
  let locked = false;

  const listOf = (name: HookName): HookCallback[] => hooks.get(name) ?? [];

  /** The line as the log hooks leave it. */
  function heard(line: LogLine, { hookData = {}, invocationContext }: Partial<LogContext> = {}): LogLine {
    const callbacks = listOf("log");
    if (callbacks.length === 0) return line;
    const { level, message, category } = line;
    const context = { level, message, category, hookData, appHookData, invocationContext };
    try {
      for (const callback of callbacks) callback(context);
    } catch {
      return line;
    }
    return category === "user" ? { ...line, level: context.level, message: context.message } : line;
  }

  const log: FunctionsCore["log"] = (line, context) => logger(heard(line, context));

  const api: FunctionsCoreApi = {
    version: "3.99.0",
    hostVersion: "4.999.0",
    Disposable,
    registerFunction(metadata, callback) {
      if (locked) throw new Error(`Function "${metadata.name}" was registered after the app had started.`);
      if (!FUNCTION_NAME.test(metadata.name)) throw new Error(`"${metadata.name}" is not a name for a function.`);
      const same = [...functions.keys()].find((name) => name.toLowerCase() === metadata.name.toLowerCase());
      if (same !== undefined) throw new Error(`Two functions are named "${metadata.name}".`);
      if (typeof callback !== "function") throw new Error(`Function "${metadata.name}" has no handler.`);
      functions.set(metadata.name, { metadata, callback });
      return new Disposable(() => {
        if (locked) throw new Error(`Function "${metadata.name}" was disposed of after the app had started.`);
        functions.delete(metadata.name);
      });
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
    log: (level, category, message) => log({ level, category, message }),
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
      context.appHookData = appHookData;
      for (const callback of [...listOf(name)]) await callback(context);
    },
    log,
  };
}
