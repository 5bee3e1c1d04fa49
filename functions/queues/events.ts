import { z } from "zod";
import { CONFIGURATION_KINDS } from "../../shared/configuration/kinds.ts";
import { ContactId } from "../../shared/contacts/model.ts";
import { ConversationId, MessageId } from "../../shared/conversations/model.ts";
import { systemCaller } from "../../shared/platform/caller.ts";
import { DomainEvent } from "../../shared/platform/events/event.ts";
import { EventsMessage } from "../../shared/platform/outbox/outbox.ts";
import { queueFunction } from "../route.ts";
import type { Services } from "../services.ts";

/** What desks hear of, by the first part of the event's type; sign-ins and refusals are nobody else's business. */
const FOR_DESKS: ReadonlySet<string> = new Set([
  "conversation",
  "message",
  "note",
  "media",
  "contact",
  "channel",
  "configuration",
]);

const Body = EventsMessage.extend({ events: z.array(DomainEvent) });

const ConfigurationEvent = z.object({ kind: z.enum(CONFIGURATION_KINDS), revision: z.int() });
const ContactEvent = z.object({ contact: z.object({ id: ContactId }) });
const FileEvent = z.object({ conversationId: ConversationId, messageId: MessageId });

/** Domain events for their consumers, in this process: desks first, then what contexts owe one another. */
export const events = queueFunction({
  queue: "events",
  body: Body,
  handler: async ({ tenantId, events: happened }, _delivery, services) => {
    const shown = happened.filter(({ type }) => FOR_DESKS.has(type.split(".", 1)[0] ?? ""));
    const messages = shown.map(({ type, id, at, subject, data }) => ({ type, id, at, subject, data }));
    if (messages.length > 0) await services.realtime.publish(tenantId, messages);
    for (const event of happened) await follow(event, services);
  },
});

async function follow({ tenantId, type, actor, data }: DomainEvent, services: Services): Promise<void> {
  const { configuration, conversations } = services;
  const caller = systemCaller(tenantId, "events");
  if (type === "configuration.changed") {
    const { kind, revision } = ConfigurationEvent.parse(data);
    await configuration.settle(caller, actor, kind, revision);
  }
  if (type === "contact.updated") await conversations.contactRenamed(caller, ContactEvent.parse(data).contact.id);
  if (type === "media.deleted") {
    const file = FileEvent.safeParse(data);
    if (file.success) await conversations.fileDeleted(caller, file.data.conversationId, file.data.messageId);
  }
}
