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

/** Sorts an app's functions by trigger. Throws at bindings this host cannot serve: silence would lose their work. */
export function functionsByTrigger(core: FunctionsCore): FunctionsByTrigger {
  const sorted = new Map<string, TriggeredFunction[]>(
    ["httptrigger", "timertrigger", "servicebustrigger", "warmuptrigger"].map((type) => [type, []]),
  );
  for (const [name, fn] of core.functions) {
    const bindings = Object.entries(fn.metadata.bindings);
    for (const [bindingName, binding] of bindings) {
      const type = binding.type?.toLowerCase() ?? "";
      const list = sorted.get(type);
      if (list !== undefined) list.push({ fn, name, bindingName, binding });
      else if (!(type === "http" && binding.direction === "out")) {
        throw new Error(`Function "${name}": the local host has no binding "${binding.type}".`);
      }
    }
  }
  const of = (type: string): readonly TriggeredFunction[] => sorted.get(type) ?? [];
  return {
    http: of("httptrigger"),
    timers: of("timertrigger"),
    queues: of("servicebustrigger"),
    warmups: of("warmuptrigger"),
  };
}

/** Azure's binding expressions: `%NAME%` stands for the app setting NAME. Throws when it is not set. */
export function resolveSettings(text: string, settings: Readonly<Record<string, string | undefined>>): string {
  return text.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = settings[name];
    if (value === undefined) throw new Error(`The setting ${name} is missing, which "${text}" names.`);
    return value;
  });
}
