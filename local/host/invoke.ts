import { randomUUID } from "node:crypto";
import type {
  CoreInvocationContext,
  HookContext,
  InvocationResponse,
  RetryContext,
  TraceContext,
  TypedData,
} from "./coreTypes.ts";
import type { LogContext, RegisteredFunction } from "./functionsCore.ts";
import type { App } from "./loadApp.ts";

/** What a trigger hands to its function. */
export interface TriggerInput {
  /** The trigger binding's name, as the registration made it. */
  readonly binding: string;
  readonly data: TypedData;
  readonly triggerMetadata?: Record<string, TypedData>;
  readonly traceContext: TraceContext;
  readonly retryContext?: RetryContext;
}

/** An app from its start until it is stopped or started anew; once that is over, nothing that it logs is heard. */
export interface AppLife {
  readonly app: App;
  readonly over: boolean;
}

async function inState(
  context: CoreInvocationContext,
  state: CoreInvocationContext["state"],
  run: () => Promise<void>,
) {
  context.state = state;
  try {
    await run();
  } finally {
    context.state = undefined;
  }
}

/**
 * The one path by which every trigger calls its function: the library's arguments, hooks, handler, the library's response,
 * in the order and with the data of the worker (https://github.com/Azure/azure-functions-nodejs-worker,
 * InvocationHandler.ts). Rejects with what the handler or a hook threw.
 */
export async function runInvocation(
  life: AppLife,
  fn: RegisteredFunction,
  input: TriggerInput,
): Promise<InvocationResponse> {
  const { core, model } = life.app;
  const { binding, data, triggerMetadata = {}, traceContext, retryContext } = input;
  const functionName = fn.metadata.name;
  const invocationId = randomUUID();
  const hookData: HookContext = {};
  let logContext: LogContext | undefined;
  const coreContext: CoreInvocationContext = {
    invocationId,
    metadata: fn.metadata,
    request: {
      invocationId,
      functionId: functionName,
      inputData: [{ name: binding, data }],
      triggerMetadata,
      traceContext,
      ...(retryContext && { retryContext }),
    },
    state: undefined,
    log(level, category, message) {
      if (!life.over) core.log({ level, category, message, functionName, invocationId }, logContext);
    },
  };
  const invocation = model.getInvocationModel(coreContext);
  const { context, inputs } = await invocation.getArguments();
  logContext = { hookData, invocationContext: context };

  // Hooks replace what they are given: Application Insights binds the callback to the trace.
  const before = { hookData, invocationContext: context, functionCallback: fn.callback, inputs };
  if (core.hasHooks("preInvocation")) {
    await inState(coreContext, "preInvocationHooks", () => core.runHooks("preInvocation", before));
  }
  const after: HookContext & { result: unknown; error: unknown } = {
    hookData,
    invocationContext: context,
    inputs: before.inputs,
    result: null,
    error: null,
  };
  coreContext.state = "invocation";
  try {
    after.result = await invocation.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    after.error = error;
  }
  coreContext.state = undefined;
  if (core.hasHooks("postInvocation")) {
    await inState(coreContext, "postInvocationHooks", () => core.runHooks("postInvocation", after));
  }
  // A handler that throws null or undefined has not failed: the worker tells an error by its being there.
  if (after.error !== null && after.error !== undefined) throw after.error;
  return invocation.getResponse(context, after.result);
}
