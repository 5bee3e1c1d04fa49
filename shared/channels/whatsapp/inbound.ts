import type { Identity } from "../../contacts/model.ts";
import { derivedId } from "../../platform/ids.ts";
import type { InboundEvent, InboundMessage, SendReference, StatusUpdate } from "../channel.ts";
import { readContent } from "./content.ts";
import { messageErrorOf } from "./errors.ts";
import type { WhatsAppInboundBody } from "./inboundBody.ts";
import { nameOf, recipientOf, senderOf } from "./person.ts";
import { isObject, objectsIn, type RawObject, textOf } from "./raw.ts";

/**
 * What a queued message or status of WhatsApp means to a conversation. Undefined for a status that no rank has (`deleted`,
 * `warning`) and for an event that names no person: nothing follows from those. The same body gives the same event, always.
 */
export function toInboundEvent(body: WhatsAppInboundBody, channelId: string): InboundEvent | undefined {
  return body.kind === "message"
    ? readMessage(body, body.message, channelId)
    : readStatus(body, body.status, channelId);
}

interface From {
  readonly channelId: string;
  readonly contact: { readonly identities: readonly Identity[]; readonly name?: string };
  readonly at: Date;
}

function readMessage(body: WhatsAppInboundBody, message: RawObject, channelId: string): InboundEvent | undefined {
  const providerId = textOf(message.id, 512);
  const from = fromOf(body, senderOf(message, body.contact), message.timestamp, channelId);
  if (providerId === undefined || from === undefined) return undefined;
  return readReaction(message, from) ?? readSaid(message, from, providerId);
}

function readReaction(message: RawObject, from: From): InboundEvent | undefined {
  const { reaction } = message;
  if (message.type !== "reaction" || !isObject(reaction)) return undefined;
  const targetProviderId = textOf(reaction.message_id, 512);
  if (targetProviderId === undefined) return undefined;
  // Without an emoji, or with an empty one, the person took the reaction back.
  return { ...from, type: "reaction", targetProviderId, emoji: textOf(reaction.emoji, 64) ?? "" };
}

function readSaid(message: RawObject, from: From, providerId: string): InboundMessage {
  const context = isObject(message.context) ? message.context : {};
  const replyToProviderId = textOf(context.id, 512);
  const forwarded = context.forwarded === true || context.frequently_forwarded === true;
  return {
    ...from,
    type: "message",
    providerId,
    ...readContent(message, derivedId("med", from.channelId, providerId)),
    ...(replyToProviderId === undefined ? {} : { replyToProviderId }),
    ...(forwarded ? { forwarded } : {}),
  };
}

const RANKS: Readonly<Record<string, StatusUpdate["status"]>> = {
  sent: "sent",
  delivered: "delivered",
  read: "read",
  // The first time a voice message of ours is played; it was read by then.
  played: "read",
  failed: "failed",
};

function readStatus(body: WhatsAppInboundBody, status: RawObject, channelId: string): StatusUpdate | undefined {
  const providerId = textOf(status.id, 512);
  const word = textOf(status.status, 32) ?? "";
  const rank = Object.hasOwn(RANKS, word) ? RANKS[word] : undefined;
  const from = fromOf(body, recipientOf(status, body.contact), status.timestamp, channelId);
  if (providerId === undefined || rank === undefined || from === undefined) return undefined;
  const reference = referenceOf(status.biz_opaque_callback_data);
  const [error] = objectsIn(status.errors);
  return {
    ...from,
    type: "status",
    providerId,
    reference,
    status: rank,
    ...(rank === "failed" ? { error: messageErrorOf(error) } : {}),
  };
}

function fromOf(
  body: WhatsAppInboundBody,
  identities: readonly Identity[],
  timestamp: unknown,
  channelId: string,
): From | undefined {
  if (identities.length === 0) return undefined;
  const name = nameOf(body.contact);
  return {
    channelId,
    contact: name === undefined ? { identities } : { identities, name },
    at: timeOf(timestamp, new Date(body.receivedAt)),
  };
}

const DAY = 24 * 60 * 60 * 1000;

/** The provider's time, in seconds; the time of receipt where there is none, or one that lies ahead by more than a day. */
function timeOf(timestamp: unknown, receivedAt: Date): Date {
  const seconds = /^\d{1,12}$/.test(textOf(timestamp, 12) ?? "") ? Number(timestamp) : 0;
  const at = seconds * 1000;
  return seconds === 0 || at > receivedAt.getTime() + DAY ? receivedAt : new Date(at);
}

/** What we sent along as `<conversation id>:<message id>`. */
function referenceOf(value: unknown): SendReference | undefined {
  const [, conversationId, messageId] = /^(cnv_[0-9a-z]{20}):(msg_[0-9a-z]{20})$/.exec(textOf(value, 64) ?? "") ?? [];
  return conversationId === undefined || messageId === undefined ? undefined : { conversationId, messageId };
}

/** See `referenceOf`. At most 512 characters are allowed by WhatsApp. */
export function callbackDataOf({ conversationId, messageId }: SendReference): string {
  return `${conversationId}:${messageId}`;
}
