/**
 * The part of `@azure/functions-core` that `@azure/functions` 4 uses. Microsoft publishes no types for it: the module
 * exists only inside the real worker, and these shapes are read from the library's converters.
 */
export type LogLevel = "trace" | "debug" | "information" | "warning" | "error" | "critical" | "none";
export type LogCategory = "user" | "system" | "customMetric";

/** One protobuf union: exactly one member is set. */
export interface TypedData {
  string?: string;
  json?: string;
  bytes?: Uint8Array;
  int?: number;
  double?: number;
  http?: HttpData;
  collectionString?: { string: string[] };
}

export interface HttpCookie {
  name?: string | null;
  value?: string | null;
  domain?: { value?: string | null } | null;
  path?: { value?: string | null } | null;
  expires?: { value?: { seconds?: number | null; nanos?: number | null } | null } | null;
  secure?: { value?: boolean | null } | null;
  httpOnly?: { value?: boolean | null } | null;
  sameSite?: string | number | null;
  maxAge?: { value?: number | null } | null;
}

export interface HttpData {
  url?: string;
  method?: string;
  headers?: Record<string, string>;
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: TypedData | null;
  statusCode?: string | null;
  cookies?: HttpCookie[] | null;
  enableContentNegotiation?: boolean | null;
}

export interface TraceContext {
  traceParent?: string;
  traceState?: string;
  attributes?: Record<string, string>;
}

/** A trigger, input or output; beyond these members it has the options its registration gave. */
export interface BindingInfo {
  readonly type?: string;
  readonly direction?: "in" | "out" | "inout";
  readonly [option: string]: unknown;
}

export interface FunctionMetadata {
  readonly name: string;
  readonly bindings: Readonly<Record<string, BindingInfo>>;
  readonly retryOptions?: unknown;
}

/** Set for functions with a retry policy, from the first try on. */
export interface RetryContext {
  readonly retryCount: number;
  /** -1 for no end. */
  readonly maxRetryCount: number;
  readonly exception?: { readonly message: string; readonly source: string; readonly stackTrace: string };
}

interface InvocationRequest {
  invocationId: string;
  functionId: string;
  inputData: { name: string; data: TypedData }[];
  triggerMetadata: Record<string, TypedData>;
  traceContext: TraceContext;
  retryContext?: RetryContext;
}

export interface InvocationResponse {
  readonly returnValue?: TypedData | null;
  readonly outputData?: readonly { readonly name: string; readonly data: TypedData }[] | null;
}

type InvocationState = "preInvocationHooks" | "invocation" | "postInvocationHooks";

export interface CoreInvocationContext {
  readonly invocationId: string;
  readonly metadata: FunctionMetadata;
  readonly request: InvocationRequest;
  state: InvocationState | undefined;
  log(level: LogLevel, category: LogCategory, message: string): void;
}

export type FunctionCallback = (...args: unknown[]) => unknown;

/** The library's own invocation context is opaque to the host: it is only handed back and shown to hooks. */
interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], handler: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<InvocationResponse>;
}

export interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel;
  getCapabilities?(capabilities: Record<string, string>): Promise<Record<string, string>>;
}

export const HOOK_NAMES = ["appStart", "appTerminate", "preInvocation", "postInvocation", "log"] as const;
export type HookName = (typeof HOOK_NAMES)[number];
export type HookContext = Record<string, unknown>;
export type HookCallback = (context: HookContext) => unknown;
