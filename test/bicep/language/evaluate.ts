import { callFunction, type Place } from "./functions.ts";
import type { Expression } from "./syntax.ts";
import { BicepError } from "./tokens.ts";
import { asBoolean, asFields, asList, asNumber, asText, Lambda, ResourceReference, type Value } from "./values.ts";

export interface Scope extends Place {
  /** The value of a name; throws when there is none. */
  readonly lookUp: (name: string) => Value;
  /** What Azure would say of a resource beside its id and name; throws when nobody has said what that is. */
  readonly runtime: (resource: ResourceReference, property: string) => Value;
}

function within(scope: Scope, names: Readonly<Record<string, Value>>): Scope {
  return { ...scope, lookUp: (name) => (Object.hasOwn(names, name) ? (names[name] ?? null) : scope.lookUp(name)) };
}

export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.is) {
    case "literal":
      return expression.value;
    case "string":
      return expression.texts
        .map((text, i) => {
          const part = expression.parts[i];
          return part === undefined ? text : `${text}${interpolated(evaluate(part, scope))}`;
        })
        .join("");
    case "name":
      return scope.lookUp(expression.name);
    case "array":
      return expression.items.map((item) => evaluate(item, scope));
    case "object":
      return Object.fromEntries(
        expression.entries.map(({ key, value }) => [asText(evaluate(key, scope)), evaluate(value, scope)]),
      );
    case "for":
      return loop(expression, scope).map((inner) => evaluate(expression.body, inner));
    case "if":
      throw new BicepError("a condition stands only before a resource or a module");
    case "choice":
      return evaluate(asBoolean(evaluate(expression.condition, scope)) ? expression.yes : expression.no, scope);
    case "binary":
      return binary(expression, scope);
    case "unary": {
      const operand = evaluate(expression.operand, scope);
      return expression.operator === "!" ? !asBoolean(operand) : -asNumber(operand);
    }
    case "member":
      return member(expression, scope);
    case "call":
      return callFunction(
        expression.name,
        expression.args.map((arg) => evaluate(arg, scope)),
        scope,
      );
    case "lambda":
      return new Lambda((args) => {
        const names = Object.fromEntries(expression.parameters.map((name, i) => [name, args[i] ?? null]));
        return evaluate(expression.body, within(scope, names));
      });
  }
}

/** The scope of each turn of a loop. */
export function loop({ item, index, from }: Expression & { readonly is: "for" }, scope: Scope): Scope[] {
  return asList(evaluate(from, scope)).map((each, i) =>
    within(scope, { [item]: each, ...(index === undefined ? {} : { [index]: i }) }),
  );
}

function interpolated(value: Value): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  throw new BicepError(`${JSON.stringify(value)} cannot stand in a string`);
}

function binary({ operator, left, right }: Expression & { readonly is: "binary" }, scope: Scope): Value {
  const first = evaluate(left, scope);
  if (operator === "&&") return asBoolean(first) && asBoolean(evaluate(right, scope));
  if (operator === "||") return asBoolean(first) || asBoolean(evaluate(right, scope));
  if (operator === "??") return first ?? evaluate(right, scope);
  const second = evaluate(right, scope);
  if (operator === "==") return first === second;
  if (operator === "!=") return first !== second;
  if (operator === ">") return asNumber(first) > asNumber(second);
  throw new BicepError(`the operator ${operator} is not known here`);
}

function member({ of, key, safe }: Expression & { readonly is: "member" }, scope: Scope): Value {
  const base = evaluate(of, scope);
  const name = evaluate(key, scope);
  if (typeof name === "number") {
    const item = asList(base)[name];
    if (item === undefined) throw new BicepError(`a list has no item ${name}`);
    return item;
  }
  const property = asText(name);
  if (base instanceof ResourceReference) {
    if (property === "id" || property === "name" || property === "type") return base[property];
    return scope.runtime(base, property);
  }
  if (safe && base === null) return null;
  const value = asFields(base)[property];
  if (value === undefined && !safe) throw new BicepError(`there is no ${property} in ${JSON.stringify(base)}`);
  return value ?? null;
}
