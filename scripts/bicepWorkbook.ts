import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const QUERIES = resolve(import.meta.dirname, "../bicep/queries");

/** What the workbook shows, in order: a heading and a file of bicep/queries. */
const TILES: readonly (readonly [heading: string, query: string])[] = [
  ["Requests, and those that failed", "requests"],
  ["What fails", "failing"],
  ["Why it fails", "exceptions"],
  ["Slowest routes (95th percentile in ms)", "slowest-routes"],
  ["Queues: seconds that messages wait for their first delivery (95th percentile)", "queue-waits"],
  ["Queues: deliveries, and how long they take in ms", "deliveries"],
  ["Parked messages and why", "parked-messages"],
  ["What the database was asked", "database-calls"],
  ["Pushes to desks", "pushes"],
  ["What WhatsApp did not accept", "provider-refusals"],
];

/** A day, unless whoever looks chooses an hour or a week. */
const PERIODS = [3_600_000, 86_400_000, 604_800_000];

const source = { queryType: 0, resourceType: "microsoft.insights/components" };

/** The queries that the workbook shows, by the names of their files. */
export const WORKBOOK_QUERIES: readonly string[] = TILES.map(([, query]) => query);

/** The workbook's content as Azure takes it: https://github.com/microsoft/Application-Insights-Workbooks (schema/workbook.json). */
export function workbook(): unknown {
  const period = {
    version: "KqlParameterItem/1.0",
    name: "Period",
    type: 4,
    isRequired: true,
    value: { durationMs: PERIODS[1] },
    typeSettings: { selectableValues: PERIODS.map((durationMs) => ({ durationMs })) },
  };
  const parameters = { version: "KqlParameterItem/1.0", parameters: [period], style: "pills", ...source };
  const tiles = TILES.map(([title, name]) => {
    const query = readFileSync(`${QUERIES}/${name}.kql`, "utf8").trimEnd();
    const content = { version: "KqlItem/1.0", title, query, timeContextFromParameter: "Period", ...source };
    return { type: 3, content, name };
  });
  return {
    version: "Notebook/1.0",
    items: [{ type: 9, content: parameters, name: "period" }, ...tiles],
    fallbackResourceIds: [],
    $schema: "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json",
  };
}
