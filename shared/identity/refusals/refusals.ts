import type { Clock } from "../../platform/clock.ts";
import { CommitRejected, create, type Documents, replace } from "../../platform/documents/port.ts";
import { Problem } from "../../platform/errors.ts";
import { Gathering } from "../../platform/gathering.ts";
import type { TenantId } from "../../platform/ids.ts";
import type { Outbox } from "../../platform/outbox/outbox.ts";
import type { Telemetry } from "../../platform/telemetry/port.ts";
import { closeWindows } from "./closing.ts";
import { RefusalWindows } from "./model.ts";
import { counted, minuteOf, type Refusal, windowId } from "./rules.ts";

/** Seconds: 30 days, within which a timer runs again. */
const KEPT_FOR = 30 * 24 * 60 * 60;
/** Other instances that count the same account's refusals at the same moment. */
const MAX_RACES = 20;

export interface RefusalsDependencies {
  readonly documents: Documents;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** One refusal, and the minute that it belongs to. */
interface Noted {
  readonly tenantId: TenantId;
  readonly windowId: string;
  readonly refusal: Refusal;
  readonly now: Date;
}

/**
 * Counts who was not let in, or not let do something, by account and minute; each minute that is over becomes one event
 * `user.refused` for each reason. So whoever tries a thousand passwords fills one line of the audit and not a thousand.
 */
export class Refusals {
  readonly #dependencies: RefusalsDependencies;
  readonly #counting = new Gathering<Noted>((_key, noted) => this.#write(noted));

  constructor(dependencies: RefusalsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Counts one. What comes while the same account's is being written is written together with the next, so that a flood costs
   * an instance one write at a time. Never throws: what cannot be counted is logged, and the refusal stands all the same.
   */
  async note(tenantId: TenantId, refusal: Refusal): Promise<void> {
    const now = this.#dependencies.clock.now();
    const id = windowId(refusal.account, minuteOf(now));
    try {
      await this.#counting.add(`${tenantId} ${id}`, [{ tenantId, windowId: id, refusal, now }]);
    } catch (error) {
      this.#dependencies.telemetry.log("error", "a refusal was not recorded", { tenantId, error });
    }
  }

  /** Tells of the minutes that are over, in all tenants; resolves to how many windows were closed. */
  close(): Promise<number> {
    return closeWindows(this.#dependencies);
  }

  async #write(noted: readonly Noted[]): Promise<void> {
    const [first] = noted;
    if (first === undefined) return;
    const { tenantId, windowId: id } = first;
    const store = this.#dependencies.documents.forTenant(tenantId);
    for (let race = 0; race < MAX_RACES; race++) {
      const known = await store.read(RefusalWindows, [], id);
      const window = noted
        .slice(1)
        .reduce((all, { refusal, now }) => counted(all, refusal, now), counted(known?.value, first.refusal, first.now));
      const write =
        known === undefined
          ? create(RefusalWindows, id, window, { ttl: KEPT_FOR })
          : replace(RefusalWindows, id, window, known.etag, { ttl: KEPT_FOR });
      try {
        await store.commit("identity", [], [write]);
        return;
      } catch (error) {
        if (!(error instanceof CommitRejected)) throw error;
      }
    }
    throw new Problem("unavailable");
  }
}
