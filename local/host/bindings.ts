import type { BindingInfo } from "./coreTypes.ts";
import type { FunctionsCore, RegisteredFunction } from "./functionsCore.ts";

/** A function with the one binding that starts it. */
export interface TriggeredFunction {
  readonly fn: RegisteredFunction;
  readonly name: string;
  readonly bindingName: string;
  readonly binding: BindingInfo;
}

export interface FunctionsByTrigger {
  readonly http: readonly TriggeredFunction[];
  readonly timers: readonly TriggeredFunction[];
  readonly queues: readonly TriggeredFunction[];
  readonly warmups: readonly TriggeredFunction[];
}

/** https://github.com/Azure/azure-functions-host, BindingNameValidationRegex in Utility.cs. */
const BINDING_NAME = /^(?:[a-z][a-z0-9]{0,127}|\$return)$/i;
const TRIGGERS = ["httptrigger", "timertrigger", "servicebustrigger", "warmuptrigger"];

/** The one trigger of a function. Throws at what Azure would refuse, and at bindings this host cannot serve. */
function triggered(name: string, fn: RegisteredFunction): TriggeredFunction & { readonly type: string } {
  const fail = (why: string) => new Error(`Function "${name}": ${why}`);
  const triggers: (TriggeredFunction & { readonly type: string })[] = [];
  for (const [bindingName, binding] of Object.entries(fn.metadata.bindings)) {
    const type = binding.type?.toLowerCase() ?? "";
    if (!BINDING_NAME.test(bindingName)) throw fail(`"${bindingName}" is not a name for a binding.`);
    if (TRIGGERS.includes(type)) triggers.push({ fn, name, bindingName, binding, type });
    else if (type !== "http" || binding.direction !== "out" || bindingName !== "$return") {
      throw fail(`the local host has no binding "${binding.type}" beside the trigger.`);
    }
  }
  const [trigger, ...more] = triggers;
  if (trigger === undefined || more.length > 0) throw fail("it needs one trigger.");
  if (fn.metadata.retryOptions !== undefined && trigger.type !== "timertrigger") {
    // https://learn.microsoft.com/azure/azure-functions/functions-bindings-errors#retries
    throw fail("of its kind only timers have retry policies.");
  }
  return trigger;
}

/** Sorts an app's functions by trigger. Throws at bindings this host cannot serve: silence would lose their work. */
export function functionsByTrigger(core: FunctionsCore): FunctionsByTrigger {
  const all = [...core.functions].map(([name, fn]) => triggered(name, fn));
  const of = (wanted: string): readonly TriggeredFunction[] => all.filter(({ type }) => type === wanted);
  return {
    http: of("httptrigger"),
    timers: of("timertrigger"),
    queues: of("servicebustrigger"),
    warmups: of("warmuptrigger"),
  };
}

/** Azure's own order of functions, by name in any case of letters. */
export function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  const [a, b] = [one.name.toUpperCase(), other.name.toUpperCase()];
  return a < b ? -1 : a > b ? 1 : 0;
}

const METHODS: ReadonlySet<string> = new Set(["GET", "POST", "DELETE", "HEAD", "PATCH", "PUT", "OPTIONS", "TRACE"]);

/**
 * An HTTP trigger's route and methods. Throws for a level that wants a key, which this host does not have, and for what
 * Azure refuses: routes of the host's own (ValidateHttpFunction in https://github.com/Azure/azure-functions-host,
 * src/WebJobs.Script/Host/ScriptHost.cs; the prefix of host.json does not help), unknown methods.
 */
export function httpRoute({ name, binding }: TriggeredFunction): { route: string; methods: readonly string[] } {
  const { route = name, methods, authLevel = "function" } = binding;
  if (authLevel !== "anonymous") {
    throw new Error(`the authLevel "${authLevel}" is none, or needs keys that the local host does not have.`);
  }
  if (typeof route !== "string") throw new Error("the route must be a text.");
  if (/^\/*(?:admin|runtime)/i.test(route)) throw new Error(`the route "${route}" is Azure's own.`);
  const listed = Array.isArray(methods) ? methods.map((method) => String(method).toUpperCase()) : [];
  const unknown = listed.find((method) => !METHODS.has(method));
  if (unknown !== undefined) throw new Error(`there is no method "${unknown}".`);
  if (listed.length === 0) throw new Error("it answers no method.");
  return { route, methods: listed };
}

/** Azure's binding expressions: `%NAME%` stands for the app setting NAME. Throws when it is not set. */
export function resolveSettings(text: string, settings: Readonly<Record<string, string | undefined>>): string {
  return text.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = settings[name];
    if (value === undefined) throw new Error(`The setting ${name} is missing, which "${text}" names.`);
    return value;
  });
}
