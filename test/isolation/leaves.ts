/** Where a value stands in a request, e.g. `["body", "template", "name"]`. */
export type Path = readonly (string | number)[];

export interface Leaf {
  readonly path: Path;
  readonly value: unknown;
}

/** Everything in a JSON value that is neither array nor object. */
export function leavesOf(value: unknown, path: Path = []): Leaf[] {
  if (typeof value !== "object" || value === null) return [{ path, value }];
  return Object.entries(value).flatMap(([name, each]) =>
    leavesOf(each, [...path, Array.isArray(value) ? Number(name) : name]),
  );
}

/** Every object in a JSON value, itself included, by its path. */
export function objectsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.entries(value).flatMap(([name, each]) =>
    objectsOf(each, [...path, Array.isArray(value) ? Number(name) : name]),
  );
  return Array.isArray(value) ? inner : [path, ...inner];
}

/** A copy with `next` in one place; undefined takes the property away. */
export function withValue<T>(root: T, path: Path, next: unknown): T {
  const copy: T = structuredClone(root);
  const last = path.at(-1);
  if (last === undefined) throw new Error("A path has at least one step");
  const holder = path.slice(0, -1).reduce<unknown>((value, step) => Reflect.get(Object(value), step), copy);
  // `defineProperty`, because an assignment to `__proto__` would not make a property.
  if (next === undefined) Reflect.deleteProperty(Object(holder), last);
  else
    Reflect.defineProperty(Object(holder), last, { value: next, enumerable: true, configurable: true, writable: true });
  return copy;
}

export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) => (Object(value) === value ? Reflect.get(Object(value), step) : undefined),
    root,
  );
}
