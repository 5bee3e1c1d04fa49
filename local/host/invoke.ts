import { randomUUID } from "node:crypto";
import type { CoreInvocationContext, HookContext, InvocationResponse, TraceContext, TypedData } from "./coreTypes.ts";
import type { RegisteredFunction } from "./functionsCore.ts";
import type { App } from "./loadApp.ts";
import type { Logger } from "./logger.ts";

/** What a trigger hands to its function. */
export interface TriggerInput {
  /** The trigger binding's name, as the registration made it. */
  readonly binding: string;
  readonly data: TypedData;
  readonly triggerMetadata?: Record<string, TypedData>;
  readonly traceContext: TraceContext;
}

export type Invoke = (fn: RegisteredFunction, input: TriggerInput) => Promise<InvocationResponse>;

/** Thrown to the trigger; the handler itself cannot be stopped and its late result is dropped. */
class FunctionTimeout extends Error {
  override readonly name = "FunctionTimeout";
}

interface InvokerOptions {
  readonly app: App;
  readonly logger: Logger;
  /** Milliseconds one invocation may take (host.json `functionTimeout`). */
  readonly timeoutMs: number;
}

function createLog(app: App, logger: Logger, functionName: string, invocationId: string, contextOf: () => unknown) {
  const log: CoreInvocationContext["log"] = (level, category, message) => {
    if (!app.core.hasHooks("log")) {
      logger({ level, category, message, functionName, invocationId });
      return;
    }
    const line = { level, category, message, invocationContext: contextOf(), hookData: {} };
    app.core.runLogHooks(line);
    logger({ level: line.level, category, message: line.message, functionName, invocationId });
  };
  return log;
}

async function runInvocation(app: App, logger: Logger, fn: RegisteredFunction, input: TriggerInput) {
  const { core, model } = app;
  const invocationId = randomUUID();
  let context: unknown;
  const coreContext: CoreInvocationContext = {
    invocationId,
    metadata: fn.metadata,
    request: {
      invocationId,
      functionId: fn.metadata.name,
      inputData: [{ name: input.binding, data: input.data }],
      triggerMetadata: input.triggerMetadata ?? {},
      traceContext: input.traceContext,
    },
    state: undefined,
    log: createLog(app, logger, fn.metadata.name, invocationId, () => context),
  };
  const invocation = model.getInvocationModel(coreContext);
  const prepared = await invocation.getArguments();
  context = prepared.context;
  let { inputs } = prepared;
  let callback = fn.callback;
  const hookData = {};

  if (core.hasHooks("preInvocation")) {
    coreContext.state = "preInvocationHooks";
    const hook = { hookData, invocationContext: context, functionCallback: callback, inputs };
    await core.runHooks("preInvocation", hook satisfies HookContext);
    // Hooks replace these: Application Insights binds the callback to the trace.
    callback = hook.functionCallback;
    inputs = hook.inputs;
  }

  coreContext.state = "invocation";
  if (!core.hasHooks("postInvocation")) {
    return invocation.getResponse(context, await invocation.invokeFunction(context, inputs, callback));
  }

  const post: { result: unknown; error: unknown } & HookContext = {
    hookData,
    invocationContext: context,
    inputs,
    result: undefined,
    error: undefined,
  };
  try {
    post.result = await invocation.invokeFunction(context, inputs, callback);
  } catch (error) {
    post.error = error ?? new Error("The function threw nothing.");
  }
  coreContext.state = "postInvocationHooks";
  await core.runHooks("postInvocation", post);
  if (post.error !== undefined && post.error !== null) throw post.error;
  return invocation.getResponse(context, post.result);
}

/**
 * The one path by which every trigger calls its function: the library's arguments, hooks, handler, the library's response.
 * Rejects with what the handler threw, or with `FunctionTimeout`.
 */
export function createInvoker({ app, logger, timeoutMs }: InvokerOptions): Invoke {
  return (fn, input) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new FunctionTimeout(`${fn.metadata.name} took longer than ${timeoutMs / 1000} s.`));
      }, timeoutMs);
      runInvocation(app, logger, fn, input)
        .finally(() => clearTimeout(timer))
        .then(resolve, reject);
    });
}
