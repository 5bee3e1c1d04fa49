import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseAst } from "rolldown/parseAst";
import { attributesOf } from "../../shared/platform/telemetry/applicationInsights.ts";
import type { SpanOptions, Telemetry } from "../../shared/platform/telemetry/port.ts";
import { openTelemetry } from "../../shared/platform/telemetry/telemetry.ts";
import { Installation } from "../isolation/installation.ts";
import { everything } from "./story.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** One table of Application Insights: the names of its items, and the custom dimensions of each. */
export type Table = ReadonlyMap<string, ReadonlySet<string>>;

/** What the product tells, as queries can ask for it. */
export interface Emitted {
  readonly requests: Table;
  readonly dependencies: Table;
  /** Fields of log lines by message, those of nested objects as `error.code`. */
  readonly lines: Table;
  /** Every message that stands in the code, also those that did not occur. */
  readonly messages: ReadonlySet<string>;
  /** Every counter that stands in the code, as `/api/metrics` names it. */
  readonly counters: ReadonlySet<string>;
}

/** Runs everything through the product, and notes what it tells. */
export async function emitted(): Promise<Emitted> {
  const requests = new Map<string, Set<string>>();
  const dependencies = new Map<string, Set<string>>();
  const lines = new Map<string, Set<string>>();
  const open: typeof openTelemetry = (options) => {
    const telemetry = openTelemetry({ ...options, write: (line) => noteLine(lines, line) });
    const span: Telemetry["span"] = (name, spanOptions, work) => {
      const isRequest = spanOptions.kind === "server" || spanOptions.kind === "consumer";
      note(isRequest ? requests : dependencies, name, dimensionsOf(name, spanOptions));
      return telemetry.span(name, spanOptions, work);
    };
    return { ...telemetry, span };
  };
  const installation = new Installation(undefined, open);
  await everything(installation);
  await installation.close();
  return { requests, dependencies, lines, messages: literals("log", 1), counters: counters() };
}

function note(table: Map<string, Set<string>>, name: string, fields: readonly string[]): void {
  table.set(name, new Set([...(table.get(name) ?? []), ...fields]));
}

/** The exporter keeps what has a place of its own (route, container, queue) out of the custom dimensions. */
function dimensionsOf(name: string, options: SpanOptions): string[] {
  return Object.keys(attributesOf(name, options)).filter((attribute) => attribute.startsWith("cordboard."));
}

function noteLine(lines: Map<string, Set<string>>, line: string): void {
  const parsed: Record<string, unknown> = JSON.parse(line);
  const nested = (prefix: string, value: unknown): string[] =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.entries(value).flatMap(([name, each]) => [prefix + name, ...nested(`${prefix}${name}.`, each)])
      : [];
  note(lines, String(parsed.message), nested("", parsed));
}

function counters(): ReadonlySet<string> {
  return new Set([...literals("count", 0)].map((name) => `cordboard_${name}_total`));
}

/** Texts that calls of a method of that name are given at that place, wherever the product has such a call. */
function literals(method: string, place: number): ReadonlySet<string> {
  const files = globSync("{functions,shared}/**/*.ts", { cwd: ROOT });
  const sources = files.filter((file) => !/\.test\.ts$|\/testing\/|conformance/.test(file));
  const found = new Set<string>();
  for (const file of sources) {
    const source = readFileSync(join(ROOT, file), "utf8");
    if (!source.includes(`.${method}(`)) continue;
    visit(parseAst(source, { lang: "ts" }), (node) => {
      if (node.type !== "CallExpression" || !isNode(node.callee) || node.callee.type !== "MemberExpression") return;
      const { property } = node.callee;
      if (!isNode(property) || property.name !== method || !Array.isArray(node.arguments)) return;
      visit(node.arguments[place], ({ type, value }) => {
        if (type === "Literal" && typeof value === "string") found.add(value);
      });
    });
  }
  return found;
}

type Node = Readonly<Record<string, unknown>>;

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function visit(value: unknown, see: (node: Node) => void): void {
  if (isNode(value)) see(value);
  if (typeof value !== "object" || value === null) return;
  for (const each of Object.values(value)) visit(each, see);
}
