import { systemCaller } from "../platform/caller.ts";
import type { Clock } from "../platform/clock.ts";
import { CommitRejected, collection, create, type Documents, replace } from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import { newEvent } from "../platform/events/newEvent.ts";
import type { TenantId } from "../platform/ids.ts";
import type { Outbox } from "../platform/outbox/outbox.ts";
import { ChannelHealth } from "./kinds.ts";

/** Beside the log: health changes by itself, and is no decision of anyone that one could want to roll back. */
export const ChannelHealths = collection("configuration", "channel-health", ChannelHealth);

const MAX_ATTEMPTS = 5;

/** How well channels work, as those find out who send and receive. */
export class HealthStore {
  readonly #documents: Documents;
  readonly #outbox: Outbox;
  readonly #clock: Clock;

  constructor(documents: Documents, outbox: Outbox, clock: Clock) {
    this.#documents = documents;
    this.#outbox = outbox;
    this.#clock = clock;
  }

  async read(tenantId: TenantId, channelId: string): Promise<ChannelHealth | undefined> {
    return (await this.#documents.forTenant(tenantId).read(ChannelHealths, [], channelId))?.value;
  }

  /** Records a state and emits `channel.health-changed`; nothing when state and reason are what they were. */
  async set(tenantId: TenantId, channelId: string, state: ChannelHealth["state"], reason?: string): Promise<void> {
    const store = this.#documents.forTenant(tenantId);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const known = await store.read(ChannelHealths, [], channelId);
      if (known?.value.state === state && known.value.reason === reason) return;
      const health: ChannelHealth = {
        state,
        ...(reason === undefined ? {} : { reason: reason.slice(0, 500) }),
        since: this.#clock.now().toISOString(),
      };
      const caller = systemCaller(tenantId, "channels");
      const event = newEvent(caller, this.#clock, "channel.health-changed", channelId, { channelId, health });
      const write =
        known === undefined
          ? create(ChannelHealths, channelId, health)
          : replace(ChannelHealths, channelId, health, known.etag);
      try {
        await this.#outbox.commit(store, "configuration", [], [write], { events: [event] });
        return;
      } catch (error) {
        if (!(error instanceof CommitRejected)) throw error;
      }
    }
    throw new Problem("unavailable", { retryAfter: 1 });
  }

  /** Takes back what was said about a channel, if anything was; default: whenever that was. */
  async recover(tenantId: TenantId, channelId: string, saidBefore?: string): Promise<void> {
    const known = await this.read(tenantId, channelId);
    if (known === undefined || known.state === "healthy") return;
    if (saidBefore === undefined || known.since <= saidBefore) await this.set(tenantId, channelId, "healthy");
  }
}
