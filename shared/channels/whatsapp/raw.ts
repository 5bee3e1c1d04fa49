import { z } from "zod";

/** A JSON object of the provider's, unread. */
export const RawObject = z.record(z.string(), z.unknown());
export type RawObject = z.infer<typeof RawObject>;

export function isObject(value: unknown): value is RawObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The objects of an array; an empty array for anything else. */
export function objectsIn(value: unknown): readonly RawObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A string of 1 to `max` characters (numbers count as their digits), or undefined. */
export function textOf(value: unknown, max: number): string | undefined {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && text.length > 0 && text.length <= max ? text : undefined;
}
