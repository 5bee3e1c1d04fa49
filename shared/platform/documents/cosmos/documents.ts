import type { Clock } from "../../clock.ts";
import { DeadlineExceeded, inTime } from "../../deadlines.ts";
import { Problem } from "../../errors.ts";
import { CONTAINER_NAMES, CONTAINERS, type Container, type ContainerName } from "../containers.ts";
import { checkCommit, checkId, checkPartition, partitionLevels, storedId } from "../limits.ts";
import { checkLimit, cursorAfter, type Plan, planQuery } from "../plan.ts";
import type { Change, Collection, DocumentStore, Documents, Stored } from "../port.ts";
import { checkContainer, parseStored } from "../stored.ts";
import { readChanges } from "./changes.ts";
import { type CosmosConnection, type CosmosConnectionOptions, connectCosmos } from "./client.ts";
import { commitToCosmos } from "./commit.ts";
import { changeOf, type Envelope, parseEnvelope, partitionKeyOf } from "./envelope.ts";
import { indexingPolicy } from "./indexingPolicy.ts";
import { type Asked, readEnvelope } from "./read.ts";
import { faultOf, retryingRead, unavailable } from "./retry.ts";
import { pageQuery, sweepQuery } from "./sql.ts";

export interface CosmosDocumentsOptions extends CosmosConnectionOptions {
  readonly clock: Clock;
  /** Makes database and containers on first use where they are missing, as `ensureContainers` does. Default false. */
  readonly createContainers?: boolean;
}

export interface CosmosDocuments extends Documents {
  /** Creates database and containers as declared. For tests and emulators: on Azure bicep does it. */
  ensureContainers(): Promise<void>;
}

interface Engine {
  readonly clock: Clock;
  /** Works on a container until the deadline; throws `unavailable` beyond it, when a write may have happened all the same. */
  readonly ask: <T>(
    outside: "documents" | "sweep",
    name: ContainerName,
    work: (asked: Asked) => Promise<T>,
  ) => Promise<T>;
}

function storedOf<T>(from: Collection<T>, envelope: Envelope): Stored<T> {
  const { id, partition, data, etag } = changeOf(from.container, envelope);
  return { id, partition, value: parseStored(from, data), etag };
}

type SqlQuery = ReturnType<typeof pageQuery>;

/**
 * Runs a query to its end or until `limit` documents have come. Cosmos may give pages that are short or empty though there
 * is more, so that only `hasMoreResults` says when it is over.
 */
async function fetchUpTo(
  { clock, source, signal }: Asked,
  query: SqlQuery,
  limit: number,
  partitionKey: string | string[] | undefined,
): Promise<readonly Envelope[]> {
  return retryingRead(clock, async () => {
    const iterator = source.items.query(query, {
      abortSignal: signal,
      maxItemCount: limit,
      // Without a full key the query plan routes it to the partitions that the prefix can be in.
      ...(partitionKey === undefined ? { forceQueryPlan: true } : { partitionKey }),
    });
    const found: Envelope[] = [];
    while (found.length < limit && iterator.hasMoreResults()) {
      const { resources } = await iterator.fetchNext();
      for (const resource of resources ?? []) found.push(parseEnvelope(resource));
    }
    return found.slice(0, limit);
  });
}

function keyOfPlan(plan: Plan, tenantId: string): string | string[] | undefined {
  if (plan.partition.length < partitionLevels(plan.container)) return undefined;
  return partitionKeyOf(plan.container, tenantId, plan.partition, plan.kind);
}

function storeOf(engine: Engine, tenantId: string): DocumentStore {
  return {
    async read(from, partition, id) {
      checkContainer(tenantId, from.container);
      checkPartition(from.container, partition, "full");
      checkId(from.kind, id);
      const key = partitionKeyOf(from.container, tenantId, partition, from.kind);
      const envelope = await engine.ask("documents", from.container, (asked) =>
        readEnvelope(asked, storedId(from.kind, id), key),
      );
      return envelope === undefined ? undefined : storedOf(from, envelope);
    },
    async query(from, query) {
      checkContainer(tenantId, from.container);
      const plan = planQuery(tenantId, from, query);
      const found = await engine.ask("documents", from.container, (asked) =>
        fetchUpTo(asked, pageQuery(plan, tenantId), plan.limit + 1, keyOfPlan(plan, tenantId)),
      );
      const page = found.slice(0, plan.limit);
      const items = page.map((envelope) => storedOf(from, envelope));
      const last = items.at(-1);
      if (found.length <= plan.limit || last === undefined) return { items };
      return { items, nextCursor: cursorAfter(plan, last, page.at(-1)?.data) };
    },
    async commit(container, partition, operations) {
      checkContainer(tenantId, container);
      const checked = checkCommit(container, partition, operations);
      return engine.ask("documents", container, (asked) =>
        commitToCosmos(asked, { container, tenantId, partition, operations: checked }),
      );
    },
  };
}

async function ensureContainer(database: CosmosConnection["database"], name: ContainerName): Promise<void> {
  const declared: Container = CONTAINERS[name];
  const { PartitionKeyDefinitionVersion, PartitionKeyKind } = await import("@azure/cosmos");
  const { includedPaths, excludedPaths, compositeIndexes } = indexingPolicy(declared);
  const composites = compositeIndexes.map((paths) => paths.map((path) => ({ ...path })));
  await database.containers.createIfNotExists({
    id: name,
    partitionKey: {
      paths: [...declared.partitionKey],
      version: PartitionKeyDefinitionVersion.V2,
      kind: declared.partitionKey.length > 1 ? PartitionKeyKind.MultiHash : PartitionKeyKind.Hash,
    },
    // -1: documents live for ever, save those with a `ttl` of their own.
    ...(declared.timeToLive ? { defaultTtl: -1 } : {}),
    indexingPolicy: {
      indexingMode: "consistent",
      automatic: true,
      includedPaths: [...includedPaths],
      excludedPaths: [...excludedPaths],
      ...(composites.length === 0 ? {} : { compositeIndexes: composites }),
    },
  });
}

/** The SDK looks first and then creates: 409 says that another was faster. */
async function orExisting(creating: Promise<unknown>): Promise<void> {
  await creating.catch((error: unknown) => {
    if (faultOf(error).status !== 409) throw error;
  });
}

async function ensureAll({ client, database }: CosmosConnection): Promise<void> {
  await orExisting(client.databases.createIfNotExists({ id: database.id }));
  for (const name of CONTAINER_NAMES) await orExisting(ensureContainer(database, name));
}

/** Documents in Cosmos DB. Nothing is connected, and the SDK is not loaded, before the first use. */
export function openCosmosDocuments(options: CosmosDocumentsOptions): CosmosDocuments {
  const { clock } = options;
  let connecting: Promise<CosmosConnection> | undefined;
  let closed = false;
  const open = async (): Promise<CosmosConnection> => {
    const connection = await connectCosmos(options);
    if (options.createContainers === true) await retryingRead(clock, () => ensureAll(connection));
    return connection;
  };
  const connect = async (): Promise<CosmosConnection> => {
    if (closed) throw new Problem("unavailable", { cause: new Error("The documents are closed") });
    connecting ??= open();
    try {
      return await connecting;
    } catch (error) {
      connecting = undefined;
      throw error;
    }
  };
  const engine: Engine = {
    clock,
    ask: async (outside, name, work) => {
      try {
        return await inTime(outside, async (signal) => {
          const { database } = await connect();
          return work({ clock, source: database.container(name), signal });
        });
      } catch (error) {
        throw error instanceof DeadlineExceeded ? unavailable(error) : error;
      }
    },
  };

  return {
    forTenant: (tenantId) => ({ tenantId, ...storeOf(engine, tenantId) }),
    directory: () => storeOf(engine, ""),
    async sweep(container, kind, olderThan, limit): Promise<readonly Change[]> {
      checkLimit(limit);
      const found = await engine.ask("sweep", container, (asked) =>
        fetchUpTo(asked, sweepQuery(kind, olderThan, limit), limit, undefined),
      );
      return found.map((envelope) => changeOf(container, envelope));
    },
    async changes(container, after, limit) {
      checkLimit(limit);
      const { envelopes, cursor } = await engine.ask("sweep", container, ({ source }) =>
        readChanges(clock, source, after, limit),
      );
      const now = clock.now().getTime();
      const alive = envelopes.filter(({ ttl, _ts }) => ttl === undefined || (_ts + ttl) * 1000 > now);
      return { items: alive.map((envelope) => changeOf(container, envelope)), cursor };
    },
    async ping() {
      const { database } = await connect();
      await retryingRead(clock, () => database.read());
    },
    async close() {
      closed = true;
      const connection = await connecting?.catch(() => undefined);
      connection?.client.dispose();
    },
    async ensureContainers() {
      await ensureAll(await connect());
    },
  };
}
