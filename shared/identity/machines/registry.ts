import { type Caller, userIdOf } from "../../platform/caller.ts";
import {
  type Collection,
  CommitRejected,
  create,
  type Operation,
  remove,
  replace,
  type Stored,
  type TenantStore,
  upsert,
} from "../../platform/documents/port.ts";
import { Problem } from "../../platform/errors.ts";
import type { DomainEvent } from "../../platform/events/event.ts";
import { derivedId, newId } from "../../platform/ids.ts";
import { type Rights, rightsOfUser } from "../people/rights.ts";
import type { MachineDependencies } from "./dependencies.ts";
import { MAX_MACHINES, type Machine, MachineRosters, MachineUses, RevokedMachines } from "./model.ts";

/** Changes of the same machines at the same moment. */
const MAX_RACES = 20;
/** Seconds: 90 days. */
const REVOKED_KEPT_FOR = 90 * 24 * 60 * 60;

/** Whence a change is asked for. */
export interface Origin {
  /** The client's. */
  readonly address: string;
  readonly idempotencyKey: string | undefined;
}

interface Page {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** A machine with its last use. */
export interface Listed<M> extends Stored<M> {
  readonly lastUsedAt: string | null;
}

/** The machines of one kind, as the store keeps them: at most 100 a tenant. */
export class MachineRegistry<M extends Machine> {
  readonly #machines: Collection<M>;
  readonly #idPrefix: string;
  readonly #dependencies: MachineDependencies;

  constructor(machines: Collection<M>, idPrefix: "key" | "cli", dependencies: MachineDependencies) {
    this.#machines = machines;
    this.#idPrefix = idPrefix;
    this.#dependencies = dependencies;
  }

  /** Under an idempotency key the same for every repetition. */
  newId(caller: Caller, { idempotencyKey }: Origin): string {
    if (idempotencyKey === undefined) return newId(this.#idPrefix, this.#dependencies.clock.now());
    return derivedId(this.#idPrefix, caller.tenantId, userIdOf(caller), idempotencyKey);
  }

  /**
   * Throws `too-many-items`, and `conflict` for one that a request under the same idempotency key has made: its secret was told
   * then, and is not known any more.
   */
  async create(caller: Caller, id: string, machine: M, event: DomainEvent): Promise<string> {
    const store = this.#store(caller);
    return this.#racing(async () => {
      const roster = await store.read(MachineRosters, [], this.#machines.kind);
      const ids = roster?.value.ids ?? [];
      if (ids.includes(id)) throw toldOnce();
      if (ids.length >= MAX_MACHINES)
        throw new Problem("too-many-items", {
          detail: `An organisation has at most ${MAX_MACHINES}. Revoke one first.`,
        });
      const operations = [this.#rosterOf(roster, [...ids, id]), create(this.#machines, id, machine)];
      const [, etag = ""] = await this.#commit(store, operations, event);
      return etag;
    });
  }

  /** By id, so the oldest come first. */
  async list(caller: Caller, { limit, cursor }: Page): Promise<{ items: Listed<M>[]; nextCursor: string | null }> {
    const store = this.#store(caller);
    const query = { partition: [], limit, ...(cursor === undefined ? {} : { cursor }) };
    const { items, nextCursor = null } = await store.query(this.#machines, query);
    return { items: await Promise.all(items.map((item) => this.#withUse(store, item))), nextCursor };
  }

  /** What the person may give who asks, by the store and not by their token. Throws `forbidden` for whoever is no person. */
  async rightsOf(caller: Caller): Promise<Rights> {
    const rights = await rightsOfUser(this.#store(caller), userIdOf(caller));
    if (rights === undefined) throw new Problem("unauthenticated");
    if (!rights.permissions.has("users.manage"))
      throw new Problem("forbidden", { detail: 'This needs the permission "users.manage".' });
    return rights;
  }

  /** Throws `not-found`. */
  async get(caller: Caller, id: string): Promise<Listed<M>> {
    const store = this.#store(caller);
    return this.#withUse(store, await this.#read(store, id));
  }

  /** `decide` is asked anew where another change came first. Throws `not-found`, and what `decide` throws. */
  async change(
    caller: Caller,
    id: string,
    decide: (stored: Stored<M>) => { readonly machine: M; readonly event?: DomainEvent },
  ): Promise<Stored<M>> {
    const store = this.#store(caller);
    return this.#racing(async () => {
      const stored = await this.#read(store, id);
      const { machine, event } = decide(stored);
      const [etag = ""] = await this.#commit(store, [replace(this.#machines, id, machine, stored.etag)], event);
      return { ...stored, value: machine, etag };
    });
  }

  /** Throws `not-found`. */
  async revoke(caller: Caller, id: string, event: (machine: M) => DomainEvent): Promise<void> {
    const store = this.#store(caller);
    await this.#racing(async () => {
      const [roster, stored] = await Promise.all([
        store.read(MachineRosters, [], this.#machines.kind),
        this.#read(store, id),
      ]);
      const rest = (roster?.value.ids ?? []).filter((each) => each !== id);
      const hashes = stored.value.secrets.map(({ hash }) => hash);
      const operations = [
        remove(this.#machines, id, stored.etag),
        this.#rosterOf(roster, rest),
        upsert(RevokedMachines, id, { hashes }, { ttl: REVOKED_KEPT_FOR }),
      ];
      await this.#commit(store, operations, event(stored.value));
    });
  }

  #store({ tenantId }: Pick<Caller, "tenantId">): TenantStore {
    return this.#dependencies.documents.forTenant(tenantId);
  }

  async #read(store: TenantStore, id: string): Promise<Stored<M>> {
    const stored = await store.read(this.#machines, [], id);
    if (stored === undefined) throw new Problem("not-found");
    return stored;
  }

  async #withUse(store: TenantStore, stored: Stored<M>): Promise<Listed<M>> {
    const use = await store.read(MachineUses, [], stored.id);
    return { ...stored, lastUsedAt: use?.value.lastUsedAt ?? null };
  }

  #rosterOf(roster: Stored<unknown> | undefined, ids: string[]): Operation {
    const { kind } = this.#machines;
    return roster === undefined
      ? create(MachineRosters, kind, { ids })
      : replace(MachineRosters, kind, { ids }, roster.etag);
  }

  #commit(store: TenantStore, operations: readonly Operation[], event: DomainEvent | undefined) {
    const consequences = event === undefined ? {} : { events: [event] };
    return this.#dependencies.outbox.commit(store, "identity", [], operations, consequences);
  }

  async #racing<T>(work: () => Promise<T>): Promise<T> {
    for (let race = 0; race < MAX_RACES; race++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof CommitRejected)) throw error;
      }
    }
    throw new Problem("unavailable", { retryAfter: 1 });
  }
}

/** The answer to a request that is repeated under its idempotency key. */
export function toldOnce(): Problem {
  return new Problem("conflict", {
    detail: "This request was done already. Its secret was told then and is not kept: rotate it to get another.",
  });
}
