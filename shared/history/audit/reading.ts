import type { Condition, Documents } from "../../platform/documents/port.ts";
import { Problem } from "../../platform/errors.ts";
import type { TenantId } from "../../platform/ids.ts";
import { BEGINNING, type Link, monthOf, sequenceId } from "./chain.ts";
import type { Found } from "./check.ts";
import { AuditEntries, AuditEntry, AuditHeads, Checkpoints, type RawEntry, type ShownEntry } from "./model.ts";
import { wordsFor } from "./words.ts";

/** Entries and checkpoints read at once. */
const AT_ONCE = 500;
/** Heads of one tenant: a year has twelve. */
const MAX_MONTHS = 1000;

/** What of the audit is asked for. Times are of when it happened; `to` is not included. */
export interface AuditQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** An actor's id. */
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
}

/** A checkpoint as it is kept, at its place. */
export interface KeptCheckpoint {
  readonly sequence: number;
  readonly statement: string;
}

/** Reads tenants' chains as they stand in the store. */
export class ChainReader {
  readonly #documents: Documents;

  constructor(documents: Documents) {
    this.#documents = documents;
  }

  /** Newest first, by when it happened. What was changed so that it is no entry any more is left out: the verification tells. */
  async list(tenantId: TenantId, { limit, cursor, from, to, actor, action }: AuditQuery) {
    const where: Condition[] = [
      ...(from === undefined ? [] : [{ path: "at", op: ">=" as const, value: from }]),
      ...(to === undefined ? [] : [{ path: "at", op: "<" as const, value: to }]),
      ...(actor === undefined ? [] : [{ path: "actor.id", op: "=" as const, value: actor }]),
      ...(action === undefined ? [] : [{ path: "action", op: "=" as const, value: action }]),
    ];
    const { items, nextCursor } = await this.#documents.forTenant(tenantId).query(AuditEntries, {
      partition: [],
      where,
      orderBy: { path: "at", direction: "desc" },
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    });
    return { items: items.flatMap(({ value }) => shown(value)), nextCursor: nextCursor ?? null };
  }

  /** Entries by their place, those after `after`, at most `limit`. */
  async *entries(tenantId: TenantId, after: number, limit: number): AsyncGenerator<Found> {
    const store = this.#documents.forTenant(tenantId);
    let last = sequenceId(after);
    for (let left = limit; left > 0; ) {
      const where = [{ path: "id", op: ">" as const, value: last }];
      const page = await store.query(AuditEntries, { partition: [], where, limit: Math.min(left, AT_ONCE) });
      for (const { id, value } of page.items) yield { place: Number(id), entry: value };
      last = page.items.at(-1)?.id ?? last;
      left -= page.items.length;
      if (page.nextCursor === undefined) return;
    }
  }

  /** Where the chain's parts end, oldest first; the last one is its end. */
  async heads(tenantId: TenantId): Promise<readonly Link[]> {
    const { items } = await this.#documents.forTenant(tenantId).query(AuditHeads, { partition: [], limit: MAX_MONTHS });
    return items.map(({ value: { sequence, hash } }) => ({ sequence, hash }));
  }

  /** By their place, those after `after`, at most `limit`. */
  async checkpoints(tenantId: TenantId, after: number, limit: number): Promise<readonly KeptCheckpoint[]> {
    const { items } = await this.#documents.forTenant(tenantId).query(Checkpoints, {
      partition: [],
      where: [{ path: "id", op: ">", value: sequenceId(after) }],
      limit,
    });
    return items.map(({ id, value: { statement } }) => ({ sequence: Number(id), statement }));
  }

  /** The place of the first entry that was recorded at `from` or later, or in a later month; undefined when there is none. */
  async firstSince(tenantId: TenantId, from: string): Promise<number | undefined> {
    const store = this.#documents.forTenant(tenantId);
    const { items: heads } = await store.query(AuditHeads, { partition: [], limit: MAX_MONTHS });
    const before = heads.filter(({ id }) => id < monthOf(new Date(from))).at(-1)?.value ?? BEGINNING;
    for await (const { place, entry } of this.entries(tenantId, before.sequence, Number.MAX_SAFE_INTEGER))
      if (String(entry.recordedAt) >= from) return place;
    return undefined;
  }
}

function shown(raw: RawEntry): ShownEntry[] {
  const parsed = AuditEntry.safeParse(raw);
  if (!parsed.success) return [];
  const { tenantId: _, previousHash: __, ...entry } = parsed.data;
  return [{ ...entry, text: wordsFor(entry) }];
}

/** A place in a chain as a cursor: where to go on, and the hash that the next entry must name. */
export function toCursor({ sequence, hash }: Link): string {
  return `${sequence}.${hash}`;
}

/** Throws `invalid-request`. */
export function fromCursor(cursor: string): Link {
  const [, sequence, hash] = /^(\d{1,15})\.([0-9a-f]{64})$/.exec(cursor) ?? [];
  if (sequence === undefined || hash === undefined)
    throw new Problem("invalid-request", { detail: "The cursor does not belong to this list." });
  return { sequence: Number(sequence), hash };
}
