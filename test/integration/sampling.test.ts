import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleFunctions } from "../../scripts/build.ts";
import { type Ingestion, type Item, startIngestion } from "../harness/ingestion.ts";

/** Inside the repository, though ignored: a bundle's externals are looked for from where it lies. */
const FOLDER_PREFIX = join(import.meta.dirname, "../../node_modules/.sampling-test-");

const standsFor = ({ sampleRate = 100 }: Item) => 100 / sampleRate;
const idOf = ({ data }: Item) => data.baseData.id;

describe("a sample of what happens", () => {
  const folder = mkdtempSync(FOLDER_PREFIX);
  let ingestion: Ingestion;

  beforeAll(async () => {
    ingestion = await startIngestion(folder);
    await bundleFunctions({
      entry: join(import.meta.dirname, "fixtures/sampledApp.ts"),
      outDir: join(folder, "bundle"),
    });
  }, 60_000);
  afterAll(async () => {
    await ingestion.stop();
    rmSync(folder, { recursive: true });
  });

  /** Items by operation, of a run in which so many operations succeed, and six go otherwise. */
  async function run(perSecond: string, successes: number): Promise<ReadonlyMap<string, readonly Item[]>> {
    const before = ingestion.items.length;
    const env = { ...ingestion.env, TRACES_PER_SECOND: perSecond, PATH: process.env.PATH ?? "" };
    await promisify(execFile)(process.execPath, [join(folder, "bundle/main.cjs"), String(successes)], { env });
    const spans = ingestion.items.slice(before).filter(({ data }) => data.baseType !== "MetricData");
    return Map.groupBy(spans, ({ tags }) => tags["ai.operation.id"] ?? "");
  }

  it("of nearly nothing holds each failure whole with what it failed by, and nothing that went well", async () => {
    const operations = await run("0.001", 100);
    const shown = [...operations.values()].map((items) =>
      items.map(({ data }) => `${data.baseType} ${data.baseData.name ?? ""}`.trim()).toSorted(),
    );
    const commit = "RemoteDependencyData documents commit";
    expect(shown.toSorted()).toEqual([
      ["ExceptionData", commit, "RequestData POST /api/test"],
      ["ExceptionData", commit, "RequestData inbound process"],
      ["ExceptionData", commit, "RequestData inbound process"],
    ]);
    for (const items of operations.values()) {
      const [root] = items.filter(({ data }) => data.baseType === "RequestData");
      expect(root?.data.baseData.success).toBe(false);
      for (const item of items) {
        expect(standsFor(item)).toBe(1);
        if (item !== root) expect(item.tags["ai.operation.parentId"]).toBe(root && idOf(root));
      }
    }
    const told = [...operations.values()].flat().filter(({ data }) => data.baseType === "ExceptionData");
    expect(JSON.stringify(told)).toMatch(
      /"typeName":"Crashed","message":"Crashed","hasFullStack":true,"stack":"Crashed\\n {4}at .*start-[\w-]+\.cjs:\d/,
    );
    expect(JSON.stringify(told)).toMatch(/"typeName":"Problem","message":"Problem stale"/);
    expect(JSON.stringify([...operations])).not.toContain("1234567");
  });

  it("of few a second keeps operations whole and says for how many each stands", async () => {
    const operations = [...(await run("20", 300)).values()];
    const failed = operations.filter((items) => items.some(({ data }) => data.baseData.success === false));
    expect(failed.map((items) => items.map(standsFor))).toEqual([
      [1, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ]);
    const rest = operations.filter((items) => !failed.includes(items));
    expect(rest.length).toBeGreaterThan(5);
    expect(rest.length).toBeLessThan(300);
    for (const items of rest) {
      const requests = items.filter(({ data }) => data.baseType === "RequestData");
      expect(requests).toHaveLength(1);
      expect(items.length).toBeGreaterThanOrEqual(2);
      expect(new Set(items.map(standsFor)).size).toBe(1);
      for (const item of items) expect(standsFor(item)).toBeCloseTo(Math.round(standsFor(item)), 6);
    }
    const estimate = rest.reduce((sum, [first]) => sum + (first === undefined ? 0 : standsFor(first)), 0);
    // 603 went well. An estimate from a sample, but far from the number of those that were sent.
    expect(estimate).toBeGreaterThan(300);
    expect(estimate).toBeLessThan(1200);
  });
});
