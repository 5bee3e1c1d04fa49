import type { HttpRequest } from "@azure/functions";
import type { z } from "zod";
import { Problem } from "../errors.ts";
import { fieldErrors } from "./problem.ts";
import type { Route } from "./route.ts";

const MEDIA_TYPES = {
  json: /^application\/([\w.-]+\+)?json\b/i,
  form: /^application\/x-www-form-urlencoded\b/i,
} as const;
const MAX_PARAMETERS = 100;

/** A wrong id in a path is a thing that does not exist, whoever's it would be: 404, like another tenant's. */
export function parsePart(root: "path" | "query" | "body", schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) {
    const unstorable = unstorableText(parsed.data, root);
    if (unstorable === undefined) return parsed.data;
    if (root === "path") throw new Problem("not-found");
    throw new Problem("invalid-request", {
      errors: [{ path: unstorable, message: "Holds a character that cannot be kept" }],
    });
  }
  if (root === "path") throw new Problem("not-found");
  throw new Problem("invalid-request", { errors: fieldErrors(root, parsed.error) });
}

/**
 * Where a parsed value holds a text with U+0000 or half a surrogate pair; undefined when nowhere. JSON can spell both, but
 * not every store, provider or browser can bear them, and a text that comes back changed would be a lie.
 */
function unstorableText(value: unknown, path: string): string | undefined {
  if (typeof value === "string") return value.includes("\0") || !value.isWellFormed() ? path : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, each] of Object.entries(value)) {
    const found = unstorableText(each, `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

export async function readBody<S>(route: Route<S>, request: HttpRequest): Promise<unknown> {
  if (!route.raw && route.body === undefined) return undefined;
  const tooLarge = () => new Problem("too-large", { detail: `At most ${route.maxBodyBytes} bytes are accepted here.` });
  if (Number(request.headers.get("content-length") ?? 0) > route.maxBodyBytes) throw tooLarge();
  const bytes = new Uint8Array(await request.arrayBuffer());
  if (bytes.byteLength > route.maxBodyBytes) throw tooLarge();
  if (route.raw) return bytes;
  const type = request.headers.get("content-type") ?? "application/json";
  if (!MEDIA_TYPES[route.encoding].test(type)) throw new Problem("unsupported-media-type");
  return parsePart("body", route.body, route.encoding === "form" ? parseForm(bytes) : parseJson(bytes));
}

/** UTF-8 JSON, or `malformed-json`. */
function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(bytes));
  } catch (cause) {
    throw new Problem("malformed-json", { cause });
  }
}

/**
 * UTF-8 `application/x-www-form-urlencoded` as an object of texts. A parameter without a value counts as not sent, and none may
 * come twice (RFC 6749, section 3.2); at most 100. What is unknown is the schema's to refuse or to drop.
 */
function parseForm(bytes: Uint8Array): Record<string, string> {
  const pairs = [...new URLSearchParams(formText(bytes))];
  if (pairs.length > MAX_PARAMETERS)
    throw new Problem("invalid-request", { errors: [{ path: "body", message: "At most 100 parameters" }] });
  const names = new Set<string>();
  for (const [name] of pairs) {
    if (names.has(name))
      throw new Problem("invalid-request", { errors: [{ path: "body", message: "A parameter comes twice" }] });
    names.add(name);
  }
  return Object.fromEntries(pairs.filter(([, value]) => value !== ""));
}

function formText(bytes: Uint8Array): string {
  try {
    return textOf(bytes);
  } catch (cause) {
    throw new Problem("invalid-request", { errors: [{ path: "body", message: "Not UTF-8" }], cause });
  }
}

/** Throws for bytes that are no UTF-8. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}
