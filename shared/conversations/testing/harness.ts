import type { InboundMessage, InboundReaction, StatusUpdate } from "../../channels/channel.ts";
import type { Identity } from "../../contacts/model.ts";
import { Contacts } from "../../contacts/service.ts";
import { Media } from "../../media/service.ts";
import { type Caller, ROLE_PERMISSIONS, systemCaller } from "../../platform/caller.ts";
import type { Documents } from "../../platform/documents/port.ts";
import { openSqliteDocuments } from "../../platform/documents/sqlite/documents.ts";
import { DomainEvent } from "../../platform/events/event.ts";
import { TenantId } from "../../platform/ids.ts";
import { EventsMessage, Outbox } from "../../platform/outbox/outbox.ts";
import type { Delivery, QueueSender } from "../../platform/queue/port.ts";
import { QUEUES, type QueueName } from "../../platform/queue/queues.ts";
import { openSqliteQueue } from "../../platform/queue/sqlite/sqliteQueue.ts";
import { fixedClock } from "../../platform/testing/fixedClock.ts";
import { silentTelemetry } from "../../platform/testing/silentTelemetry.ts";
import type { MessageContent } from "../content.ts";
import { Conversations } from "../service.ts";
import { WakeUp } from "../wakeUps.ts";
import { fakeChannel } from "./fakeChannel.ts";
import { memoryBlobs } from "./memoryBlobs.ts";

export const TENANT = TenantId.parse("ten_0000000000000000000a");
export const OTHER_TENANT = TenantId.parse("ten_0000000000000000000b");
export const CHANNEL = "main";
export const PHONE: Identity = { kind: "phone", value: "31600000001" };
export const AGENT_ID = "usr_00000000000000000001";

export function agent(tenantId: TenantId = TENANT, userId = AGENT_ID): Caller {
  const actor = { type: "user", userId, role: "agent", sessionId: "ses_1" } as const;
  return { tenantId, actor, permissions: ROLE_PERMISSIONS.agent };
}

interface HarnessOptions {
  /** Wraps the engines, to inject faults or to measure. */
  readonly documents?: (documents: Documents) => Documents;
  readonly queue?: (queue: QueueSender) => QueueSender;
}

/** The conversations context on SQLite in memory, with a provider that does as it is told and a clock that stands. */
export function harness(options: HarnessOptions = {}) {
  const clock = fixedClock();
  const telemetry = silentTelemetry();
  const rawDocuments = openSqliteDocuments({ file: ":memory:", clock });
  const rawQueue = openSqliteQueue({ file: ":memory:", clock });
  const documents = options.documents?.(rawDocuments) ?? rawDocuments;
  const queue = options.queue?.(rawQueue) ?? rawQueue;
  const blobs = memoryBlobs();
  const channel = fakeChannel();
  const outbox = new Outbox(documents, queue, clock, telemetry);
  const inactive = new Set<string>();

  /** Another instance on the same data, with nothing remembered. */
  function instance() {
    const contacts = new Contacts({ documents, outbox, clock, telemetry });
    const media = new Media({ documents, blobs, outbox, clock });
    const conversations = new Conversations({
      documents,
      outbox,
      queue,
      clock,
      telemetry,
      contacts,
      media,
      channels: () => channel,
      isActiveUser: async (_tenantId, userId) => userId.startsWith("usr_") && !inactive.has(userId),
    });
    return { contacts, media, conversations };
  }

  const first = instance();
  const inbound = systemCaller(TENANT, "inbound");
  const published: DomainEvent[] = [];

  /** Hands out what is due on one queue, lane by lane; a throw abandons the delivery, as the host would. */
  async function deliver(name: QueueName, handler: (delivery: Delivery) => Promise<void>): Promise<number> {
    let count = 0;
    for (;;) {
      const session = await rawQueue.acceptNextSession(name);
      if (session === undefined) return count;
      for (;;) {
        const [delivery] = await session.receive(1);
        if (delivery === undefined) break;
        count++;
        try {
          await handler(delivery);
        } catch (error) {
          await session.abandon(delivery, String(error));
          continue;
        }
        await session.complete(delivery);
      }
      await session.close();
    }
  }

  async function runOutbound(conversations = first.conversations): Promise<number> {
    return deliver("outbound", async ({ body }) => {
      const { tenantId, conversationId, readMark } = WakeUp.parse(body);
      await conversations.workOff(systemCaller(tenantId, "outbound"), conversationId, readMark);
    });
  }

  async function runMedia(): Promise<number> {
    return deliver("media", async ({ body }) => {
      const { file } = body as { file: { conversationId: string; messageId: string; attempt?: number } };
      await first.conversations.fetchFile(systemCaller(TENANT, "media"), { attempt: 0, ...file });
    });
  }

  /** All events so far, in the order of their delivery. */
  async function events(): Promise<readonly DomainEvent[]> {
    await deliver("events", async ({ body }) => {
      for (const event of EventsMessage.parse(body).events) published.push(DomainEvent.parse(event));
    });
    return published;
  }

  const takeIn = (event: InboundMessage | InboundReaction | StatusUpdate) =>
    first.conversations.takeIn(inbound, "whatsapp", event);

  return {
    ...first,
    clock,
    telemetry,
    documents: rawDocuments,
    queue: rawQueue,
    outbox,
    blobs,
    channel,
    inactive,
    inbound,
    instance,
    takeIn,
    runOutbound,
    runMedia,
    events,
    maxDeliveries: (name: QueueName) => QUEUES[name].maxDeliveryCount,
    /** The only conversation of the tenant in any state; throws unless there is exactly one. */
    async only() {
      const { items } = await first.conversations.list(agent(), { status: "all", limit: 100 });
      const [conversation] = items;
      if (conversation === undefined || items.length !== 1) throw new Error(`${items.length} conversations`);
      return conversation;
    },
    async thread(conversationId: string) {
      const { items } = await first.conversations.messages(agent(), conversationId, { limit: 100 });
      return items.toReversed();
    },
  };
}

export type Harness = ReturnType<typeof harness>;

/** Seconds after the clock's start, as the provider tells time. */
export function second(n: number): Date {
  return new Date(Date.parse("2026-11-21T08:00:00.000Z") + n * 1000);
}

export function inboundMessage(
  n: number,
  more: Partial<InboundMessage> & { readonly content?: MessageContent } = {},
): InboundMessage {
  return {
    type: "message",
    channelId: CHANNEL,
    providerId: `wamid.in.${n}`,
    contact: { identities: [PHONE], name: "Ada" },
    at: second(n),
    content: { type: "text", text: `message ${n}` },
    ...more,
  };
}

export function status(
  reference: StatusUpdate["reference"],
  state: StatusUpdate["status"],
  more: Partial<StatusUpdate> = {},
): StatusUpdate {
  return {
    type: "status",
    channelId: CHANNEL,
    providerId: "wamid.out.1",
    contact: { identities: [PHONE] },
    at: second(100),
    reference,
    status: state,
    ...(state === "failed"
      ? { error: { code: "whatsapp:131026", message: "Undeliverable", remedy: "contact-elsewhere" } }
      : {}),
    ...more,
  };
}
