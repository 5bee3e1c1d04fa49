import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseHostJson } from "../hostConfig.ts";
import { filteredLogger, type LogLine } from "../logger.ts";
import { startContractHost } from "./contractHost.ts";

/**
 * host.json: a value means the same here and on Azure, stands in the table of departures, or stops the start. Sources:
 * https://learn.microsoft.com/azure/azure-functions/functions-host-json and the pages it links for each extension.
 */
const ROOT = join(import.meta.dirname, "../../..");
const decision = readFileSync(join(ROOT, "docs/decisions/004-local-host.md"), "utf8");
const ours: unknown = JSON.parse(readFileSync(join(ROOT, "host.json"), "utf8"));

/** The rows of the table of departures, by their first column. */
const departures = [...decision.matchAll(/^\| `?([^`|]+?)`? +\|/gm)].map(([, name = ""]) => name);

/** What tests of this folder and their neighbours hold to Azure's meaning. */
const SAME = [
  "version",
  "functionTimeout",
  "extensions.http.routePrefix",
  "extensions.serviceBus.autoCompleteMessages",
  "extensions.serviceBus.prefetchCount",
  "extensions.serviceBus.maxConcurrentSessions",
  "extensions.serviceBus.maxConcurrentCallsPerSession",
  "extensions.serviceBus.maxMessageBatchSize",
  "extensions.serviceBus.maxAutoLockRenewalDuration",
  "logging.logLevel",
];

/** Paths of an object's members, down to `depth` names or to what is no object. */
function members(value: unknown, path: readonly string[] = []): string[] {
  const isLeaf = typeof value !== "object" || value === null || path.join(".") === "logging.logLevel";
  if (isLeaf) return [path.join(".")];
  return Object.entries(value).flatMap(([name, inner]) => members(inner, [...path, name]));
}

function read(extra: Readonly<Record<string, unknown>>) {
  return parseHostJson(JSON.stringify({ version: "2.0", ...extra }));
}
const bus = (serviceBus: unknown) => read({ extensions: { serviceBus } });
const http = (options: unknown) => read({ extensions: { http: options } });

describe("the product's host.json", () => {
  it("has no member that neither means the same nor is a known departure", () => {
    const known = (path: string) =>
      SAME.includes(path) || departures.some((name) => path === name || path.startsWith(`${name}.`));
    expect(members(ours).filter((path) => !known(path))).toEqual([]);
  });

  it("names only departures that it can have", () => {
    expect(departures).toContain("extensions.serviceBus.sessionIdleTimeout");
  });
});

describe("host.json", () => {
  it.each([
    ["sessions at once", () => bus({ maxConcurrentSessions: 12 }).maxConcurrentSessions, 12],
    ["a batch's size", () => bus({ maxMessageBatchSize: 12 }).maxMessageBatchSize, 12],
    ["the renewal of locks", () => bus({ maxAutoLockRenewalDuration: "00:01:30" }).maxAutoLockRenewalMs, 90_000],
    ["no prefix", () => http({ routePrefix: "" }).routePrefix, ""],
    ["a prefix in slashes", () => http({ routePrefix: "/a/b/" }).routePrefix, "a/b"],
    ["a time-out", () => read({ functionTimeout: "00:00:01" }).functionTimeoutMs, 1000],
    // https://learn.microsoft.com/azure/azure-functions/functions-scale#timeout: 30 minutes on Flex Consumption
    ["no time-out", () => read({}).functionTimeoutMs, 1_800_000],
    ["a time-out that never comes", () => read({ functionTimeout: "-1" }).functionTimeoutMs, undefined],
  ])("sets %s", (_, value, expected) => expect(value()).toBe(expected));

  it.each([
    ["what is off or at Azure's default anyway", () => http({ maxOutstandingRequests: -1, maxConcurrentRequests: -1 })],
    ["throttles that are off", () => http({ dynamicThrottlesEnabled: false })],
    ["concurrency that is not dynamic", () => read({ concurrency: { dynamicConcurrencyEnabled: false } })],
    ["a wait for batches that nobody waits for", () => bus({ minMessageBatchSize: 1, maxBatchWaitTime: "00:00:30" })],
    ["what concerns Azure's machinery", () => read({ extensionBundle: {}, logging: { applicationInsights: {} } })],
  ])("is read with %s", (_, parse) => expect(parse).not.toThrow());

  it.each([
    ["functionTimeout", () => read({ functionTimeout: "00:00:00.5" })],
    ["functionTimeout", () => read({ functionTimeout: "24:00:00" })],
    ["functionTimeout", () => read({ functionTimeout: 300 })],
    ["maxOutstandingRequests", () => http({ maxOutstandingRequests: 200 })],
    ["maxConcurrentRequests", () => http({ maxConcurrentRequests: 100 })],
    ["dynamicThrottlesEnabled", () => http({ dynamicThrottlesEnabled: true })],
    ["hsts", () => http({ hsts: { isEnabled: true } })],
    ["customHeaders", () => http({ customHeaders: { "X-Content-Type-Options": "nosniff" } })],
    ["prefetchCount", () => bus({ prefetchCount: 10 })],
    ["autoCompleteMessages", () => bus({ autoCompleteMessages: false })],
    ["maxConcurrentCallsPerSession", () => bus({ maxConcurrentCallsPerSession: 2 })],
    ["maxConcurrentCalls", () => bus({ maxConcurrentCalls: 16 })],
    ["minMessageBatchSize", () => bus({ minMessageBatchSize: 2 })],
    ["maxBatchWaitTime", () => bus({ maxBatchWaitTime: "00:02:31" })],
    ["sessionIdleTimeout", () => bus({ sessionIdleTimeout: "a second" })],
    ["clientRetryOptions", () => bus({ clientRetryOptions: { mode: "exponential" } })],
    ["dynamicConcurrencyEnabled", () => read({ concurrency: { dynamicConcurrencyEnabled: true } })],
    ["retry", () => read({ retry: { strategy: "fixedDelay", maxRetryCount: 2, delayInterval: "00:00:03" } })],
    ["functions", () => read({ functions: ["get-health"] })],
    ["queues", () => read({ extensions: { queues: {} } })],
    ["fileLoggingMode", () => read({ logging: { fileLoggingMode: "always" } })],
    ["Function", () => read({ logging: { logLevel: { Function: "loud" } } })],
    ["maxConcurentSessions", () => bus({ maxConcurentSessions: 1 })],
  ])("that says %s as this host cannot have it stops the start, and says so", (member, parse) => {
    expect(parse).toThrow(member);
    expect(parse).toThrow("004-local-host.md");
  });
});

// https://learn.microsoft.com/azure/azure-functions/configure-monitoring#configure-log-levels
describe("logLevel", () => {
  const user = { category: "user", functionName: "queue-inbound", message: "said" } as const;
  const system = { category: "system", message: "done" } as const;

  it.each<[Record<string, LogLine["level"]>, Partial<LogLine>, LogLine["level"], boolean]>([
    [{}, user, "information", true],
    [{}, user, "debug", false],
    [{ default: "warning" }, user, "information", false],
    [{ default: "warning" }, user, "warning", true],
    [{ default: "warning", Function: "debug" }, user, "debug", true],
    [{ Function: "debug", "Function.queue-inbound": "error" }, user, "warning", false],
    [{ "Function.queue-inbound": "error", "Function.queue-inbound.User": "trace" }, user, "trace", true],
    [{ "Function.queue-inbound.User": "none" }, user, "critical", false],
    [{ "function.QUEUE-inbound": "error" }, user, "warning", false],
    [{ "Function.other": "error" }, user, "information", true],
    [{ "Function.queue-inbound.User": "none" }, { ...system, functionName: "queue-inbound" }, "error", true],
    [{ default: "error", Host: "information" }, system, "information", true],
    [{ default: "information", Host: "none" }, system, "critical", false],
  ])("%j on a line of %j at %s", (levels, line, level, written) => {
    const lines: LogLine[] = [];
    const log = filteredLogger((each) => lines.push(each), levels);
    for (const _ of [1, 2]) log({ category: "system", message: "", ...line, level });
    expect(lines).toHaveLength(written ? 2 : 0);
  });
});

// https://learn.microsoft.com/azure/azure-functions/functions-host-json#override-hostjson-values
it.each([
  "AzureFunctionsJobHost__functionTimeout",
  "AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentSessions",
  "AzureWebJobs.get-health.Disabled",
  "AzureWebJobs_get_health_Disabled",
])("stops the start at the setting %s, which the local host would ignore", async (name) => {
  await expect(startContractHost({ settings: { [name]: "1" } })).rejects.toThrow(name);
});
