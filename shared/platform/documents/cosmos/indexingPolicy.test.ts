import { describe, expect, it } from "vitest";
import { CONTAINERS } from "../containers.ts";
import { indexingPolicy } from "./indexingPolicy.ts";

describe("indexing policy", () => {
  it("includes only kind where nothing is declared", () => {
    expect(indexingPolicy(CONTAINERS.tenants)).toEqual({
      indexingMode: "consistent",
      automatic: true,
      includedPaths: [{ path: "/kind/?" }],
      excludedPaths: [{ path: "/*" }],
      compositeIndexes: [],
    });
  });

  it("has the tenant, each declared path, and what orders over a hierarchical key need", () => {
    const { includedPaths, compositeIndexes } = indexingPolicy({
      partitionKey: ["/tenantId", "/contactId"],
      indexed: ["/name", "/owner/id"],
      timeToLive: false,
      swept: [],
    });
    expect(includedPaths.map(({ path }) => path)).toEqual([
      "/kind/?",
      "/tenantId/?",
      "/data/name/?",
      "/data/owner/id/?",
    ]);
    expect(compositeIndexes.map((paths) => paths.map(({ path }) => path))).toEqual([
      ["/data/name", "/id", "/contactId"],
      ["/data/owner/id", "/id", "/contactId"],
      ["/id", "/contactId"],
    ]);
  });

  it("orders by path and id within a single partition level", () => {
    const { compositeIndexes } = indexingPolicy(CONTAINERS.identity);
    expect(compositeIndexes).toEqual([
      [
        { path: "/data/userId", order: "ascending" },
        { path: "/id", order: "ascending" },
      ],
    ]);
  });
});
