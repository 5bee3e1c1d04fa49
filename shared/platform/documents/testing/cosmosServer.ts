import { createHttpServer } from "@vercel/cosmosdb-server";
import { z } from "zod";
import { kindOf } from "./faultProxy.ts";
import { type Answer, listen, type Received, send, serve } from "./http.ts";
import { Body, isAlive, json, partitionOf, shown, upstreamAt } from "./shim.ts";
import { answerBatch } from "./shimBatch.ts";
import { answerFeed, answerQuery, answerQueryPlan } from "./shimQuery.ts";

/** A key of the form that the SDK signs with; the server takes any. It opens nothing anywhere. */
export const EMULATOR_KEY = Buffer.from("not a secret: any key opens the test server").toString("base64");

export interface CosmosServer {
  readonly endpoint: string;
  readonly port: number;
  close(): Promise<void>;
}

/** `/dbs/x/colls/y` of a request for documents, and the document's id. */
function placeOf(url: string): { collection: string; id: string } {
  const match = /^\/+(dbs\/[^/]+\/colls\/[^/]+)\/docs\/?([^/?]*)/.exec(url);
  return { collection: `/${match?.[1] ?? ""}`, id: decodeURIComponent(match?.[2] ?? "") };
}

const Composite = z.array(z.object({ path: z.string(), order: z.enum(["ascending", "descending"]) }));
const Policy = z.looseObject({ compositeIndexes: z.array(Composite).default([]) });

/** Containers get one synthetic partition key behind the shim, and each composite index also reversed. */
function withSyntheticKey(request: Received): Received {
  const definition = Body.parse(JSON.parse(request.body));
  const partitionKey = { paths: ["/_pk"], kind: "Hash", version: 2 };
  const policy = Policy.parse(definition.indexingPolicy);
  const reversed = policy.compositeIndexes.map((paths) =>
    paths.map(({ path, order }) => ({ path, order: order === "ascending" ? "descending" : "ascending" })),
  );
  const indexingPolicy = { ...policy, compositeIndexes: [...policy.compositeIndexes, ...reversed] };
  return { ...request, body: JSON.stringify({ ...definition, partitionKey, indexingPolicy }) };
}

/**
 * `@vercel/cosmosdb-server` behind a shim that mends where it departs from Cosmos DB (departures.ts). It speaks plain HTTP,
 * so that no test has to accept a certificate. Any key opens it. Port 0, the default, takes a free one.
 */
export async function startCosmosServer({ port: wanted = 0 }: { readonly port?: number } = {}): Promise<CosmosServer> {
  const server = await listen(createHttpServer());
  const upstream = upstreamAt(server.port);
  let lsn = 0;
  let batches: Promise<unknown> = Promise.resolve();

  async function readDocument(request: Received): Promise<Answer> {
    const { collection, id } = placeOf(request.url);
    const found = await upstream.read(collection, partitionOf(request) ?? "", id);
    if (found === undefined || !isAlive(found)) return json(404, { code: "NotFound", message: "Not found" });
    return json(200, shown(found), { etag: `"${found._etag}"` });
  }

  async function handle(request: Received): Promise<Answer> {
    const { collection } = placeOf(request.url);
    switch (kindOf(request)) {
      case "batch": {
        const run = batches.then(() => answerBatch(upstream, collection, request, () => ++lsn));
        batches = run.catch(() => undefined);
        return run;
      }
      case "query":
        return answerQuery(upstream, collection, request);
      case "feed":
        return answerFeed(upstream, collection, request);
      case "read":
        return readDocument(request);
      default:
        if (request.headers["x-ms-cosmos-is-query-plan-request"] !== undefined) return answerQueryPlan();
        if (request.method === "POST" && /\/colls\/?$/.test(request.url))
          return send(server.port, withSyntheticKey(request));
        return send(server.port, request);
    }
  }

  const { port, close } = await serve(handle, wanted);
  return {
    endpoint: `http://127.0.0.1:${port}/`,
    port,
    async close() {
      await close();
      await server.close();
    },
  };
}
