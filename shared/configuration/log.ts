import { z } from "zod";
import type { Caller } from "../platform/caller.ts";
import type { Clock } from "../platform/clock.ts";
import {
  CommitRejected,
  collection,
  create,
  type Documents,
  type Operation,
  remove,
  replace,
  type Stored,
  type TenantStore,
} from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import { newEvent } from "../platform/events/newEvent.ts";
import type { TenantId } from "../platform/ids.ts";
import type { Consequences, Outbox } from "../platform/outbox/outbox.ts";
import { Change, type Edit, type Identified, type Item, type LoggedKind, type Standing } from "./model.ts";
import { actionOf, changedBy, changeId } from "./rules.ts";

const Heads = collection("configuration", "head", z.object({ revision: z.int() }));
const Changes = collection("configuration", "change", Change);
const HEAD = "head";

/** Every write of a tenant races for the same head; each round one of them wins. */
const MAX_ATTEMPTS = 40;
/** How soon a waiting listener hears of another instance's change, in ms. */
const POLL_EVERY = 1000;

interface LogDependencies {
  readonly documents: Documents;
  readonly outbox: Outbox;
  readonly clock: Clock;
}

interface Committed<V> {
  readonly before: V | undefined;
  /** Undefined after a deletion. */
  readonly item: Identified<V> | undefined;
  /** Undefined where nothing changed. */
  readonly change: Change | undefined;
}

interface ChangesPage {
  readonly items: readonly Change[];
  /** What to ask for next as `after`. */
  readonly revision: number;
}

/**
 * A tenant's configuration as a log (decision 7): item, numbered change, head and events commit as one batch. Because every
 * write replaces the head that it read first, all writes of a tenant are serial: what a decision reads between holds.
 */
export class ConfigurationLog {
  readonly #dependencies: LogDependencies;
  readonly #waiting = new Map<TenantId, Set<() => void>>();

  constructor(dependencies: LogDependencies) {
    this.#dependencies = dependencies;
  }

  async read<V>(kind: LoggedKind<V>, tenantId: TenantId, id: string): Promise<Identified<V> | undefined> {
    const stored = await this.#store(tenantId).read(kind.items, [], id);
    return stored === undefined ? undefined : identified(stored);
  }

  /** By id, ascending. */
  async list<V>(kind: LoggedKind<V>, tenantId: TenantId, page: { limit: number; cursor?: string | undefined }) {
    const { limit, cursor } = page;
    const { items, nextCursor } = await this.#store(tenantId).query(kind.items, {
      partition: [],
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    });
    return { items: items.map(identified), nextCursor };
  }

  /**
   * Writes what `decide` makes of what stands; nothing when that changes nothing. `decide` runs again when another change
   * came first. Throws what `decide` throws, and `unavailable` when 40 others came first.
   */
  async write<V>(
    kind: LoggedKind<V>,
    caller: Caller,
    id: string,
    decide: (standing: Standing<V>, current: Item<V> | undefined) => Promise<Edit<V>>,
  ): Promise<Committed<V>> {
    const store = this.#store(caller.tenantId);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const head = await store.read(Heads, [], HEAD);
      const stored = await store.read(kind.items, [], id);
      const before = stored?.value.value;
      const revision = (head?.value.revision ?? 0) + 1;
      const edit = await decide({ store, current: before, revision }, stored?.value);
      const prepared = this.#prepare(kind, caller, id, stored, edit, revision);
      if (prepared === undefined)
        return { before, item: stored === undefined ? undefined : identified(stored), change: undefined };
      const next = { revision };
      const operations = [
        ...prepared.operations,
        head === undefined ? create(Heads, HEAD, next) : replace(Heads, HEAD, next, head.etag),
      ];
      try {
        await this.#dependencies.outbox.commit(store, "configuration", [], operations, prepared.consequences);
      } catch (error) {
        if (error instanceof CommitRejected) continue;
        throw error;
      }
      this.#wake(caller.tenantId);
      return { before, item: prepared.item, change: prepared.change };
    }
    throw new Problem("unavailable", { detail: "Too many changes at once. Nothing was changed.", retryAfter: 1 });
  }

  /** The change that made this revision, or undefined. */
  async change(tenantId: TenantId, revision: number): Promise<Change | undefined> {
    return (await this.#store(tenantId).read(Changes, [], changeId(revision)))?.value;
  }

  /**
   * Changes after a revision, oldest first, at most `limit`; waits up to `waitSeconds` for one to come. Hears of this
   * instance's changes at once and of others' within a second.
   */
  async changes(
    tenantId: TenantId,
    after: number,
    options: { waitSeconds: number; limit: number },
  ): Promise<ChangesPage> {
    const { clock } = this.#dependencies;
    const deadline = clock.now().getTime() + options.waitSeconds * 1000;
    for (;;) {
      const bell = this.#listen(tenantId);
      try {
        const page = await this.#changesNow(tenantId, after, options.limit);
        const left = deadline - clock.now().getTime();
        if (page.items.length > 0 || left <= 0) return page;
        await bell.wait(Math.min(left, POLL_EVERY));
      } finally {
        bell.stop();
      }
    }
  }

  async #changesNow(tenantId: TenantId, after: number, limit: number): Promise<ChangesPage> {
    const store = this.#store(tenantId);
    const revision = (await store.read(Heads, [], HEAD))?.value.revision ?? 0;
    if (revision <= after) return { items: [], revision };
    const { items } = await store.query(Changes, {
      partition: [],
      where: [{ path: "revision", op: ">", value: after }],
      orderBy: { path: "revision", direction: "asc" },
      limit,
    });
    return { items: items.map(({ value }) => value), revision: items.at(-1)?.value.revision ?? revision };
  }

  #prepare<V>(
    kind: LoggedKind<V>,
    caller: Caller,
    id: string,
    stored: Stored<Item<V>> | undefined,
    edit: Edit<V>,
    revision: number,
  ): Prepared<V> | undefined {
    const before = stored?.value.value;
    const secretsChanged = edit.secretsChanged ?? [];
    const action = actionOf(before, edit.value, secretsChanged);
    if (action === undefined) return undefined;
    const { clock } = this.#dependencies;
    const at = clock.now().toISOString();
    const by = changedBy(caller.actor);
    const item =
      edit.value === undefined ? undefined : { id, value: edit.value, revision, updatedAt: at, updatedBy: by };
    const change: Change = {
      revision,
      kind: kind.name,
      id,
      action,
      before: before === undefined ? null : kind.record(before),
      after: edit.value === undefined ? null : kind.record(edit.value),
      secretsChanged: [...secretsChanged],
      by,
      at,
    };
    const changed = { kind: kind.name, id, action, revision };
    return {
      item,
      change,
      operations: [
        ...writeItem(kind, id, stored, item),
        create(Changes, changeId(revision), change),
        ...(edit.operations ?? []),
      ],
      consequences: {
        events: [newEvent(caller, clock, "configuration.changed", caller.tenantId, changed), ...(edit.events ?? [])],
        messages: edit.messages ?? [],
      },
    };
  }

  #store(tenantId: TenantId): TenantStore {
    return this.#dependencies.documents.forTenant(tenantId);
  }

  #wake(tenantId: TenantId): void {
    for (const ring of this.#waiting.get(tenantId) ?? []) ring();
  }

  /** Listens from now on, so that a change between looking and waiting is not missed. */
  #listen(tenantId: TenantId): { wait(milliseconds: number): Promise<void>; stop(): void } {
    const waiting = this.#waiting.get(tenantId) ?? new Set();
    this.#waiting.set(tenantId, waiting);
    const { promise: rung, resolve: ring } = Promise.withResolvers<void>();
    waiting.add(ring);
    return {
      wait: async (milliseconds) => {
        const enough = new AbortController();
        const slept = this.#dependencies.clock.sleep(milliseconds, enough.signal).catch(() => undefined);
        await Promise.race([rung, slept]);
        enough.abort();
      },
      stop: () => {
        waiting.delete(ring);
        if (waiting.size === 0 && this.#waiting.get(tenantId) === waiting) this.#waiting.delete(tenantId);
      },
    };
  }
}

interface Prepared<V> {
  readonly item: Identified<V> | undefined;
  readonly change: Change;
  readonly operations: readonly Operation[];
  readonly consequences: Consequences;
}

function writeItem<V>(
  kind: LoggedKind<V>,
  id: string,
  stored: Stored<Item<V>> | undefined,
  item: Item<V> | undefined,
): readonly Operation[] {
  if (item === undefined) return stored === undefined ? [] : [remove(kind.items, id, stored.etag)];
  return [stored === undefined ? create(kind.items, id, item) : replace(kind.items, id, item, stored.etag)];
}

function identified<V>({ id, value }: Stored<Item<V>>): Identified<V> {
  return { ...value, id };
}
