import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import product from "../../package.json" with { type: "json" };
import { WORKBOOK_QUERIES } from "../../scripts/bicepWorkbook.ts";
import { PAGES, queriesOf, withQueries } from "../../scripts/queryBlocks.ts";
import { rehearse } from "../bicep/language/deploy.ts";
import { asFields, asText } from "../bicep/language/values.ts";
import { type Emitted, emitted } from "./emitted.ts";
import { problemsOf } from "./kql.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const FOLDER = "docs/operations";
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const queries = globSync("bicep/queries/*.kql", { cwd: ROOT }).sort();
const runbooks = globSync(`${FOLDER}/*.md`, { cwd: ROOT }).filter((path) => basename(path) !== "README.md");

const { deployed } = rehearse(join(ROOT, "bicep/production.bicepparam"), { CORDBOARD_ALERT_EMAIL: "ops@example.com" });
const alerts = deployed.flatMap(({ type, name, body }) => {
  if (!/^Microsoft\.Insights\/(metricAlerts|scheduledQueryRules)$/.test(type)) return [];
  const { description, severity, criteria } = asFields(body.properties);
  return [{ name, description: asText(description), severity: Number(severity), criteria: JSON.stringify(criteria) }];
});

describe.each(alerts)("the alert $name", ({ name, description, severity }) => {
  it("names its runbook, which says how severe it is", () => {
    const [, file = "none"] = /See (docs\/operations\/[\w-]+\.md)$/.exec(description) ?? [];
    const alert = basename(file, ".md");
    expect(name.endsWith(`-${alert}`)).toBe(true);
    expect(read(file)).toContain(`\n\nAlert: \`${alert}\`, severity ${severity}.\n`);
    expect(read(`${FOLDER}/README.md`)).toMatch(new RegExp(`\\[${alert}\\]\\(${alert}\\.md\\) +\\| ${severity} +\\|`));
  });
});

describe.each(runbooks)("%s", (path) => {
  const page = read(path);

  it("is for an alert that bicep declares, or a procedure", () => {
    const [, alert] = /\n\nAlert: `([\w-]+)`, severity \d\.\n/.exec(page) ?? [];
    if (alert === undefined) expect(page).toMatch(/^# .+\n\n(A procedure\.|Alert: the budget;)/);
    else expect(alerts.some(({ name }) => name.endsWith(`-${alert}`))).toBe(true);
  });

  it("stands in the index", () => {
    expect(read(`${FOLDER}/README.md`)).toContain(`](${basename(path)})`);
  });
});

describe.each(PAGES)("the page %s", (path) => {
  const page = read(path);

  it("shows queries as they stand in bicep/queries (else: npm run bicep:data), and no others", () => {
    expect(page).toBe(withQueries(page));
    expect(page.match(/```kql/g)?.length ?? 0).toBe(queriesOf(page).length);
  });

  it("leads only to what is there", () => {
    const links = [...page.matchAll(/\]\(((?!https?:|#|mailto:)[^)\s]+)\)/g)].map(
      ([, link = ""]) => link.split("#")[0] ?? "",
    );
    const missing = links.filter((link) => link !== "" && !existsSync(join(ROOT, dirname(path), link)));
    expect(missing).toEqual([]);
  });

  it("calls only scripts that there are", () => {
    const called = [...page.matchAll(/npm run ([\w:-]+)/g)].map(([, script = ""]) => script);
    expect(called.filter((script) => !(script in product.scripts))).toEqual([]);
    const files = [...page.matchAll(/node (scripts\/[\w.]+)/g)].map(([, file = ""]) => file);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});

describe("queries", () => {
  let told: Emitted;
  beforeAll(async () => {
    told = await emitted();
  }, 60_000);

  it.each(queries)("%s asks only for what the product tells", (path) => {
    expect(problemsOf(read(path), told)).toEqual([]);
  });

  it.each(queries)("%s is asked by an alert, the workbook or a page", (path) => {
    const inAlert = alerts.some(({ criteria }) => criteria.includes(JSON.stringify(read(path)).slice(1, -1)));
    const onPage = PAGES.some(
      (page) => queriesOf(read(page)).includes(path) || read(page).includes(`](../../${path})`),
    );
    expect(inAlert || onPage || WORKBOOK_QUERIES.includes(basename(path, ".kql"))).toBe(true);
  });

  it("are everything that alerts ask of logs", () => {
    const asked = alerts.filter(({ criteria }) => criteria.includes('"query"'));
    expect(asked.length).toBeGreaterThan(3);
    for (const { name, criteria } of asked)
      expect(
        queries.some((path) => criteria.includes(JSON.stringify(read(path)).slice(1, -1))),
        name,
      ).toBe(true);
  });

  it("and pages name only counters that the product has", () => {
    const named = PAGES.flatMap((path) => [...read(path).matchAll(/\bcordboard_\w+_total\b/g)].map(([name]) => name));
    const own = new Set([...told.counters, "cordboard_span_failures_total"]);
    expect(named.filter((name) => !own.has(name))).toEqual([]);
  });
});
