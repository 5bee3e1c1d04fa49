import { createHash } from "node:crypto";
import { BicepError } from "./tokens.ts";

export type Value = string | number | boolean | null | readonly Value[] | Fields | ResourceReference | Lambda;
export interface Fields {
  readonly [name: string]: Value;
}

/** What a symbolic name of a resource stands for in expressions. */
export class ResourceReference {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  constructor(id: string, name: string, type: string) {
    this.id = id;
    this.name = name;
    this.type = type;
  }
}

export class Lambda {
  readonly call: (args: readonly Value[]) => Value;
  constructor(call: (args: readonly Value[]) => Value) {
    this.call = call;
  }
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isFields(value: Value): value is Fields {
  return (
    typeof value === "object" &&
    value !== null &&
    !isList(value) &&
    !(value instanceof ResourceReference) &&
    !(value instanceof Lambda)
  );
}

export function asText(value: Value | undefined, what = "a value"): string {
  if (typeof value !== "string") throw new BicepError(`${what} should be a string and is ${JSON.stringify(value)}`);
  return value;
}

export function asNumber(value: Value | undefined): number {
  if (typeof value !== "number") throw new BicepError(`a number is due and not ${JSON.stringify(value)}`);
  return value;
}

export function asBoolean(value: Value): boolean {
  if (typeof value !== "boolean") throw new BicepError(`a boolean is due and not ${JSON.stringify(value)}`);
  return value;
}

export function asList(value: Value | undefined): readonly Value[] {
  if (value === undefined || !isList(value)) throw new BicepError(`a list is due and not ${JSON.stringify(value)}`);
  return value;
}

export function asFields(value: Value | undefined): Fields {
  if (value === undefined || !isFields(value))
    throw new BicepError(`an object is due and not ${JSON.stringify(value)}`);
  return value;
}

/** Content of a JSON file as a value. */
export function fromJson(text: string): Value {
  return JSON.parse(text);
}

/** Like `uniqueString`, `guid`: the same for the same arguments, and short. */
export function hashed(length: number, ...parts: readonly Value[]): string {
  return `u${createHash("sha256").update(JSON.stringify(parts)).digest("hex")}`.slice(0, length);
}

/** The id of a resource in its scope, e.g. `/subscriptions/x/resourceGroups/y`. */
export function idOf(scope: string, type: string, name: string): string {
  const [provider = "", ...types] = type.split("/");
  const names = name.split("/");
  if (types.length !== names.length)
    throw new BicepError(`${type} has ${types.length} names, and "${name}" is not that`);
  return `${scope}/providers/${provider}${types.map((each, i) => `/${each}/${names[i]}`).join("")}`;
}
