/** Where `@vercel/cosmosdb-server` is not what Cosmos DB is documented to be, and what the tests do about it. */
export interface Departure {
  readonly server: string;
  readonly cosmos: string;
  readonly documented: string;
  /** What the shim in front of it does, so that no check has to be skipped; or the checks that are skipped there. */
  readonly met: "by the shim" | { readonly skipped: readonly string[] };
}

const LEARN = "https://learn.microsoft.com";

export const DEPARTURES: readonly Departure[] = [
  {
    server: "A batch writes its operations one by one and keeps those before the one that fails.",
    cosmos: "A transactional batch is all or nothing.",
    documented: `${LEARN}/azure/cosmos-db/nosql/transactional-batch`,
    met: "by the shim",
  },
  {
    server: "Deletes and replaces in a batch fail, as they take the partition key from the operation, not the request.",
    cosmos: "The partition key of the request is that of all operations.",
    documented: `${LEARN}/azure/cosmos-db/nosql/transactional-batch`,
    met: "by the shim",
  },
  {
    server: "A failed batch is answered with 200.",
    cosmos: "A failed batch is answered with 207, and 424 for each operation that was not to blame.",
    documented: `${LEARN}/rest/api/cosmos-db/http-status-codes-for-cosmosdb`,
    met: "by the shim",
  },
  {
    server: "Only the first path of a hierarchical partition key counts, so that ids collide across partitions.",
    cosmos: "An id is unique within one full partition key of up to three levels.",
    documented: `${LEARN}/azure/cosmos-db/hierarchical-partition-keys`,
    met: "by the shim",
  },
  {
    server: "A query ignores the partition key of the request.",
    cosmos: "A query with a partition key reads that logical partition alone.",
    documented: `${LEARN}/azure/cosmos-db/nosql/how-to-query-container`,
    met: "by the shim",
  },
  {
    server: "There are no query plans.",
    cosmos: "The gateway answers query plan requests, by which the SDK routes a query over several partitions.",
    documented: `${LEARN}/azure/cosmos-db/nosql/query-metrics-performance`,
    met: "by the shim",
  },
  {
    server: "`ttl` means nothing.",
    cosmos: "An item is invisible as soon as its time is over, whether or not it has been removed yet.",
    documented: `${LEARN}/azure/cosmos-db/time-to-live`,
    met: "by the shim",
  },
  {
    server: "The change feed gives everything once and then nothing.",
    cosmos: "The change feed gives the newest version of each item after a continuation, in order per partition key.",
    documented: `${LEARN}/azure/cosmos-db/change-feed`,
    met: "by the shim",
  },
  {
    server: "Etags have no quotes.",
    cosmos: "Etags are HTTP's entity tags, quoted.",
    documented: `${LEARN}/rest/api/cosmos-db/documents`,
    met: "by the shim",
  },
  {
    server: "A composite index serves only its own order.",
    cosmos: "A composite index serves its own order and the exact reverse of it.",
    documented: `${LEARN}/azure/cosmos-db/index-policy#composite-indexes`,
    met: "by the shim",
  },
];
