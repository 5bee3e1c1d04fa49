import { z } from "zod";
import type { Answer, Received } from "./http.ts";
import { header, isAlive, json, partitionOf, shown, type Upstream } from "./shim.ts";

const Sql = z.object({
  query: z.string(),
  parameters: z.array(z.object({ name: z.string(), value: z.unknown() })).default([]),
});

/** Continuation of the empty page with which every query begins here, as Cosmos may answer at any time. */
const AFTER_EMPTY = "after-empty-page";

/** Our own queries have one WHERE, behind which the partition and the time to live are added. */
export async function answerQuery(upstream: Upstream, collection: string, request: Received): Promise<Answer> {
  const continuation = header(request, "x-ms-continuation");
  if (continuation === undefined) return json(200, { Documents: [], _count: 0 }, { "x-ms-continuation": AFTER_EMPTY });
  const sql = Sql.parse(JSON.parse(request.body));
  const partition = partitionOf(request);
  const where = [
    "(NOT IS_DEFINED(c.ttl) OR c._ts + c.ttl > @shimNow)",
    ...(partition === undefined ? [] : ["c._pk = @shimPartition"]),
  ];
  const translated = {
    query: sql.query.replace(" WHERE ", ` WHERE ${where.join(" AND ")} AND `),
    parameters: [
      ...sql.parameters,
      { name: "@shimNow", value: Date.now() / 1000 },
      { name: "@shimPartition", value: partition },
    ],
  };
  const pageSize = header(request, "x-ms-max-item-count");
  const [documents, next] = await upstream.query(collection, translated, {
    ...(continuation === AFTER_EMPTY ? {} : { "x-ms-continuation": continuation }),
    ...(pageSize === undefined ? {} : { "x-ms-max-item-count": pageSize }),
  });
  const body = { Documents: documents.map(shown), _count: documents.length };
  return json(200, body, next === undefined ? {} : { "x-ms-continuation": next });
}

/** There is one physical partition here, so that the server's own order is already that of the whole. */
export function answerQueryPlan(): Answer {
  return json(200, {
    partitionedQueryExecutionInfoVersion: 2,
    queryInfo: {
      distinctType: "None",
      top: null,
      offset: null,
      limit: null,
      orderBy: [],
      orderByExpressions: [],
      groupByExpressions: [],
      groupByAliases: [],
      aggregates: [],
      groupByAliasToAggregateType: {},
      rewrittenQuery: "",
      hasSelectValue: false,
      hasNonStreamingOrderBy: false,
    },
    queryRanges: [{ min: "", max: "FF", isMinInclusive: true, isMaxInclusive: false }],
  });
}

/** The change feed: what was written after the number in `If-None-Match`. */
export async function answerFeed(upstream: Upstream, collection: string, request: Received): Promise<Answer> {
  const after = Number((header(request, "if-none-match") ?? "0").replaceAll('"', ""));
  const limit = Number(header(request, "x-ms-max-item-count") ?? "100");
  const sql = {
    query: `SELECT TOP ${limit} * FROM c WHERE c._lsn > @after ORDER BY c._lsn ASC`,
    parameters: [{ name: "@after", value: after }],
  };
  const [documents] = await upstream.query(collection, sql, {});
  const etag = `"${documents.at(-1)?._lsn ?? after}"`;
  if (documents.length === 0) return { status: 304, headers: { etag }, body: "" };
  const alive = documents.filter(isAlive).map(shown);
  return json(200, { Documents: alive, _count: alive.length }, { etag });
}
