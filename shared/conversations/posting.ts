import type { MediaDocument } from "../media/model.ts";
import { type Caller, userIdOf } from "../platform/caller.ts";
import { create, replace } from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import type { EventType } from "../platform/events/event.ts";
import { derivedId, newId } from "../platform/ids.ts";
import type { MessageContent, MessageMedia } from "./content.ts";
import {
  type Context,
  contended,
  MAX_RACES,
  messageEvent,
  readConversation,
  readMessage,
  tryCommit,
} from "./context.ts";
import {
  Conversations,
  MAX_OUTBOUND,
  Message,
  Messages,
  type StoredConversation,
  type StoredMessage,
} from "./model.ts";
import type { PostedMessage } from "./posted.ts";
import { isWindowOpen, positionAfter, withMessage } from "./rules.ts";
import { wakeUp } from "./wakeUps.ts";

/**
 * Stores a note, or a message to be sent, and answers it; sending follows by the queue. With the same idempotency key the
 * message stored first is answered again. Throws `not-found`, `invalid-request`, and for anything but a note
 * `conversation-closed`, `window-closed`, `outbound-backlog-full`.
 */
export async function postMessage(
  context: Context,
  caller: Caller,
  conversationId: string,
  posted: PostedMessage,
  idempotencyKey: string | undefined,
): Promise<Message> {
  const author = userIdOf(caller);
  const { documents, clock } = context;
  const store = documents.forTenant(caller.tenantId);
  const id =
    idempotencyKey === undefined
      ? newId("msg", clock.now())
      : derivedId("msg", caller.tenantId, conversationId, author, idempotencyKey);
  let content: MessageContent | undefined;
  for (let race = 0; race < MAX_RACES; race++) {
    const head = await readConversation(context, caller, conversationId);
    const before = idempotencyKey === undefined ? undefined : await store.read(Messages, [conversationId], id);
    if (before !== undefined) return Message.parse(before.value);
    if (posted.type !== "note") checkMaySend(head.value, posted.type, clock.now());
    content ??= await toContent(context, caller, head.value, posted);
    const replyTo = await checkReply(context, caller, conversationId, posted);
    const message = toMessage({ id, author, content, replyTo, head: head.value, at: clock.now() });
    const next = withPosted(head.value, message);
    const isNote = posted.type === "note";
    const event: EventType = isNote ? "note.added" : "message.queued";
    const operations = [create(Messages, id, message), replace(Conversations, conversationId, next, head.etag)];
    const refused = await tryCommit(context, caller, conversationId, operations, {
      events: [messageEvent(context, caller, event, next, message)],
      messages: isNote ? [] : [wakeUp(context, caller, conversationId)],
    });
    if (refused === undefined) return Message.parse(message);
  }
  throw contended();
}

/** Throws the reason why nothing, or not this, can be sent here now. */
function checkMaySend(head: StoredConversation, type: MessageContent["type"], now: Date): void {
  if (head.status === "closed")
    throw new Problem("conversation-closed", { detail: "This conversation is closed. Reopen it to write again." });
  if (type !== "template" && !isWindowOpen(head, now))
    throw new Problem("window-closed", {
      detail: "The customer wrote last more than 24 hours ago, so only a template can be sent. Choose a template.",
    });
  if (head.outbound.length >= MAX_OUTBOUND)
    throw new Problem("outbound-backlog-full", {
      detail: `${MAX_OUTBOUND} messages wait to be sent here already. Wait until some have gone.`,
      retryAfter: 30,
    });
}

function withPosted(head: StoredConversation, message: StoredMessage): StoredConversation {
  const counted = withMessage(head, message);
  return message.direction === "note" ? counted : { ...counted, outbound: [...counted.outbound, message.id] };
}

async function checkReply(
  context: Context,
  caller: Caller,
  conversationId: string,
  posted: PostedMessage,
): Promise<string | null> {
  if (posted.type === "note" || posted.replyTo === undefined) return null;
  const store = context.documents.forTenant(caller.tenantId);
  const target = await store.read(Messages, [conversationId], posted.replyTo);
  if (target === undefined || target.value.providerId === null)
    throw new Problem("invalid-request", {
      errors: [{ path: "body.replyTo", message: "Not a message of this conversation that can be answered" }],
    });
  return posted.replyTo;
}

async function toContent(
  context: Context,
  caller: Caller,
  head: StoredConversation,
  posted: PostedMessage,
): Promise<MessageContent> {
  switch (posted.type) {
    case "text":
    case "note":
      return { type: posted.type, text: posted.text };
    case "interactive":
      return { type: "interactive", interactive: posted.interactive };
    case "template":
      return templateContent(context, caller, head, posted.template);
    case "audio":
      return { type: "audio", voice: false, media: await mediaFor(context, caller, posted) };
    case "sticker":
      return { type: "sticker", animated: false, media: await mediaFor(context, caller, posted) };
    default: {
      const { type, caption } = posted;
      const media = await mediaFor(context, caller, posted);
      return { type, media, ...(caption === undefined || caption === "" ? {} : { caption }) };
    }
  }
}

type Template = Extract<PostedMessage, { type: "template" }>["template"];

/** The template with its text as the customer will read it. Where templates cannot be asked for, it is sent by its name. */
async function templateContent(
  { channels, telemetry }: Context,
  caller: Caller,
  { channel, channelId }: StoredConversation,
  template: Template,
): Promise<MessageContent> {
  const unfilled = { type: "template", template } as const;
  try {
    const known = await channels(channel).templates(caller.tenantId, channelId);
    const found = known.find(({ name, language }) => name === template.name && language === template.language);
    if (found === undefined || found.parameterCount !== template.parameters.length) return unfilled;
    const text = found.body.replaceAll(
      /\{\{(\d+)\}\}/g,
      (whole, n: string) => template.parameters[Number(n) - 1] ?? whole,
    );
    return { ...unfilled, text };
  } catch (error) {
    telemetry.log("warn", "templates could not be read, sending by name", { tenantId: caller.tenantId, error });
    return unfilled;
  }
}

type PostedFile = Extract<PostedMessage, { mediaId: string }>;

const MIME_OF: Readonly<Record<PostedFile["type"], RegExp>> = {
  image: /^image\//,
  video: /^video\//,
  audio: /^audio\//,
  sticker: /^image\/webp$/,
  document: /./,
};

async function mediaFor({ media }: Context, caller: Caller, { type, mediaId }: PostedFile): Promise<MessageMedia> {
  const found = await media.find(caller, mediaId);
  if (found === undefined || found.status !== "stored" || !MIME_OF[type].test(found.mimeType))
    throw new Problem("invalid-request", {
      errors: [{ path: "body.mediaId", message: `Not a stored file that can be sent as ${type}` }],
    });
  return toMessageMedia(found);
}

function toMessageMedia({ id, mimeType, size, fileName }: MediaDocument): MessageMedia {
  return { id, status: "stored", mimeType, size, ...(fileName === undefined ? {} : { fileName }) };
}

interface Draft {
  readonly id: string;
  readonly author: string;
  readonly content: MessageContent;
  readonly replyTo: string | null;
  readonly head: StoredConversation;
  readonly at: Date;
}

function toMessage({ id, author, content, replyTo, head, at }: Draft): StoredMessage {
  const sentAt = at.toISOString();
  const isNote = content.type === "note";
  return {
    id,
    conversationId: head.id,
    direction: isNote ? "note" : "outbound",
    status: isNote ? null : "queued",
    sentAt,
    statusAt: isNote ? {} : { queued: sentAt },
    author,
    replyTo,
    reactions: [],
    ...content,
    position: positionAfter(head, sentAt),
    providerId: null,
    ...(isNote ? {} : { queuedAt: sentAt }),
    attempts: [],
    sendingSince: null,
    retiredProviderIds: [],
  };
}

/**
 * Sends a failed message once more, because an agent says so: at the end of what waits. Throws `not-found`, `conflict` when
 * it has not failed, and what posting it would throw.
 */
export async function retryMessage(
  context: Context,
  caller: Caller,
  conversationId: string,
  messageId: string,
): Promise<Message> {
  for (let race = 0; race < MAX_RACES; race++) {
    const head = await readConversation(context, caller, conversationId);
    const message = await readMessage(context, caller, conversationId, messageId);
    if (message.value.direction !== "outbound" || message.value.status !== "failed")
      throw new Problem("conflict", { detail: "Only a message that failed can be tried again." });
    checkMaySend(head.value, message.value.type, context.clock.now());
    const next = requeued(message.value, context.clock.now().toISOString());
    const nextHead = { ...head.value, outbound: [...head.value.outbound, messageId] };
    const operations = [
      replace(Messages, messageId, next, message.etag),
      replace(Conversations, conversationId, nextHead, head.etag),
    ];
    const refused = await tryCommit(context, caller, conversationId, operations, {
      events: [messageEvent(context, caller, "message.queued", nextHead, next)],
      messages: [wakeUp(context, caller, conversationId)],
    });
    if (refused === undefined) return Message.parse(next);
  }
  throw contended();
}

function requeued(message: StoredMessage, now: string): StoredMessage {
  const { error: _, ...clean } = message;
  const retired = message.providerId === null ? [] : [message.providerId];
  return {
    ...clean,
    status: "queued",
    statusAt: { queued: now },
    queuedAt: now,
    providerId: null,
    attempts: [],
    sendingSince: null,
    retiredProviderIds: [...message.retiredProviderIds, ...retired],
  };
}
