import { createHttpServer } from "@vercel/cosmosdb-server";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { DEPARTURES } from "./departures.ts";
import { type Answer, type Listening, listen, send } from "./http.ts";

/** The server without the shim: each departure is shown, so that the shim loses what the server one day learns. */
let server: Listening;
const DOCS = "/dbs/d/colls/c/docs";
const CROSS = { "x-ms-documentdb-query-enablecrosspartition": "true" };

const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  send(server.port, { method: "POST", url, headers, body: JSON.stringify(body) });
const batch = (key: readonly string[], operations: readonly unknown[]): Promise<Answer> =>
  post(DOCS, operations, {
    "x-ms-cosmos-is-batch-request": "true",
    "x-ms-cosmos-batch-atomic": "true",
    "x-ms-documentdb-partitionkey": JSON.stringify(key),
  });
const createOf = (id: string, more: object = {}) => ({
  operationType: "Create",
  resourceBody: { id, t: "t", s: "1", ...more },
});
const query = (text: string, headers: Record<string, string> = {}): Promise<Answer> =>
  post(DOCS, { query: text }, { ...CROSS, "x-ms-documentdb-isquery": "true", ...headers });
const idsOf = (answer: Answer): string[] => [...answer.body.matchAll(/"id":"([^"]+)"/g)].map(([, id]) => id ?? "");

beforeAll(async () => {
  server = await listen(createHttpServer());
  await post("/dbs", { id: "d" });
  const composite = [
    { path: "/t", order: "ascending" },
    { path: "/id", order: "ascending" },
  ];
  await post("/dbs/d/colls", {
    id: "c",
    partitionKey: { paths: ["/t", "/s"], kind: "MultiHash", version: 2 },
    indexingPolicy: { compositeIndexes: [composite] },
    defaultTtl: -1,
  });
});
afterAll(() => server.close());

const SHOWN: readonly (() => Promise<void>)[] = [
  async function keepsTheFirstHalf() {
    await batch(["t", "1"], [createOf("first"), createOf("first"), createOf("third")]);
    const ids = idsOf(await query("SELECT c.id FROM c"));
    expect(ids).toContain("first");
    expect(ids).not.toContain("third");
  },
  async function cannotDeleteInABatch() {
    const answer = await batch(["t", "1"], [{ operationType: "Delete", id: "first" }]);
    expect(answer.status).toBe(500);
  },
  async function answersAFailedBatchWith200() {
    expect((await batch(["t", "1"], [createOf("first")])).status).toBe(200);
  },
  async function mixesUpPartitions() {
    const answer = await batch(["t", "2"], [createOf("first", { s: "2" })]);
    expect(answer.body).toContain("409");
  },
  async function queriesAllPartitions() {
    const key = { "x-ms-documentdb-partitionkey": JSON.stringify(["other", "x"]) };
    expect(idsOf(await query("SELECT c.id FROM c", key))).toContain("first");
  },
  async function hasNoQueryPlans() {
    const answer = await query("SELECT c.id FROM c", { "x-ms-cosmos-is-query-plan-request": "True" });
    expect(answer.body).not.toContain("queryRanges");
  },
  async function ignoresTimeToLive() {
    await batch(["t", "1"], [createOf("expiring", { ttl: 1 })]);
    // The server lives in this process and goes by its date.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 10_000 });
    expect(idsOf(await query("SELECT c.id FROM c"))).toContain("expiring");
    vi.useRealTimers();
  },
  async function feedsOnce() {
    const feed = { "a-im": "Incremental Feed", "if-none-match": '"1"' };
    await batch(["t", "1"], [createOf("fed")]);
    const answer = await send(server.port, { method: "GET", url: DOCS, headers: feed, body: "" });
    expect(answer.status).toBe(304);
  },
  async function hasPlainEtags() {
    const answer = await batch(["t", "1"], [createOf("tagged")]);
    expect(answer.body).toMatch(/"eTag":"[0-9a-f-]{36}"/);
  },
  async function doesNotReverseAnIndex() {
    expect((await query("SELECT * FROM c ORDER BY c.t ASC, c.id ASC")).status).toBe(200);
    expect((await query("SELECT * FROM c ORDER BY c.t DESC, c.id DESC")).status).toBe(400);
  },
];

describe("the test server departs from Cosmos DB", () => {
  it("in as many ways as are listed", () => expect(SHOWN).toHaveLength(DEPARTURES.length));
  it.each(DEPARTURES.map((departure, index) => [departure.server, index] as const))("%s", async (_server, index) => {
    await SHOWN[index]?.();
  });
});
