import type { Container } from "../containers.ts";

/** The part of Cosmos's indexing policy that is used here, in the shape of its REST API and of bicep. */
export interface IndexingPolicy {
  readonly indexingMode: "consistent";
  readonly automatic: true;
  readonly includedPaths: readonly { readonly path: string }[];
  readonly excludedPaths: readonly { readonly path: string }[];
  readonly compositeIndexes: readonly (readonly { readonly path: string; readonly order: "ascending" }[])[];
}

const ascending = (path: string) => ({ path, order: "ascending" }) as const;

/**
 * The indexing policy of a container; bicep is tested against it.
 * Everything is excluded but what queries filter by: `kind`, the tenant where queries name it as a prefix (Cosmos does not
 * index a partition key by itself, unless it is `/id`), and the declared paths. `id` and `_ts` are always indexed.
 * An ORDER BY of several properties needs a composite index of exactly these, which also serves the whole order reversed.
 * Source: learn.microsoft.com/azure/cosmos-db/index-policy.
 */
export function indexingPolicy(container: Container): IndexingPolicy {
  const second = container.partitionKey[1];
  const ties = second === undefined ? ["/id"] : ["/id", second];
  const data = container.indexed.map((path) => `/data${path}`);
  const composites = data.map((path) => [path, ...ties]);
  // Lists over several partitions in id order; within one, an id is unique and its own index serves.
  if (second !== undefined) composites.push(ties);
  const tenant = second === undefined ? [] : container.partitionKey.slice(0, 1);
  return {
    indexingMode: "consistent",
    automatic: true,
    includedPaths: ["/kind", ...tenant, ...data].map((path) => ({ path: `${path}/?` })),
    excludedPaths: [{ path: "/*" }],
    compositeIndexes: composites.map((paths) => paths.map(ascending)),
  };
}
