import type { ContainerName } from "./containers.ts";
import { CommitRejected, type DocumentStore, type Documents, type Operation, type Partition } from "./port.ts";
import {
  costOfCreate,
  costOfDelete,
  costOfFeed,
  costOfQuery,
  costOfRead,
  costOfRefusal,
  costOfReplace,
  indexTerms,
} from "./requestUnits.ts";

/** Names and values of the envelope, and what Cosmos adds to each item (`_rid`, `_self`, `_etag`, `_ts`). */
const ENVELOPE_BYTES = 400;

interface Footprint {
  readonly bytes: number;
  readonly terms: ReadonlyMap<string, string>;
}

function footprintOf(container: ContainerName, kind: string, data: unknown): Footprint {
  const bytes = Buffer.byteLength(JSON.stringify(data) ?? "") + ENVELOPE_BYTES;
  return { bytes, terms: indexTerms(container, kind, data) };
}

function changedTerms(from: Footprint, to: Footprint): number {
  const paths = new Set([...from.terms.keys(), ...to.terms.keys()]);
  return [...paths].filter((path) => from.terms.get(path) !== to.terms.get(path)).length;
}

export interface MeteredDocuments extends Documents {
  /** Modelled request units of everything since the start or the last reset. */
  readonly requestUnits: number;
  reset(): void;
}

/**
 * Adds up what Cosmos would charge for everything that passes, whichever engine is underneath. For budgets in tests: it
 * remembers the size of each document it has seen, because replacing and deleting cost by what stood there before. Of
 * documents it has not seen it takes what stood there to be like the new one, and an upsert to replace.
 */
export function meteredDocuments(documents: Documents): MeteredDocuments {
  let total = 0;
  const known = new Map<string, Footprint>();
  const keyOf = (tenant: string, container: string, partition: Partition, kind: string, id: string): string =>
    JSON.stringify([tenant, container, partition, kind, id]);

  function costOf(container: ContainerName, operation: Operation, before: Footprint | undefined): number {
    if (operation.type === "delete") return costOfDelete(before?.bytes ?? ENVELOPE_BYTES, before?.terms.size ?? 1);
    const after = footprintOf(container, operation.kind, operation.data);
    if (operation.type === "create") return costOfCreate(after.bytes, after.terms.size);
    const changed = before === undefined ? after.terms.size : changedTerms(before, after);
    return costOfReplace(before?.bytes ?? after.bytes, after.bytes, changed);
  }

  function metered(store: DocumentStore, tenant: string): DocumentStore {
    return {
      async read(from, partition, id) {
        const found = await store.read(from, partition, id);
        if (found === undefined) {
          total += costOfRead(0);
          return undefined;
        }
        const footprint = footprintOf(from.container, from.kind, found.value);
        known.set(keyOf(tenant, from.container, partition, from.kind, id), footprint);
        total += costOfRead(footprint.bytes);
        return found;
      },
      async query(from, query) {
        const page = await store.query(from, query);
        const footprints = page.items.map(({ id, partition, value }) => {
          const footprint = footprintOf(from.container, from.kind, value);
          known.set(keyOf(tenant, from.container, partition, from.kind, id), footprint);
          return footprint;
        });
        // One document more is loaded to know whether there is a next page.
        const extra = page.nextCursor === undefined ? [] : [footprints.at(-1)?.bytes ?? 0];
        total += costOfQuery([...footprints.map(({ bytes }) => bytes), ...extra]);
        return page;
      },
      async commit(container, partition, operations) {
        const keys = operations.map(({ kind, id }) => keyOf(tenant, container, partition, kind, id));
        const costs = operations.map((operation, index) => costOf(container, operation, known.get(keys[index] ?? "")));
        const sum = (some: readonly number[]) => some.reduce((all, cost) => all + cost, 0);
        try {
          const etags = await store.commit(container, partition, operations);
          total += sum(costs);
          for (const [index, operation] of operations.entries()) {
            const key = keys[index] ?? "";
            if (operation.type === "delete") known.delete(key);
            else known.set(key, footprintOf(container, operation.kind, operation.data));
          }
          return etags;
        } catch (error) {
          // What a batch did before the operation that was refused is charged, though it is undone.
          if (error instanceof CommitRejected) total += sum(costs.slice(0, error.index)) + costOfRefusal();
          throw error;
        }
      },
    };
  }

  return {
    forTenant: (tenantId) => ({ tenantId, ...metered(documents.forTenant(tenantId), tenantId) }),
    directory: () => metered(documents.directory(), ""),
    async sweep(container, kind, olderThan, limit) {
      const found = await documents.sweep(container, kind, olderThan, limit);
      total += costOfQuery(found.map((each) => footprintOf(container, each.kind, each.data).bytes));
      return found;
    },
    async changes(container, after, limit) {
      const page = await documents.changes(container, after, limit);
      total += costOfFeed(page.items.map((each) => footprintOf(container, each.kind, each.data).bytes));
      return page;
    },
    ping: () => documents.ping(),
    close: () => documents.close(),
    get requestUnits() {
      return total;
    },
    reset() {
      total = 0;
    },
  };
}
