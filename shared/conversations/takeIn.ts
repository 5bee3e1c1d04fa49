import type { InboundMessage } from "../channels/channel.ts";
import type { Caller } from "../platform/caller.ts";
import { create, replace, type Stored } from "../platform/documents/port.ts";
import type { EventType } from "../platform/events/event.ts";
import { newEvent } from "../platform/events/newEvent.ts";
import { derivedId } from "../platform/ids.ts";
import type { Consequences } from "../platform/outbox/outbox.ts";
import { mediaOf } from "./content.ts";
import { type Context, contended, MAX_RACES, readConversation, shown, shownInEvent, tryCommit } from "./context.ts";
import { type ChannelKind, Conversations, Messages, type StoredConversation, type StoredMessage } from "./model.ts";
import { position, reopensUntil, takesMessage, withInbound } from "./rules.ts";
import {
  conversationIdOf,
  findByProviderId,
  inboundMessageId,
  ordinalHint,
  recordOrdinal,
  type Thread,
} from "./threads.ts";

/**
 * Takes in a message: finds the contact, then the one open conversation, and stores the message there once. Each step may be
 * repeated; a duplicate is found by point reads alone. What follows is announced after the commit and, since nobody can know
 * whether it was, by each duplicate again, under the same ids: the delivery that brought the message is completed only
 * then, and so takes the place of an outbox entry (docs/decisions/009-conversations.md).
 */
export async function takeInMessage(
  context: Context,
  caller: Caller,
  channel: ChannelKind,
  event: InboundMessage,
): Promise<void> {
  const { channelId, contact, at } = event;
  const named = contact.name === undefined ? undefined : { name: contact.name, at };
  const contactId = await context.contacts.resolve(caller, contact.identities, named);
  const thread: Thread = { channelId, contactId };
  const messageId = inboundMessageId(channelId, event.providerId);
  for (let race = 0; race < MAX_RACES; race++) {
    const place = await findPlace(context, caller, thread, messageId, at.toISOString());
    if (place === "superseding") continue;
    if ("duplicate" in place) {
      context.telemetry.count("inbound_duplicates", { channel });
      if (place.unrecorded !== undefined) await recordOrdinal(context, caller, thread, place.unrecorded);
      const { value } = await readConversation(context, caller, place.duplicate.conversationId);
      return announce(context, caller, value, place.duplicate);
    }
    const head = place.head?.value ?? (await newConversation(context, caller, channel, thread, place));
    const stored = await store(context, caller, { event, messageId, head, etag: place.head?.etag });
    if (stored === undefined) continue;
    if (!place.recorded) await recordOrdinal(context, caller, thread, place.ordinal);
    await announce(context, caller, stored.head, stored.message);
    return context.telemetry.count("inbound_messages", { channel });
  }
  throw contended();
}

interface Place {
  readonly ordinal: number;
  /** The conversation that takes the message; undefined when it is to be opened. */
  readonly head: Stored<StoredConversation> | undefined;
  readonly previous: StoredConversation | undefined;
  /** Whether the thread's hint points here already. */
  readonly recorded: boolean;
}

interface Duplicate {
  readonly duplicate: StoredMessage;
  /** The ordinal that the thread's hint should name, where whoever stored the message came no further than that. */
  readonly unrecorded?: number;
}

async function findPlace(
  context: Context,
  caller: Caller,
  thread: Thread,
  messageId: string,
  at: string,
): Promise<Place | Duplicate | "superseding"> {
  const documents = context.documents.forTenant(caller.tenantId);
  const hint = await ordinalHint(context, caller, thread);
  let previous: StoredConversation | undefined;
  for (let ordinal = hint.ordinal; ; ordinal++) {
    const id = conversationIdOf(caller, thread, ordinal);
    const isRecorded = hint.recorded && hint.ordinal === ordinal;
    const same = await documents.read(Messages, [id], messageId);
    if (same !== undefined) return { duplicate: same.value, ...(isRecorded ? {} : { unrecorded: ordinal }) };
    const head = await documents.read(Conversations, [id], id);
    if (head?.value.nextId != null) {
      previous = head.value;
      continue;
    }
    if (head !== undefined && !takesMessage(head.value, at)) {
      await supersede(context, caller, thread, head);
      return "superseding";
    }
    const before = await findBefore(context, caller, messageId, at, head?.value ?? previousPointer(previous));
    if (before !== undefined) return { duplicate: before };
    return { ordinal, head, previous, recorded: isRecorded && head !== undefined };
  }
}

/**
 * Says on the closed conversation which one follows it, before that one is made: from then on it cannot be reopened, so
 * that there are never two open ones. When a crash comes between, the next message finds its way on.
 */
async function supersede(
  context: Context,
  caller: Caller,
  thread: Thread,
  { value, etag }: Stored<StoredConversation>,
): Promise<void> {
  const next = { ...value, nextId: conversationIdOf(caller, thread, value.ordinal + 1) };
  await tryCommit(context, caller, value.id, [replace(Conversations, value.id, next, etag)], {});
}

type PreviousPointer = Pick<StoredConversation, "previousId" | "previousUntil">;

function previousPointer(previous: StoredConversation | undefined): PreviousPointer {
  if (previous?.closedAt == null) return { previousId: null, previousUntil: null };
  return { previousId: previous.id, previousUntil: reopensUntil(previous.closedAt) };
}

/** A message old enough for it, in the conversations before. For a message of today: no read at all. */
async function findBefore(
  { documents }: Context,
  caller: Caller,
  messageId: string,
  at: string,
  pointer: PreviousPointer,
): Promise<StoredMessage | undefined> {
  const store = documents.forTenant(caller.tenantId);
  let { previousId, previousUntil } = pointer;
  while (previousId !== null && previousUntil !== null && at <= previousUntil) {
    const message = await store.read(Messages, [previousId], messageId);
    if (message !== undefined) return message.value;
    const before = await store.read(Conversations, [previousId], previousId);
    if (before === undefined) return undefined;
    ({ previousId, previousUntil } = before.value);
  }
  return undefined;
}

async function newConversation(
  { contacts, clock }: Context,
  caller: Caller,
  channel: ChannelKind,
  thread: Thread,
  { ordinal, previous }: Place,
): Promise<StoredConversation> {
  const now = clock.now().toISOString();
  const { contact } = await contacts.read(caller, thread.contactId);
  return {
    id: conversationIdOf(caller, thread, ordinal),
    channel,
    channelId: thread.channelId,
    contact: { id: contact.id, name: contact.name, identities: contact.identities },
    status: "open",
    assignee: null,
    queueId: null,
    windowExpiresAt: null,
    lastMessageAt: now,
    lastMessage: null,
    unread: 0,
    labels: [],
    openedAt: now,
    closedAt: null,
    snoozedUntil: null,
    ...previousPointer(previous),
    nextId: null,
    ordinal,
    messageCount: 0,
    lastPosition: "",
    lastInboundAt: null,
    lastInbound: null,
    channelName: "",
    outbound: [],
    outboundNotBefore: null,
    outboundPace: null,
  };
}

interface Arrival {
  readonly event: InboundMessage;
  readonly messageId: string;
  readonly head: StoredConversation;
  /** Undefined when the conversation is new. */
  readonly etag: string | undefined;
}

interface Taken {
  readonly head: StoredConversation;
  readonly message: StoredMessage;
}

/** One atomic batch: the message and what it makes of the conversation. Undefined when another writer was quicker. */
async function store(context: Context, caller: Caller, arrival: Arrival): Promise<Taken | undefined> {
  const { event, messageId, head, etag } = arrival;
  const arrived = toMessage(arrival, await repliedTo(context, caller, head, event));
  const name = await nameAfter(context, caller, head, event);
  const facts = {
    identities: event.contact.identities,
    name,
    channelName: event.contact.name ?? head.channelName,
    providerId: event.providerId,
  };
  const next = withInbound(head, arrived, facts);
  const began = etag === undefined ? "conversation.opened" : "conversation.reopened";
  const message: StoredMessage = etag === undefined || head.status !== "open" ? { ...arrived, began } : arrived;
  const operations = [
    create(Messages, messageId, message),
    etag === undefined ? create(Conversations, head.id, next) : replace(Conversations, head.id, next, etag),
  ];
  const refused = await tryCommit(context, caller, head.id, operations, {});
  return refused === undefined ? { head: next, message } : undefined;
}

/** Tells what follows from a message that is stored; every time under the same ids. */
async function announce(
  { outbox, clock }: Context,
  caller: Caller,
  head: StoredConversation,
  message: StoredMessage,
): Promise<void> {
  const types: EventType[] = message.began === undefined ? ["message.received"] : [message.began, "message.received"];
  const conversation = shown(head);
  const events = types.map((type) => {
    const data = type === "message.received" ? { conversation, message: shownInEvent(message) } : { conversation };
    return newEvent(caller, clock, type, head.id, data, derivedId("evt", message.id, type));
  });
  const consequences = { events, messages: fetchMessages(caller, message) };
  await outbox.announce(caller.tenantId, derivedId("out", message.id), consequences);
}

/** The message it answers. One that is not here (yet) can only be an inbound one, whose id follows from the provider's. */
async function repliedTo(
  context: Context,
  caller: Caller,
  head: StoredConversation,
  { channelId, replyToProviderId }: InboundMessage,
): Promise<string | null> {
  if (replyToProviderId === undefined) return null;
  const found = await findByProviderId(context, caller, [head.id, head.previousId], replyToProviderId);
  return found?.value.id ?? inboundMessageId(channelId, replyToProviderId);
}

function toMessage({ event, messageId, head }: Arrival, replyTo: string | null): StoredMessage {
  const sentAt = event.at.toISOString();
  const { providerMediaId } = event;
  return {
    id: messageId,
    conversationId: head.id,
    direction: "inbound",
    status: null,
    sentAt,
    statusAt: {},
    author: null,
    replyTo,
    reactions: [],
    ...(event.forwarded === undefined ? {} : { forwarded: event.forwarded }),
    ...event.content,
    position: position(sentAt, head.messageCount + 1),
    providerId: event.providerId,
    attempts: [],
    sendingSince: null,
    retiredProviderIds: [],
    ...(providerMediaId === undefined ? {} : { providerMediaId }),
  };
}

/** The contact's name after this message; asked of the contact only when the channel tells another one than before. */
async function nameAfter(
  { contacts }: Context,
  caller: Caller,
  head: StoredConversation,
  { contact, at }: InboundMessage,
): Promise<string> {
  const { name } = contact;
  if (name === undefined || name === head.channelName) return head.contact.name;
  if (head.lastInboundAt !== null && at.toISOString() < head.lastInboundAt) return head.contact.name;
  return (await contacts.noteChannelName(caller, head.contact.id, { name, at })).name;
}

function fetchMessages(caller: Caller, message: StoredMessage): NonNullable<Consequences["messages"]> {
  const media = mediaOf(message);
  if (media === undefined || message.providerMediaId === undefined) return [];
  const file = { conversationId: message.conversationId, messageId: message.id };
  const body = { tenantId: caller.tenantId, file };
  return [{ queue: "media", messageId: media.id, sessionId: message.id, body }];
}
