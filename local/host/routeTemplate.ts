/** One segment of a route as Azure Functions writes it. */
export type RouteSegment =
  | { readonly kind: "literal"; readonly text: string }
  | {
      readonly kind: "parameter" | "optional" | "rest";
      readonly name: string;
      readonly fallback: string | undefined;
      /** As written, to tell equal from different ones; empty without any. */
      readonly constraint: string;
      readonly accepts: (value: string) => boolean;
    };

const INTEGER = /^[+-]?\d+$/;
const inRange = (text: string, low: number, high: number) =>
  INTEGER.test(text) && Number(text) >= low && Number(text) <= high;

type ConstraintMaker = (argument: string) => (value: string) => boolean;

/** ASP.NET's route constraints, which Azure Functions takes over. */
const CONSTRAINTS: Readonly<Record<string, ConstraintMaker>> = {
  int: () => (value) => inRange(value, -2147483648, 2147483647),
  long: () => (value) => INTEGER.test(value),
  bool: () => (value) => /^(true|false)$/i.test(value),
  guid: () => (value) => /^\{?[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\}?$/i.test(value),
  alpha: () => (value) => /^[a-z]*$/i.test(value),
  decimal: () => (value) => value !== "" && Number.isFinite(Number(value)),
  double: () => (value) => value !== "" && Number.isFinite(Number(value)),
  float: () => (value) => value !== "" && Number.isFinite(Number(value)),
  datetime: () => (value) => !Number.isNaN(Date.parse(value)),
  minlength: (argument) => (value) => value.length >= Number(argument),
  maxlength: (argument) => (value) => value.length <= Number(argument),
  length: (argument) => {
    const [low = 0, high = low] = argument.split(",").map(Number);
    return (value) => value.length >= low && value.length <= high;
  },
  min: (argument) => (value) => inRange(value, Number(argument), Number.MAX_SAFE_INTEGER),
  max: (argument) => (value) => inRange(value, Number.MIN_SAFE_INTEGER, Number(argument)),
  range: (argument) => {
    const [low = 0, high = 0] = argument.split(",").map(Number);
    return (value) => inRange(value, low, high);
  },
  regex: (argument) => {
    const pattern = new RegExp(argument, "i");
    return (value) => pattern.test(value);
  },
};

function constraintOf(text: string, template: string): (value: string) => boolean {
  const [, name = "", argument = ""] = /^([a-z]+)(?:\((.*)\))?$/i.exec(text) ?? [];
  const make = CONSTRAINTS[name.toLowerCase()];
  if (make === undefined) throw new Error(`Route "${template}": unknown constraint "${text}".`);
  return make(argument);
}

/** Splits at top-level `separator`s only: a regex may contain both slashes and colons within its parentheses. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "(" || char === "{") depth++;
    else if (char === ")" || char === "}") depth--;
    else if (char === separator && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function parameter(inner: string, template: string): RouteSegment {
  // `{id:int?}` and `{page:int=1}`: both marks stand at the end of the whole.
  const optional = inner.endsWith("?");
  const [declared = "", ...defaults] = splitOutside(optional ? inner.slice(0, -1) : inner, "=");
  const fallback = defaults.length === 0 ? undefined : defaults.join("=");
  const [head = "", ...constraints] = splitOutside(declared, ":");
  const [, stars = "", name = ""] = /^(\*{0,2})([A-Za-z_][\w-]*)$/.exec(head) ?? [];
  if (name === "") throw new Error(`Route "${template}": "{${inner}}" is no parameter.`);
  const checks = constraints.map((text) => constraintOf(text, template));
  return {
    kind: stars ? "rest" : optional || fallback !== undefined ? "optional" : "parameter",
    name,
    fallback,
    constraint: constraints.join(":"),
    accepts: (value) => checks.every((check) => check(value)),
  };
}

function segment(text: string, template: string): RouteSegment {
  if (/^[^{}]+$/.test(text)) return { kind: "literal", text: text.toLowerCase() };
  if (text.startsWith("{") && text.endsWith("}")) return parameter(text.slice(1, -1), template);
  throw new Error(`Route "${template}": cannot read the segment "${text}".`);
}

/**
 * Reads a route template: `conversations/{id}`, `{id?}`, `{id:int}`, `{id=5}`, `{*rest}`. Literals match in any case.
 * Throws at what Azure refuses (a leading slash, optional parameters before others) and at unknown constraints.
 */
export function parseTemplate(template: string): readonly RouteSegment[] {
  if (/^[/~]/.test(template)) throw new Error(`Route "${template}" must not start with "/" or "~".`);
  if (template === "") return [];
  const segments = splitOutside(template.replace(/\/$/, ""), "/").map((text) => segment(text, template));
  const names = segments.flatMap((one) => (one.kind === "literal" ? [] : [one.name]));
  if (new Set(names).size !== names.length) throw new Error(`Route "${template}" names a parameter twice.`);
  const firstOpen = segments.findIndex((one) => one.kind === "optional" || one.kind === "rest");
  const after = firstOpen < 0 ? [] : segments.slice(firstOpen + 1);
  if (after.some((one) => one.kind !== "optional") || segments.slice(0, -1).some((one) => one.kind === "rest")) {
    throw new Error(`Route "${template}": nothing may follow an optional or catch-all parameter.`);
  }
  return segments;
}
