import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../clock.ts";
import { meteredDocuments } from "./meteredDocuments.ts";
import { create, remove, replace, upsert } from "./port.ts";
import {
  costOfCreate,
  costOfDelete,
  costOfFeed,
  costOfQuery,
  costOfRead,
  costOfReplace,
  indexTerms,
} from "./requestUnits.ts";
import { openSqliteDocuments } from "./sqlite/documents.ts";
import { Message, Setting, tenant } from "./testing/subject.ts";

const KB = 1024;

describe("the model of request units", () => {
  it.each([
    [1, 1, 4.95],
    [16, 1.67, 9.52],
    [2048, 291.8, 1250],
  ])("gives the documented figures for %i KB", (size, read, write) => {
    expect(costOfRead(size * KB)).toBeCloseTo(read);
    expect(costOfCreate(size * KB, 0)).toBeCloseTo(write);
  });

  it("gives the documented examples of create, replace and delete, but for rounding 4.95 to 5", () => {
    expect(costOfCreate(KB, 10)).toBeCloseTo(7 - 0.05);
    expect(costOfDelete(KB, 10)).toBeCloseTo(7 - 0.05);
    expect(costOfReplace(KB, KB, 2)).toBeCloseTo(10.8 - 0.1);
  });

  it("is not below the documented examples of queries and feeds", () => {
    expect(costOfQuery([9_963])).toBeGreaterThan(3.19);
    expect(costOfQuery(Array.from({ length: 1000 }, () => KB))).toBeCloseTo(1002.3);
    expect(costOfFeed([KB, KB, KB, KB, KB])).toBeCloseTo(5);
    expect(costOfFeed([])).toBe(1);
  });

  it("grows with size, and costs nothing less below 1 KB", () => {
    expect(costOfRead(0)).toBe(1);
    expect(costOfRead(3 * KB)).toBeCloseTo(1.09);
    expect(() => costOfRead(3 * KB * KB)).toThrow(RangeError);
  });

  it("counts a term for each indexed path that a document has, and each composite index", () => {
    const plain = indexTerms("conversations", "note", { text: "x" });
    const full = indexTerms("conversations", "conversation", {
      status: "open",
      lastMessageAt: "t",
      text: "x",
      position: [],
    });
    // kind, tenant, and the composite of id and conversation.
    expect(plain.size).toBe(3);
    expect(full.size).toBe(3 + 2 * 2);
    expect(indexTerms("tenants", "slug", {}).size).toBe(1);
  });
});

describe("metered documents", () => {
  const documents = meteredDocuments(openSqliteDocuments({ file: ":memory:", clock: systemClock }));
  afterAll(() => documents.close());
  beforeEach(() => documents.reset());

  async function costOf(work: () => Promise<unknown>): Promise<number> {
    documents.reset();
    await work().catch(() => undefined);
    return documents.requestUnits;
  }

  it("charges reads, and what is not there as a read", async () => {
    const store = documents.forTenant(tenant("metered"));
    await store.commit("configuration", [], [create(Setting, "a", {})]);
    expect(await costOf(() => store.read(Setting, [], "a"))).toBe(1);
    expect(await costOf(() => store.read(Setting, [], "b"))).toBe(1);
    expect(await costOf(() => store.query(Setting, { partition: [] }))).toBeCloseTo(3.3);
  });

  it("charges writes by what they are", async () => {
    const store = documents.forTenant(tenant("metered"));
    const commit = (...operations: Parameters<typeof store.commit>[2]) => store.commit("configuration", [], operations);
    expect(await costOf(() => commit(create(Setting, "a", { revision: 1 })))).toBeCloseTo(4.95 + 3 * 0.2);
    const etag = (await store.read(Setting, [], "a"))?.etag ?? "";
    expect(await costOf(() => commit(replace(Setting, "a", { revision: 1, x: 1 }, etag)))).toBeCloseTo(9.9);
    expect(await costOf(() => commit(upsert(Setting, "a", { revision: 2 })))).toBeCloseTo(9.9 + 2 * 0.4);
    expect(await costOf(() => commit(remove(Setting, "a")))).toBeCloseTo(4.95 + 3 * 0.2);
  });

  it("charges little for a duplicate whose first operation meets what is there", async () => {
    const store = documents.forTenant(tenant("metered"));
    const commit = () =>
      store.commit("conversations", ["c"], [create(Message, "wamid", {}), upsert(Message, "state", {})]);
    await commit();
    expect(await costOf(commit)).toBeLessThan(3);
  });

  it("passes through what it meters", async () => {
    const store = documents.forTenant(tenant("metered"));
    await store.commit("conversations", ["c"], [create(Message, "a", { n: 1 })]);
    expect(await store.read(Message, ["c"], "a")).toMatchObject({ id: "a", value: { n: 1 } });
    expect((await documents.changes("conversations", undefined, 1000)).items.length).toBeGreaterThan(0);
    expect(await documents.sweep("conversations", "message", new Date(0), 10)).toEqual([]);
    const directory = documents.directory();
    expect(await directory.query(Message, { partition: [] }).catch(() => "refused")).toBe("refused");
  });
});
