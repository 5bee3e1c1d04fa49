import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { ContainerName } from "../documents/containers.ts";
import {
  type Collection,
  collection,
  create,
  type Documents,
  type Operation,
  type Partition,
  remove,
  type TenantStore,
} from "../documents/port.ts";
import type { DomainEvent } from "../events/event.ts";
import { newId, TenantId } from "../ids.ts";
import type { OutgoingMessage, QueueSender } from "../queue/port.ts";
import type { QueueName } from "../queue/queues.ts";
import type { Telemetry } from "../telemetry/port.ts";

/** What follows from a change: events for everyone, and messages to queues. */
export interface Consequences {
  readonly events?: readonly DomainEvent[];
  readonly messages?: readonly (OutgoingMessage & { readonly queue: QueueName })[];
}

/** The body of a message on the `events` queue: what one commit emitted. */
export const EventsMessage = z.object({ tenantId: TenantId, events: z.array(z.unknown()) });

const OutboxEntry = z.object({
  messages: z.array(
    z.object({
      queue: z.string(),
      messageId: z.string(),
      sessionId: z.string(),
      body: z.unknown(),
      deliverAt: z.iso.datetime().optional(),
    }),
  ),
});
type OutboxEntry = z.infer<typeof OutboxEntry>;

/** Containers in which use cases commit consequences, and which the sweeper therefore visits. */
export const OUTBOX_CONTAINERS = [
  "conversations",
  "contacts",
  "configuration",
  "identity",
] as const satisfies readonly ContainerName[];
export type OutboxContainer = (typeof OUTBOX_CONTAINERS)[number];

function entries(container: OutboxContainer): Collection<OutboxEntry> {
  return collection(container, "outbox", OutboxEntry);
}

/**
 * State and its consequences commit together: the batch that holds the change holds an outbox entry too. The entry is
 * published and cleared right after the commit; what a crash leaves between, the sweep finishes. Consumers meet a
 * message twice at worst, under the same messageId.
 */
export class Outbox {
  readonly #documents: Documents;
  readonly #queue: QueueSender;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;

  constructor(documents: Documents, queue: QueueSender, clock: Clock, telemetry: Telemetry) {
    this.#documents = documents;
    this.#queue = queue;
    this.#clock = clock;
    this.#telemetry = telemetry;
  }

  /**
   * `store.commit` with consequences. Throws what `commit` throws; once the commit stands it never throws, because what
   * could not be published now the sweep publishes. Resolves to the etags of `operations`, in order.
   */
  async commit(
    store: TenantStore,
    container: OutboxContainer,
    partition: Partition,
    operations: readonly Operation[],
    consequences: Consequences,
  ): Promise<readonly string[]> {
    if (!consequences.events?.length && !consequences.messages?.length)
      return store.commit(container, partition, operations);
    const entryId = newId("out", this.#clock.now());
    const entry = toEntry(store.tenantId, entryId, consequences);
    const etags = await store.commit(container, partition, [...operations, create(entries(container), entryId, entry)]);
    try {
      await this.#publish(store, container, partition, entryId, entry);
    } catch (error) {
      this.#telemetry.log("warn", "outbox entry left for the sweep", { tenantId: store.tenantId, error });
    }
    return etags.slice(0, operations.length);
  }

  /**
   * Publishes what follows from a commit that stands, without an entry (which would cost as much as the change itself). Only
   * for work that is run again until this has succeeded, as a queue delivery is, and that derives the same `id` and the
   * same message ids each time, so that a repetition is dropped as a duplicate. Throws `unavailable` when the queue refuses.
   */
  async announce(tenantId: TenantId, id: string, consequences: Consequences): Promise<void> {
    await this.#send(toEntry(tenantId, id, consequences));
  }

  /**
   * Publishes what commits older than `olderThanSeconds` left behind, up to `limit` entries a container; resolves to how
   * many. Throws when the queue still refuses: the timer's next run tries again.
   */
  async sweep(olderThanSeconds: number, limit: number): Promise<number> {
    const olderThan = new Date(this.#clock.now().getTime() - olderThanSeconds * 1000);
    let published = 0;
    for (const container of OUTBOX_CONTAINERS) {
      for (const left of await this.#documents.sweep(container, "outbox", olderThan, limit)) {
        const store = this.#documents.forTenant(TenantId.parse(left.tenantId));
        await this.#publish(store, container, left.partition, left.id, OutboxEntry.parse(left.data));
        published++;
      }
    }
    return published;
  }

  async #publish(
    store: TenantStore,
    container: OutboxContainer,
    partition: Partition,
    entryId: string,
    entry: OutboxEntry,
  ): Promise<void> {
    await this.#send(entry);
    await store.commit(container, partition, [remove(entries(container), entryId)]);
  }

  async #send({ messages }: OutboxEntry): Promise<void> {
    const byQueue = Map.groupBy(messages, (message) => message.queue as QueueName);
    for (const [queue, some] of byQueue) await this.#queue.send(queue, some.map(toOutgoing));
  }
}

function toEntry(tenantId: TenantId, entryId: string, { events = [], messages = [] }: Consequences): OutboxEntry {
  const first = events[0];
  const announced =
    first === undefined
      ? []
      : [{ queue: "events", messageId: entryId, sessionId: first.subject, body: { tenantId, events } }];
  return {
    messages: [
      ...messages.map(({ deliverAt, ...message }) => ({
        ...message,
        ...(deliverAt === undefined ? {} : { deliverAt: deliverAt.toISOString() }),
      })),
      ...announced,
    ],
  };
}

function toOutgoing({ deliverAt, ...message }: OutboxEntry["messages"][number]): OutgoingMessage {
  return { ...message, ...(deliverAt === undefined ? {} : { deliverAt: new Date(deliverAt) }) };
}
