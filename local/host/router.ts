import { parseTemplate, type RouteSegment } from "./routeTemplate.ts";

type RouteMatch<T> =
  | { readonly kind: "found"; readonly target: T; readonly params: Record<string, string> }
  | { readonly kind: "wrong-method"; readonly allowed: readonly string[] }
  | { readonly kind: "unknown" }
  /** A percent sign that encodes nothing. */
  | { readonly kind: "malformed" };

interface Route<T> {
  readonly target: T;
  /** Where it stands among the routes that were added. */
  readonly order: number;
  readonly names: readonly string[];
  readonly fallbacks: Readonly<Record<string, string>>;
}

type ParameterSegment = Exclude<RouteSegment, { kind: "literal" }>;

interface Branch<T> {
  readonly segment: ParameterSegment;
  readonly node: Node<T>;
}

class Node<T> {
  readonly literals = new Map<string, Node<T>>();
  readonly parameters: Branch<T>[] = [];
  readonly rests: Branch<T>[] = [];
  readonly methods = new Map<string, Route<T>>();
}

export interface Router<T> {
  /** Throws when the same route is taken for one of the methods, or is none. */
  add(template: string, methods: readonly string[], target: T): void;
  /** `path` without query, percent-encoded as received, starting with a slash. */
  match(method: string, path: string): RouteMatch<T>;
}

/** Decodes a segment as Kestrel does: everything but an encoded slash, which would make one segment two. */
function decode(text: string): string {
  return text.includes("%") ? decodeURIComponent(text.replace(/%2f/gi, (slash) => `%25${slash.slice(1)}`)) : text;
}

function childFor<T>(branches: Branch<T>[], segment: ParameterSegment): Node<T> {
  const known = branches.find((branch) => branch.segment.constraint === segment.constraint);
  if (known !== undefined) return known.node;
  const branch = { segment, node: new Node<T>() };
  branches.push(branch);
  return branch.node;
}

interface Addition<T> {
  readonly methods: readonly string[];
  readonly target: T;
  readonly order: number;
}

/** Puts a function on the route of the first `length` segments; those after it are missing and have their defaults. */
function insert<T>(root: Node<T>, segments: readonly RouteSegment[], length: number, addition: Addition<T>): void {
  let node = root;
  const names: string[] = [];
  for (const segment of segments.slice(0, length)) {
    if (segment.kind === "literal") {
      const next = node.literals.get(segment.text) ?? new Node<T>();
      node.literals.set(segment.text, next);
      node = next;
    } else {
      names.push(segment.name);
      node = childFor(segment.kind === "rest" ? node.rests : node.parameters, segment);
    }
  }
  const fallbacks: Record<string, string> = {};
  for (const missing of segments.slice(length)) {
    if (missing.kind !== "literal" && missing.fallback !== undefined) fallbacks[missing.name] = missing.fallback;
  }
  for (const method of addition.methods) {
    if (node.methods.has(method)) throw new Error(`Two functions serve ${method} on the same route.`);
    node.methods.set(method, { target: addition.target, order: addition.order, names, fallbacks });
  }
}

/**
 * A router of all of an app's HTTP triggers, a tree by segment. Of several routes that match, the one added first serves: a
 * literal has no precedence over a parameter, as on Azure (https://github.com/Azure/azure-functions-host/issues/9876).
 */
export function createRouter<T>(prefix: string): Router<T> {
  const root = new Node<T>();
  const prefixSegments = parseTemplate(prefix);
  let added = 0;

  return {
    add(template, methods, target) {
      const segments = [...prefixSegments, ...parseTemplate(template)];
      const addition = { methods: methods.map((method) => method.toUpperCase()), target, order: added++ };
      // Each optional parameter at the end may be missing: the same function stands on the shorter routes too.
      for (let length = segments.length; length >= 0; length--) {
        insert(root, segments, length, addition);
        const last = segments[length - 1];
        if (last?.kind !== "optional" && last?.kind !== "rest") break;
      }
    },
    match(method, path) {
      try {
        return find(root, method, path);
      } catch (error) {
        if (error instanceof URIError) return { kind: "malformed" };
        throw error;
      }
    },
  };
}

function find<T>(root: Node<T>, method: string, path: string): RouteMatch<T> {
  const parts = path.split("/").slice(1);
  if (parts.at(-1) === "") parts.pop();
  const allowed = new Set<string>();
  let first: { readonly route: Route<T>; readonly values: readonly string[] } | undefined;

  const visit = (node: Node<T>, depth: number, values: readonly string[]): void => {
    const part = parts[depth];
    if (part === undefined) {
      take(node, values);
      return;
    }
    const literal = node.literals.get(decode(part).toLowerCase());
    if (literal !== undefined) visit(literal, depth + 1, values);
    for (const branch of part === "" ? [] : node.parameters) {
      const value = decode(part);
      if (branch.segment.accepts(value)) visit(branch.node, depth + 1, [...values, value]);
    }
    for (const branch of node.rests) {
      const rest = parts.slice(depth).map(decode).join("/");
      if (branch.segment.accepts(rest)) take(branch.node, [...values, rest]);
    }
  };

  const take = (node: Node<T>, values: readonly string[]): void => {
    const route = node.methods.get(method);
    if (route === undefined) {
      for (const known of node.methods.keys()) allowed.add(known);
    } else if (first === undefined || route.order < first.route.order) first = { route, values };
  };

  visit(root, 0, []);
  if (first === undefined) {
    return allowed.size > 0 ? { kind: "wrong-method", allowed: [...allowed].sort() } : { kind: "unknown" };
  }
  const { route, values } = first;
  const params: Record<string, string> = { ...route.fallbacks };
  route.names.forEach((name, index) => {
    params[name] = values[index] ?? "";
  });
  return { kind: "found", target: route.target, params };
}
