import type { InboundMessage } from "../channels/channel.ts";
import type { Caller } from "../platform/caller.ts";
import { create, replace, type Stored } from "../platform/documents/port.ts";
import type { Consequences } from "../platform/outbox/outbox.ts";
import { mediaOf } from "./content.ts";
import { type Context, contended, conversationEvent, MAX_RACES, messageEvent, tryCommit } from "./context.ts";
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
 * Takes in a message: finds the contact, then the one open conversation, and stores the message there once, with all that
 * follows from it, in one commit. Each step may be repeated; a duplicate stops at the first look, with point reads alone.
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
    if (place === "duplicate") return context.telemetry.count("inbound_duplicates", { channel });
    if (place === "superseding") continue;
    const head = place.head?.value ?? (await newConversation(context, caller, channel, thread, place));
    const stored = await store(context, caller, { event, messageId, head, etag: place.head?.etag });
    if (!stored) continue;
    if (!place.recorded) await recordOrdinal(context, caller, thread, place.ordinal);
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

async function findPlace(
  context: Context,
  caller: Caller,
  thread: Thread,
  messageId: string,
  at: string,
): Promise<Place | "duplicate" | "superseding"> {
  const documents = context.documents.forTenant(caller.tenantId);
  const hint = await ordinalHint(context, caller, thread);
  let previous: StoredConversation | undefined;
  for (let ordinal = hint.ordinal; ; ordinal++) {
    const id = conversationIdOf(caller, thread, ordinal);
    if ((await documents.read(Messages, [id], messageId)) !== undefined) return "duplicate";
    const head = await documents.read(Conversations, [id], id);
    if (head?.value.nextId != null) {
      previous = head.value;
      continue;
    }
    if (head !== undefined && !takesMessage(head.value, at)) {
      await supersede(context, caller, thread, head);
      return "superseding";
    }
    if (await liesBefore(context, caller, messageId, at, head?.value ?? previousPointer(previous))) return "duplicate";
    return { ordinal, head, previous, recorded: hint.recorded && hint.ordinal === ordinal && head !== undefined };
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

/** Whether a message old enough for it was stored in a conversation before. For a message of today: no read at all. */
async function liesBefore(
  { documents }: Context,
  caller: Caller,
  messageId: string,
  at: string,
  pointer: PreviousPointer,
): Promise<boolean> {
  const store = documents.forTenant(caller.tenantId);
  let { previousId, previousUntil } = pointer;
  while (previousId !== null && previousUntil !== null && at <= previousUntil) {
    if ((await store.read(Messages, [previousId], messageId)) !== undefined) return true;
    const before = await store.read(Conversations, [previousId], previousId);
    if (before === undefined) return false;
    ({ previousId, previousUntil } = before.value);
  }
  return false;
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

/** One atomic batch: the message, the conversation and what follows. False when another writer was quicker. */
async function store(context: Context, caller: Caller, arrival: Arrival): Promise<boolean> {
  const { event, messageId, head, etag } = arrival;
  const message = toMessage(arrival, await repliedTo(context, caller, head, event));
  const name = await nameAfter(context, caller, head, event);
  const facts = {
    identities: event.contact.identities,
    name,
    channelName: event.contact.name ?? head.channelName,
    providerId: event.providerId,
  };
  const { next, events } = withInbound(head, message, facts);
  const opening = etag === undefined ? (["conversation.opened"] as const) : events;
  const operations = [
    create(Messages, messageId, message),
    etag === undefined ? create(Conversations, head.id, next) : replace(Conversations, head.id, next, etag),
  ];
  const refused = await tryCommit(context, caller, head.id, operations, {
    events: [
      ...opening.map((type) => conversationEvent(context, caller, type, next)),
      messageEvent(context, caller, "message.received", next, message),
    ],
    messages: fetchMessages(caller, message),
  });
  return refused === undefined;
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
  const body = { tenantId: caller.tenantId, conversationId: message.conversationId, messageId: message.id };
  return [{ queue: "media", messageId: media.id, sessionId: message.id, body }];
}
