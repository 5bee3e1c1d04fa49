import type { Clock } from "../../platform/clock.ts";
import {
  CommitRejected,
  create,
  type Documents,
  type Operation,
  replace,
  type Stored,
  type TenantStore,
} from "../../platform/documents/port.ts";
import { Problem } from "../../platform/errors.ts";
import { Gathering } from "../../platform/gathering.ts";
import type { TenantId } from "../../platform/ids.ts";
import { LruCache } from "../../platform/lru.ts";
import { BEGINNING, type Link, linked, monthOf, sequenceId } from "./chain.ts";
import { type AuditDraft, AuditDues, AuditEntries, type AuditHead, AuditHeads, AuditMarks } from "./model.ts";

/** Entries of one commit, of which each takes two of the store's 100 operations. */
const AT_ONCE = 40;
/** All instances append to one head; each round one of them wins. */
const MAX_RACES = 60;
/** Where every chain begins, whatever the first month: so that two that begin it at once meet. */
const ROOT = "0000-00";
/** Tenants whose month is remembered. */
const REMEMBERED = 10_000;

/** Where the chain goes on: the partition, its head if it has one yet, and the last entry. */
interface Tip {
  readonly month: string;
  readonly head: Stored<AuditHead> | undefined;
  readonly last: Link;
}

/**
 * Appends to the chains of tenants. An entry, its mark and the head that it moves on commit together, and the head only moves from
 * where it was seen: so there is one order, whoever appends. A month goes on where the one before was closed for good.
 */
export class ChainWriter {
  readonly #documents: Documents;
  readonly #clock: Clock;
  /** By tenant; where it is not the newest any more, its head says which is. */
  readonly #months = new LruCache<string>(REMEMBERED);
  readonly #appending = new Gathering<readonly [TenantId, AuditDraft]>((_key, drafts) => this.#appendAll(drafts));

  constructor(documents: Documents, clock: Clock) {
    this.#documents = documents;
    this.#clock = clock;
  }

  /** Each event once, however often and wherever it is given. Throws `unavailable` when too many others append at once. */
  async append(tenantId: TenantId, drafts: readonly AuditDraft[]): Promise<void> {
    await this.#appending.add(
      tenantId,
      drafts.map((draft) => [tenantId, draft] as const),
    );
  }

  async #appendAll(drafts: readonly (readonly [TenantId, AuditDraft])[]): Promise<void> {
    const [first] = drafts;
    if (first === undefined) return;
    const byEvent = new Map(drafts.map(([, draft]) => [draft.eventId, draft]));
    const all = [...byEvent.values()];
    for (let from = 0; from < all.length; from += AT_ONCE)
      await this.#appendSome(this.#documents.forTenant(first[0]), all.slice(from, from + AT_ONCE));
  }

  async #appendSome(store: TenantStore, drafts: readonly AuditDraft[]): Promise<void> {
    for (let race = 0; race < MAX_RACES; race++) {
      const tip = await this.#tip(store);
      // After the tip was read: what is recorded meanwhile moves it, and then the commit is refused.
      const known = await recorded(store, drafts);
      const fresh = drafts.filter(({ eventId }) => !known.has(eventId));
      if (fresh.length === 0) return;
      if (await unlessBeaten(this.#commit(store, tip, fresh))) return;
    }
    throw new Problem("unavailable", { retryAfter: 1 });
  }

  async #commit(store: TenantStore, { month, head, last }: Tip, drafts: readonly AuditDraft[]): Promise<void> {
    const recordedAt = this.#clock.now().toISOString();
    const entries: Operation[] = [];
    const marks: Operation[] = [];
    let end: Link = last;
    for (const draft of drafts) {
      const entry = linked(store.tenantId, end, draft, recordedAt);
      entries.push(create(AuditEntries, sequenceId(entry.sequence), entry));
      marks.push(create(AuditMarks, draft.eventId, { sequence: entry.sequence }));
      end = entry;
    }
    const next: AuditHead = { sequence: end.sequence, hash: end.hash, due: true };
    await store.commit(
      "history",
      [month],
      [
        ...marks,
        head === undefined ? create(AuditHeads, month, next) : replace(AuditHeads, month, next, head.etag),
        ...entries,
        ...(head?.value.due === true ? [] : [create(AuditDues, month, {})]),
      ],
    );
  }

  /** The end of the chain, in this month or, where a clock was ahead, in a later one. Begins the chain, and closes what is past. */
  async #tip(store: TenantStore): Promise<Tip> {
    const { tenantId } = store;
    const now = monthOf(this.#clock.now());
    let month = this.#months.get(tenantId) ?? (await newestMonth(store)) ?? ROOT;
    let last: Link | undefined;
    for (;;) {
      const head = await store.read(AuditHeads, [month], month);
      if (head !== undefined) {
        this.#months.set(tenantId, month);
        const { sequence, hash, next } = head.value;
        last = { sequence, hash };
        if (next === undefined && month >= now) return { month, head, last };
        month = next ?? (await close(store, head, month, now));
      } else if (last !== undefined) return { month, head, last };
      // A month that is remembered is gone, or nothing was ever there.
      else if (month !== ROOT) month = ROOT;
      else await begin(store, now);
    }
  }
}

async function newestMonth(store: TenantStore): Promise<string | undefined> {
  const newest = { partition: [], orderBy: { path: "id", direction: "desc" }, limit: 1 } as const;
  return (await store.query(AuditHeads, newest)).items[0]?.id;
}

/** The events among these that some month has. */
async function recorded(store: TenantStore, drafts: readonly AuditDraft[]): Promise<ReadonlySet<string>> {
  const value = drafts.map(({ eventId }) => eventId);
  const { items } = await store.query(AuditMarks, {
    partition: [],
    where: [{ path: "id", op: "in", value }],
    limit: 1000,
  });
  return new Set(items.map(({ id }) => id));
}

/** The root is a head of its own, so that two who begin one chain, each in a month of its own, meet. */
async function begin(store: TenantStore, next: string): Promise<void> {
  const root: AuditHead = { ...BEGINNING, due: false, next };
  await unlessBeaten(store.commit("history", [ROOT], [create(AuditHeads, ROOT, root)]));
}

/** The month that goes on; the same, to be looked at again, where it was appended to or closed meanwhile. */
async function close(store: TenantStore, head: Stored<AuditHead>, month: string, next: string): Promise<string> {
  const closed = replace(AuditHeads, month, { ...head.value, next }, head.etag);
  return (await unlessBeaten(store.commit("history", [month], [closed]))) ? next : month;
}

async function unlessBeaten(commit: Promise<unknown>): Promise<boolean> {
  try {
    await commit;
    return true;
  } catch (error) {
    if (error instanceof CommitRejected) return false;
    throw error;
  }
}
