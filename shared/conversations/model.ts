import { z } from "zod";
import { ContactId, Identity } from "../contacts/model.ts";
import { collection } from "../platform/documents/port.ts";
import { idOf } from "../platform/ids.ts";
import { MessageContent } from "./content.ts";

export const ConversationId = idOf("cnv");
export const MessageId = idOf("msg");

export const ChannelKind = z.enum(["whatsapp", "email", "voice"]);
export type ChannelKind = z.infer<typeof ChannelKind>;

export const ConversationStatus = z.enum(["open", "snoozed", "closed"]);

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
  /** The conversation before this one with the same contact on the same channel. */
  previousId: ConversationId.nullable(),
});
export type Conversation = z.infer<typeof Conversation>;

/** A conversation as it is stored: what is shown, and what keeps it right. */
export const StoredConversation = Conversation.extend({
  /** 1 for the first conversation of (channel, contact), and so on; the id is derived from it. */
  ordinal: z.int().positive(),
  /** How many messages and notes it holds; the next one's arrival number. */
  messageCount: z.int(),
  /** The provider time of the newest inbound message: what the window and the contact's name go by. */
  lastInboundAt: z.iso.datetime().nullable(),
  /** Ids of messages recorded and not yet accepted by the provider, in the order to send; at most 100. */
  outbound: z.array(MessageId).max(100),
  /** Not before this time may the next one be tried (provider's or recipient's rate limit). */
  outboundNotBefore: z.iso.datetime().nullable(),
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
    /** Tries to send; recorded before each, so that a crash cannot double a send. */
    attempts: z.array(z.iso.datetime()).default([]),
    /** The provider's media id to fetch or to send. */
    providerMediaId: z.string().optional(),
  }),
);
export type StoredMessage = z.infer<typeof StoredMessage>;

/**
 * A reaction is a document of its own beside the message it belongs to, because it may come before it; the newest by time
 * wins, an empty emoji takes it back.
 */
export const StoredReaction = z.object({
  messageId: MessageId,
  from: z.string(),
  emoji: z.string(),
  at: z.iso.datetime(),
});
export type StoredReaction = z.infer<typeof StoredReaction>;

export const Conversations = collection("conversations", "conversation", StoredConversation);
export const Messages = collection("conversations", "message", StoredMessage);
export const Reactions = collection("conversations", "reaction", StoredReaction);
