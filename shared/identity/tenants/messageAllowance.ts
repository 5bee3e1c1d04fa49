import type { Clock } from "../../platform/clock.ts";
import { CommitRejected, create, type Documents, replace } from "../../platform/documents/port.ts";
import { Problem } from "../../platform/errors.ts";
import { LruCache } from "../../platform/lru.ts";
import type { Tenant } from "../model.ts";
import { MessageCounts } from "./model.ts";
import { limitOf, limitReached } from "./plans.ts";

/** Seconds: a day's count is of no use on the next. */
const KEPT_FOR = 2 * 24 * 60 * 60;
/** Tenants for which an instance may hold messages. */
const CAPACITY = 10_000;
/** Of the limit: what an instance takes at once. */
const SHARE = 0.01;
const MAX_RACES = 20;

/** What an instance has taken of a tenant's day and not used yet. */
interface Held {
  readonly day: string;
  left: number;
}

/**
 * Messages that a tenant may still send today (UTC). Instances take them from the store a hundredth of the limit at a time, and one by one where
 * that is less, so that a count costs 13 request units and a message a hundredth of that or, of a small limit, one such count.
 * Exactly as many as the limit are given out, all instances together; what an instance takes and does not use by the day's
 * end, or was stopped with, is lost: at most a hundredth of the limit each.
 */
export class MessageAllowance {
  readonly #documents: Documents;
  readonly #clock: Clock;
  readonly #held = new LruCache<Held>(CAPACITY);
  readonly #taking = new Map<string, Promise<void>>();

  constructor(documents: Documents, clock: Clock) {
    this.#documents = documents;
    this.#clock = clock;
  }

  /** Takes one message. Throws `plan-limit-reached`, with the seconds to midnight, when none is left. */
  async take(tenant: Tenant): Promise<void> {
    for (;;) {
      const held = this.#heldOf(tenant);
      if (held.left > 0) {
        held.left--;
        return;
      }
      await this.#takeSome(tenant, held);
    }
  }

  #heldOf({ id }: Tenant): Held {
    const day = this.#clock.now().toISOString().slice(0, 10);
    const known = this.#held.get(id);
    if (known?.day === day) return known;
    const held = { day, left: 0 };
    this.#held.set(id, held);
    return held;
  }

  /** Whoever comes while others wait for the store waits with them. */
  async #takeSome(tenant: Tenant, held: Held): Promise<void> {
    const taking = this.#taking.get(tenant.id) ?? this.#takeFromStore(tenant, held);
    this.#taking.set(tenant.id, taking);
    try {
      await taking;
    } finally {
      if (this.#taking.get(tenant.id) === taking) this.#taking.delete(tenant.id);
    }
  }

  async #takeFromStore(tenant: Tenant, held: Held): Promise<void> {
    const store = this.#documents.forTenant(tenant.id);
    const limit = limitOf(tenant, "messagesADay");
    for (let race = 0; race < MAX_RACES; race++) {
      const known = await store.read(MessageCounts, [], held.day);
      const before = known?.value.taken ?? 0;
      const some = Math.min(limit - before, Math.max(1, Math.floor(limit * SHARE)));
      if (some <= 0) throw limitReached(tenant, "messagesADay", this.#secondsToMidnight());
      const count = { taken: before + some };
      const write =
        known === undefined
          ? create(MessageCounts, held.day, count, { ttl: KEPT_FOR })
          : replace(MessageCounts, held.day, count, known.etag, { ttl: KEPT_FOR });
      try {
        await store.commit("identity", [], [write]);
        held.left += some;
        return;
      } catch (error) {
        if (!(error instanceof CommitRejected)) throw error;
      }
    }
    throw new Problem("unavailable", { retryAfter: 1 });
  }

  #secondsToMidnight(): number {
    const day = 24 * 60 * 60;
    return day - (Math.floor(this.#clock.now().getTime() / 1000) % day);
  }
}
