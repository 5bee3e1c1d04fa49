import type { Emitted, Table } from "./emitted.ts";

const COMMON =
  "timestamp itemType itemCount customDimensions operation_Id operation_Name operation_ParentId cloud_RoleName cloud_RoleInstance";
/** learn.microsoft.com/azure/azure-monitor/app/data-model-complete: those that queries here use or may use. */
const COLUMNS: Readonly<Record<string, string>> = {
  requests: `${COMMON} id name success resultCode duration url`,
  dependencies: `${COMMON} id name target type success resultCode duration data`,
  exceptions: `${COMMON} type outerMessage outerType problemId method details`,
  traces: `${COMMON} message severityLevel`,
  // learn.microsoft.com/azure/azure-monitor/reference/tables/azuremetrics and .../usage: of the workspace, not of Application Insights.
  Usage: "TimeGenerated DataType IsBillable Quantity QuantityUnit Solution",
  AzureMetrics: "TimeGenerated MetricName Resource ResourceGroup ResourceProvider Total Count Maximum Minimum Average",
};
const WORDS = new Set(
  `where extend project summarize by order asc desc top take render timechart union withsource and or not in let
   contains startswith endswith has true false`.split(/\s+/),
);

/** What a query asks for that the product does not tell; empty where all is well. Knows as much of KQL as is used here. */
export function problemsOf(query: string, told: Emitted): string[] {
  const text = query.replace(/\/\/[^\n]*/g, "");
  const lets = [...text.matchAll(/\blet\s+(\w+)\s*=/g)].map(([, name = ""]) => name);
  return pipelines(text).flatMap((pipeline) => [
    ...unknownNames(pipeline, told),
    ...unknownDimensions(pipeline, told),
    ...unknownLines(pipeline, told),
    ...unknownWords(pipeline, lets),
  ]);
}

/** The parts in parentheses of a union each for itself, or the whole. */
function pipelines(text: string): string[] {
  const body = text.replace(/\blet\s+\w+\s*=[^;]*;/g, "");
  const parts = [
    ...body.matchAll(/\((\s*(?:requests|dependencies|exceptions|traces)\s*\|[\s\S]*?)\)(?=\s*(?:,|\||$))/g),
  ];
  return parts.length === 0 ? [body] : parts.map(([, part = ""]) => part);
}

function tablesOf(pipeline: string): string[] {
  const [head = ""] = pipeline.split("|", 1);
  return Object.keys(COLUMNS).filter((table) => new RegExp(`\\b${table}\\b`).test(head));
}

function spansOf(pipeline: string, { requests, dependencies }: Emitted): Table {
  const tables = tablesOf(pipeline);
  return new Map([
    ...(tables.includes("requests") ? requests : []),
    ...(tables.includes("dependencies") ? dependencies : []),
  ]);
}

const COMPARED = /\bname\s*(==|startswith|endswith|contains)\s*"([^"]*)"/g;

function fits(name: string, operator: string, text: string): boolean {
  if (operator === "startswith") return name.startsWith(text);
  if (operator === "endswith") return name.endsWith(text);
  return operator === "contains" ? name.includes(text) : name === text;
}

function unknownNames(pipeline: string, told: Emitted): string[] {
  const names = [...spansOf(pipeline, told).keys()];
  return [...pipeline.matchAll(COMPARED)].flatMap(([all, operator = "", text = ""]) =>
    names.some((name) => fits(name, operator, text)) ? [] : [`no span of that kind: ${all}`],
  );
}

function unknownDimensions(pipeline: string, told: Emitted): string[] {
  const conditions = [...pipeline.matchAll(COMPARED)];
  const spans = [...spansOf(pipeline, told)].filter(
    ([name]) =>
      conditions.length === 0 || conditions.some(([, operator = "", text = ""]) => fits(name, operator, text)),
  );
  return [...pipeline.matchAll(/customDimensions\["([^"]*)"\]/g)].flatMap(([all, key = ""]) =>
    spans.some(([, dimensions]) => dimensions.has(key)) ? [] : [`no span has it: ${all}`],
  );
}

/** Log lines are JSON in `message`; queries call what they parse of it `line`. */
function unknownLines(pipeline: string, told: Emitted): string[] {
  const searched = [...pipeline.matchAll(/\bmessage\s+contains\s+"([^"]*)"/g)].map(([, text = ""]) => text);
  const compared = [...pipeline.matchAll(/\bline\.message\s*(?:==\s*"([^"]*)"|in\s*\(([^)]*)\))/g)].flatMap(
    ([, one, several = ""]) =>
      one === undefined ? [...several.matchAll(/"([^"]*)"/g)].map(([, text = ""]) => text) : [one],
  );
  const fields = [...pipeline.matchAll(/\bline((?:\.\w+)+)/g)].map(([, path = ""]) => path.slice(1));
  const lines = compared.length === 0 ? [...told.lines.keys()] : compared;
  const has = (field: string) => lines.some((message) => told.lines.get(message)?.has(field));
  return [
    ...[...searched, ...compared].filter((text) => !told.messages.has(text)).map((text) => `nothing logs "${text}"`),
    ...fields.filter((field) => !has(field)).map((field) => `no such line has the field ${field}`),
  ];
}

function unknownWords(pipeline: string, lets: readonly string[]): string[] {
  const bare = pipeline.replace(/"[^"]*"/g, '""');
  const made = [...bare.matchAll(/(?<![\w.])([A-Za-z_]\w*)\s*=(?![=~])/g)].map(([, name = ""]) => name);
  const tables = tablesOf(pipeline);
  const columns = tables.flatMap((table) => (COLUMNS[table] ?? "").split(" "));
  const known = new Set([...WORDS, ...Object.keys(COLUMNS), ...columns, ...made, ...lets]);
  const used = [...bare.matchAll(/(?<![\w.])([A-Za-z_]\w*)(?!\w*\s*\()/g)].map(([, name = ""]) => name);
  return [...new Set(used)]
    .filter((name) => !known.has(name))
    .map((name) => `${tables.join("+")} has no column ${name}`);
}
