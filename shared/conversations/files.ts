import type { Caller } from "../platform/caller.ts";
import { replace } from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import type { EventType } from "../platform/events/event.ts";
import type { MessageContent, MessageMedia } from "./content.ts";
import { mediaOf } from "./content.ts";
import {
  type Context,
  contended,
  MAX_RACES,
  messageEvent,
  readConversation,
  readMessage,
  tryCommit,
} from "./context.ts";
import { Messages, type StoredMessage } from "./model.ts";

const MINUTE = 60 * 1000;
/**
 * Pauses before fetching a file again, in ms. Providers keep files for days (WhatsApp 7), and a queue redelivers at
 * once, so tries are spread by hand.
 */
const PAUSES = [10 * 1000, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * 60 * MINUTE, 8 * 60 * MINUTE];

export interface FileToFetch {
  readonly conversationId: string;
  readonly messageId: string;
  /** 0 for the first try. */
  readonly attempt: number;
}

/**
 * Fetches the file of a message from its channel and stores it (event `media.stored`). One that is too large or gone is
 * marked so (`media.failed`); after any other fault it is tried again later, six times, and then the throw parks it.
 */
export async function fetchFile(context: Context, caller: Caller, file: FileToFetch): Promise<void> {
  const { conversationId, messageId, attempt } = file;
  const { value: message } = await readMessage(context, caller, conversationId, messageId);
  const media = mediaOf(message);
  const { providerMediaId } = message;
  if (media === undefined || media.status === "stored" || providerMediaId === undefined) return;
  try {
    const stored = await copyFile(context, caller, message, media, providerMediaId);
    await setMedia(context, caller, conversationId, messageId, unlessKnown(stored), "media.stored");
  } catch (error) {
    const words = lastWord(error);
    const pause = PAUSES[attempt];
    if (words === undefined && pause !== undefined) return tryAgain(context, caller, file, pause);
    const failed: MessageMedia = { ...media, status: "failed", error: words ?? "The file could not be fetched." };
    await setMedia(context, caller, conversationId, messageId, unlessKnown(failed), "media.failed");
    if (words === undefined) throw error;
  }
}

/** What becomes of a message's file; undefined when that is no news. */
type Decide = (media: MessageMedia) => MessageMedia | undefined;

/** The result of one run. Another may have had it before, or had more luck. */
function unlessKnown(found: MessageMedia): Decide {
  return ({ status }) => (status === "stored" || status === found.status ? undefined : found);
}

/** In words, why no further try can help; undefined when one may. */
function lastWord(error: unknown): string | undefined {
  if (!(error instanceof Problem)) return undefined;
  if (error.code === "too-large") return "The file is larger than what is kept.";
  if (error.code === "not-found") return "The file is no longer there. Ask the customer to send it again.";
  return undefined;
}

async function tryAgain({ queue, clock }: Context, caller: Caller, file: FileToFetch, pause: number): Promise<void> {
  const { conversationId, messageId } = file;
  const attempt = file.attempt + 1;
  const message = {
    messageId: `${messageId}-${attempt}`,
    sessionId: messageId,
    body: { tenantId: caller.tenantId, file: { conversationId, messageId, attempt } },
    deliverAt: new Date(clock.now().getTime() + pause),
  };
  await queue.send("media", [message]);
}

async function copyFile(
  { channels, media: files, documents }: Context,
  caller: Caller,
  message: StoredMessage,
  media: MessageMedia,
  providerMediaId: string,
): Promise<MessageMedia> {
  const head = await readConversation({ documents }, caller, message.conversationId);
  const { channel, channelId } = head.value;
  const fetched = await channels(channel).fetchMedia(caller.tenantId, channelId, providerMediaId, message.type);
  const { size, mimeType } = await files.store(caller, {
    id: media.id,
    content: fetched.content,
    mimeType: fetched.mimeType,
    maxBytes: fetched.maxBytes,
    fileName: media.fileName,
    messageRef: { conversationId: message.conversationId, messageId: message.id },
  });
  const { error: _, ...rest } = media;
  return { ...rest, status: "stored", size, mimeType };
}

async function setMedia(
  context: Context,
  caller: Caller,
  conversationId: string,
  messageId: string,
  decide: Decide,
  type: EventType,
): Promise<void> {
  for (let race = 0; race < MAX_RACES; race++) {
    const head = await readConversation(context, caller, conversationId);
    const message = await readMessage(context, caller, conversationId, messageId);
    const before = mediaOf(message.value);
    const media = before && decide(before);
    if (media === undefined) return;
    const next = withMedia(message.value, media);
    const refused = await tryCommit(
      context,
      caller,
      conversationId,
      [replace(Messages, messageId, next, message.etag)],
      {
        events: [messageEvent(context, caller, type, head.value, next)],
      },
    );
    if (refused === undefined) return;
  }
  throw contended();
}

function withMedia<M extends MessageContent>(message: M, media: MessageMedia): M {
  return "media" in message ? { ...message, media } : message;
}

/** A file was deleted: its message says so. A message that is gone, or has no file, needs nothing. */
export async function markDeleted(
  context: Context,
  caller: Caller,
  conversationId: string,
  messageId: string,
): Promise<void> {
  const stored = await context.documents.forTenant(caller.tenantId).read(Messages, [conversationId], messageId);
  if (stored === undefined) return;
  const deleted: Decide = ({ size: _, ...rest }) =>
    rest.status === "failed" ? undefined : { ...rest, status: "failed", error: "The file was deleted." };
  await setMedia(context, caller, conversationId, messageId, deleted, "media.failed");
}
