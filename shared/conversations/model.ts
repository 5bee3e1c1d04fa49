import { z } from "zod";
import { ContactId, Identity } from "../contacts/model.ts";
import { collection } from "../platform/documents/port.ts";
import { idOf } from "../platform/ids.ts";
import { MessageContent } from "./content.ts";

export const ConversationId = idOf("cnv");
export const MessageId = idOf("msg");

/** Messages of one conversation that may wait to be sent; the next is refused with `outbound-backlog-full`. */
export const MAX_OUTBOUND = 100;

export const ChannelKind = z.enum(["whatsapp", "email", "voice"]);
export type ChannelKind = z.infer<typeof ChannelKind>;

const ConversationStatus = z.enum(["open", "snoozed", "closed"]);

/** Where an outbound message stands: a rank, never backwards, but a `failed` one may still turn out `delivered`. */
export const MessageStatus = z.enum(["queued", "sent", "delivered", "read", "failed"]);
export type MessageStatus = z.infer<typeof MessageStatus>;

/** Why a message failed: the provider's code, words for the agent, and what helps. */
export const MessageError = z.object({
  /** `whatsapp:131026`, or one of ours such as `outcome-unknown`. */
  code: z.string(),
  message: z.string(),
  remedy: z.enum(["retry", "use-template", "fix-channel", "contact-elsewhere", "none"]),
});
export type MessageError = z.infer<typeof MessageError>;

export const Reaction = z.object({
  /** Who reacted: the contact, or a user id. */
  from: z.string(),
  emoji: z.string(),
  at: z.iso.datetime(),
});
export type Reaction = z.infer<typeof Reaction>;

const ContactSummary = z.object({ id: ContactId, name: z.string(), identities: z.array(Identity) });

/** The first line shown in lists. */
const LastMessage = z.object({
  id: MessageId,
  direction: z.enum(["inbound", "outbound", "note"]),
  type: z.string(),
  preview: z.string().max(160),
});

/** A conversation as the API shows it. */
export const Conversation = z.object({
  id: ConversationId,
  channel: ChannelKind,
  channelId: z.string(),
  contact: ContactSummary,
  status: ConversationStatus,
  /** User id of who handles it, or null. */
  assignee: z.string().nullable(),
  queueId: z.string().nullable(),
  /** Until when free text may be sent; null where the channel knows no window or none was opened. */
  windowExpiresAt: z.iso.datetime().nullable(),
  lastMessageAt: z.iso.datetime(),
  lastMessage: LastMessage.nullable(),
  /** Inbound messages that came since somebody last read the conversation. */
  unread: z.int(),
  labels: z.array(z.string()),
  openedAt: z.iso.datetime(),
  closedAt: z.iso.datetime().nullable(),
  /** When a snoozed conversation opens again by itself; null otherwise. */
  snoozedUntil: z.iso.datetime().nullable().default(null),
  /** The conversation before this one with the same contact on the same channel. */
  previousId: ConversationId.nullable(),
  /** The conversation that followed this one: it cannot be reopened any more. */
  nextId: ConversationId.nullable().default(null),
});
export type Conversation = z.infer<typeof Conversation>;

/** A conversation as it is stored: what is shown, and what keeps it right. */
export const StoredConversation = Conversation.extend({
  /** 1 for the first conversation of (channel, contact), and so on; the id is derived from it. */
  ordinal: z.int().positive(),
  /** How many messages and notes it holds; the next one's arrival number. */
  messageCount: z.int(),
  /** The position of `lastMessage`: an older message that comes late is not the last. */
  lastPosition: z.string(),
  /** The provider time of the newest inbound message: what the window and the contact's name go by. */
  lastInboundAt: z.iso.datetime().nullable(),
  /** The newest inbound message: what a read mark names, and by which identities the person can be reached now. */
  lastInbound: z.object({ position: z.string(), providerId: z.string(), identities: z.array(Identity) }).nullable(),
  /** The name that the channel told last; the contact's own name may differ, when an agent chose it. */
  channelName: z.string(),
  /**
   * Messages said up to this time may lie in the conversation before: it could still have been reopened by them. A late
   * duplicate is looked for there too. Null where there is none before.
   */
  previousUntil: z.iso.datetime().nullable(),
  /** Ids of messages recorded and not yet accepted by the provider, in the order to send; at most 100. */
  outbound: z.array(MessageId).max(MAX_OUTBOUND),
  /** Not before this time may the next one be tried (provider's rate limit). */
  outboundNotBefore: z.iso.datetime().nullable(),
  /** The recipient's pace: a token bucket, as of `at`; null before the first send. */
  outboundPace: z.object({ tokens: z.number(), at: z.iso.datetime() }).nullable(),
});
export type StoredConversation = z.infer<typeof StoredConversation>;

/** A message or note as the API shows it. */
export const Message = z.intersection(
  z.object({
    id: MessageId,
    conversationId: ConversationId,
    direction: z.enum(["inbound", "outbound", "note"]),
    status: MessageStatus.nullable(),
    error: MessageError.optional(),
    /** When it was said: the provider's time for inbound, ours for outbound and notes. */
    sentAt: z.iso.datetime(),
    /** When each rank was reached. */
    statusAt: z.partialRecord(MessageStatus, z.iso.datetime()).default({}),
    /** User id of who wrote it; null for inbound. */
    author: z.string().nullable(),
    /** The message it answers, if that is known. */
    replyTo: MessageId.nullable(),
    reactions: z.array(Reaction).default([]),
    forwarded: z.boolean().optional(),
  }),
  MessageContent,
);
export type Message = z.infer<typeof Message>;

/** A message as it is stored. */
export const StoredMessage = z.intersection(
  Message,
  z.object({
    /** Sorts the thread: time said, then arrival; `2026-11-21T08:00:00.000Z|0000000042`. */
    position: z.string(),
    /** The provider's id (wamid); null until the provider accepted it, and for notes. */
    providerId: z.string().nullable(),
    /** What the conversation went through when this message came in; absent when nothing. */
    began: z.enum(["conversation.opened", "conversation.reopened"]).optional(),
    /** Since when it waits to be sent: its posting, or an agent's retry. */
    queuedAt: z.iso.datetime().optional(),
    /** Tries to send since `queuedAt`; recorded before each, so that a crash cannot double a send. */
    attempts: z.array(z.iso.datetime()).default([]),
    /** The try whose result is not known (yet); null when none is under way. */
    sendingSince: z.iso.datetime().nullable().default(null),
    /** Provider ids of failed sends that an agent has retried: their late failures no longer count. */
    retiredProviderIds: z.array(z.string()).default([]),
    /** The provider's id of the file to fetch. */
    providerMediaId: z.string().optional(),
  }),
);
export type StoredMessage = z.infer<typeof StoredMessage>;

/**
 * A reaction is a document of its own beside the message it belongs to, because it may come before it; the newest by time
 * wins, an empty emoji takes it back. The message repeats those it knows of. One from each side: WhatsApp knows one reaction of the business, whoever gave it.
 */
export const StoredReaction = z.object({
  /** The provider's id of the message reacted to. */
  targetProviderId: z.string(),
  /** The contact's id, or the user id of who reacted for the business. */
  from: z.string(),
  emoji: z.string(),
  at: z.iso.datetime(),
});
export type StoredReaction = z.infer<typeof StoredReaction>;

/** Where a contact's conversations on a channel have got to: a hint to start from, since conversations name the next. */
const Thread = z.object({ channelId: z.string(), ordinal: z.int().positive(), conversationId: ConversationId });

export const Conversations = collection("conversations", "conversation", StoredConversation);
export const Messages = collection("conversations", "message", StoredMessage);
export const Reactions = collection("conversations", "reaction", StoredReaction);
/** In the contact's partition of `contacts`; its id is the channel's. */
export const Threads = collection("contacts", "thread", Thread);
