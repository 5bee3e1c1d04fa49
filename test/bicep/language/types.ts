import type { Decorator, Type } from "./syntax.ts";
import { type Fields, isFields, isList, type Value } from "./values.ts";

/** Types by name; `decorators` may hold limits. */
export type Types = ReadonlyMap<string, Type>;

/** What of `value` does not fit, each with its path; empty: all does. */
export function misfits(
  type: Type,
  value: Value,
  types: Types,
  decorators: readonly Decorator[] = [],
  path = "",
): readonly string[] {
  const here = ofType(type, value, types, path);
  return here.length > 0 ? here : limits(decorators, value, path);
}

function ofType(type: Type, value: Value, types: Types, path: string): readonly string[] {
  switch (type.is) {
    case "literal":
      return value === type.value ? [] : [`${path} is ${JSON.stringify(value)} and not ${JSON.stringify(type.value)}`];
    case "union":
      return type.of.some((each) => misfits(each, value, types).length === 0)
        ? []
        : [`${path} is ${JSON.stringify(value)}, which is none of its choices`];
    case "list":
      if (!isList(value)) return [`${path} is no list`];
      return value.flatMap((each, i) => misfits(type.of, each, types, [], `${path}[${i}]`));
    case "object":
      return isFields(value) ? ofObject(type, value, types, path) : [`${path} is no object`];
    case "named":
      return ofNamed(type.name, value, types, path);
  }
}

function ofObject(type: Type & { readonly is: "object" }, value: Fields, types: Types, path: string): string[] {
  const known = new Set(type.properties.map(({ name }) => name));
  const unknown = Object.keys(value).filter((name) => !known.has(name));
  const problems = unknown.map((name) => `${path}.${name} is not of the type`);
  for (const { name, type: expected, decorators } of type.properties) {
    const property = value[name];
    if (property === undefined) problems.push(`${path}.${name} is missing`);
    else problems.push(...misfits(expected, property, types, decorators, `${path}.${name}`));
  }
  return problems;
}

function ofNamed(name: string, value: Value, types: Types, path: string): readonly string[] {
  const fits: Readonly<Record<string, boolean>> = {
    string: typeof value === "string",
    int: Number.isInteger(value),
    bool: typeof value === "boolean",
    object: isFields(value),
    array: isList(value),
  };
  const own = types.get(name);
  if (own !== undefined) return misfits(own, value, types, [], path);
  return fits[name] === true ? [] : [`${path} is ${JSON.stringify(value)} and no ${name}`];
}

function limits(decorators: readonly Decorator[], value: Value, path: string): readonly string[] {
  return decorators.flatMap(({ name, args: [argument] }) => {
    if (argument?.is === "array" && name === "allowed") {
      const allowed = argument.items.map((item) => (item.is === "literal" ? item.value : undefined));
      return allowed.some((each) => each === value)
        ? []
        : [`${path} is ${JSON.stringify(value)}, which is not allowed`];
    }
    if (argument?.is !== "literal" || typeof argument.value !== "number") return [];
    const size = typeof value === "string" || isList(value) ? value.length : Number(value);
    if (name.startsWith("min") && size < argument.value)
      return [`${path} is less than its ${name} of ${argument.value}`];
    if (name.startsWith("max") && size > argument.value)
      return [`${path} is more than its ${name} of ${argument.value}`];
    return [];
  });
}
