import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleFunctions } from "../../scripts/build.ts";
import { type Ingestion, startIngestion } from "../harness/ingestion.ts";

/** Inside the repository, though ignored: a bundle's externals are looked for from where it lies. */
const FOLDER_PREFIX = join(import.meta.dirname, "../../node_modules/.telemetry-test-");

describe("a bundle with Application Insights", () => {
  let folder = "";
  let ingestion: Ingestion;
  let output = "";

  beforeAll(async () => {
    folder = mkdtempSync(FOLDER_PREFIX);
    ingestion = await startIngestion(folder);
    const outDir = join(folder, "bundle");
    await bundleFunctions({ entry: join(import.meta.dirname, "fixtures/tracedApp.ts"), outDir });
    const env = { ...ingestion.env, PATH: process.env.PATH ?? "" };
    const run = await promisify(execFile)(process.execPath, [join(outDir, "main.cjs"), folder], { env });
    output = run.stdout;
  }, 60_000);
  afterAll(async () => {
    await ingestion.stop();
    rmSync(folder, { recursive: true });
  });

  it("shows the request, its queue message and its document commit as one operation", () => {
    const spanning = [...ingestion.operations().values()].filter((names) => names.includes("documents commit"));
    expect(spanning).toHaveLength(1);
    expect(spanning[0]?.toSorted()).toEqual([
      "POST /api/webhooks/test",
      "documents commit",
      "inbound process",
      "queue send",
    ]);
  });

  it("links each span to the one that caused it", () => {
    const find = (name: string) => {
      const item = ingestion.items.find(({ data }) => data.baseData.name === name);
      return { id: item?.data.baseData.id, parent: item?.tags["ai.operation.parentId"], type: item?.data.baseType };
    };
    const [request, send] = [find("POST /api/webhooks/test"), find("queue send")];
    const [process, commit] = [find("inbound process"), find("documents commit")];
    expect([request, send, process, commit].map(({ type }) => type)).toEqual([
      "RequestData",
      "RemoteDependencyData",
      "RequestData",
      "RemoteDependencyData",
    ]);
    expect(send.parent).toBe(request.id);
    expect(process.parent).toBe(send.id);
    expect(commit.parent).toBe(process.id);
  });

  it("says which app it is", () => {
    const roles = new Set(ingestion.items.map(({ tags }) => tags["ai.cloud.role"]));
    expect(roles).toEqual(new Set(["cordboard-test"]));
  });

  it("logs under the same operation", () => {
    const lines = output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const stored = lines.find(({ message }) => message === "note stored");
    expect(ingestion.operations().has(stored.traceId)).toBe(true);
  });

  it("sends nothing that a person wrote", () => {
    expect(ingestion.items.length).toBeGreaterThan(3);
    expect(JSON.stringify(ingestion.items)).not.toMatch(/1234567/);
    expect(output).not.toMatch(/1234567/);
  });
});
