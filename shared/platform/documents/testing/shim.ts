import { z } from "zod";
import { type Answer, type Received, send } from "./http.ts";

/** What the shim adds to each document: its whole partition key as one value, and the number of its last write. */
const Document = z.looseObject({
  id: z.string(),
  _etag: z.string(),
  _ts: z.number(),
  _lsn: z.number(),
  _pk: z.string(),
  ttl: z.number().optional(),
});
export type Document = z.infer<typeof Document>;

const Feed = z.object({ Documents: z.array(Document) });
export const Body = z.record(z.string(), z.unknown());

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { "content-type": "application/json", "x-ms-request-charge": "1", ...headers },
    body: JSON.stringify(body),
  };
}

export function header(request: Received, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The partition key of a request as one string. */
export function partitionOf(request: Received): string | undefined {
  return header(request, "x-ms-documentdb-partitionkey");
}

export function isAlive(document: Document): boolean {
  return document.ttl === undefined || (document._ts + document.ttl) * 1000 > Date.now();
}

/** As Cosmos shows it: without what the shim added, and with an etag in quotes. */
export function shown({ _pk, _lsn, ...document }: Document): Record<string, unknown> {
  return { ...document, _etag: `"${document._etag}"` };
}

/** The server behind the shim, spoken to with single-valued partition keys. */
export interface Upstream {
  read(collection: string, partition: string, id: string): Promise<Document | undefined>;
  write(collection: string, body: Record<string, unknown>): Promise<Document>;
  remove(collection: string, partition: string, id: string): Promise<void>;
  query(collection: string, sql: unknown, headers: Record<string, string>): Promise<[Document[], string | undefined]>;
}

export function upstreamAt(port: number): Upstream {
  const keyed = (partition: string): Record<string, string> => ({
    "x-ms-documentdb-partitionkey": JSON.stringify([partition]),
    "x-ms-documentdb-query-enablecrosspartition": "true",
  });
  const one = (collection: string, id: string): string => `${collection}/docs/${encodeURIComponent(id)}`;
  return {
    async read(collection, partition, id) {
      const answer = await send(port, { method: "GET", url: one(collection, id), headers: keyed(partition), body: "" });
      return answer.status === 200 ? Document.parse(JSON.parse(answer.body)) : undefined;
    },
    async write(collection, body) {
      const headers = { ...keyed(String(body._pk)), "x-ms-documentdb-is-upsert": "true" };
      const url = `${collection}/docs`;
      const answer = await send(port, { method: "POST", url, headers, body: JSON.stringify(body) });
      return Document.parse(JSON.parse(answer.body));
    },
    async remove(collection, partition, id) {
      await send(port, { method: "DELETE", url: one(collection, id), headers: keyed(partition), body: "" });
    },
    async query(collection, sql, headers) {
      const answer = await send(port, {
        method: "POST",
        url: `${collection}/docs`,
        headers: {
          ...headers,
          "content-type": "application/query+json",
          "x-ms-documentdb-isquery": "true",
          "x-ms-documentdb-query-enablecrosspartition": "true",
        },
        body: JSON.stringify(sql),
      });
      if (answer.status !== 200) throw new Error(`The server refused a query: ${answer.body}`);
      const continuation = answer.headers["x-ms-continuation"];
      const next = typeof continuation === "string" ? continuation : undefined;
      return [Feed.parse(JSON.parse(answer.body)).Documents, next];
    },
  };
}
