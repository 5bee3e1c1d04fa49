import type { MessageContent } from "../../../shared/conversations/content.ts";
import type { PostedMessage } from "../../../shared/conversations/posted.ts";
import type { MediaShown } from "../../../shared/media/model.ts";
import { mediaTypeOf } from "./post.ts";

/** WhatsApp's limits, in characters. */
export const MAX_TEXT = 4096;
const MAX_CAPTION = 1024;

/** What is posted, and how it looks until the server has answered. */
export interface Composed {
  readonly body: PostedMessage;
  readonly content: MessageContent;
}

/**
 * The messages of one press on Send: a text; or files, of which the first takes the text as its caption where it can.
 * Only the first says what it replies to.
 */
export function compose(text: string, files: readonly MediaShown[], replyTo: string | undefined): readonly Composed[] {
  const words = text.trim();
  const [first] = files;
  const captioned =
    first !== undefined && words !== "" && words.length <= MAX_CAPTION && mediaTypeOf(first.mimeType) !== "audio";
  const composed = files.map((file, index) => composeFile(file, captioned && index === 0 ? words : undefined));
  if (words !== "" && !captioned) {
    composed.unshift({ body: { type: "text", text: words }, content: { type: "text", text: words } });
  }
  const [head, ...rest] = composed;
  if (head === undefined || replyTo === undefined || head.body.type === "note") return composed;
  return [{ ...head, body: { ...head.body, replyTo } }, ...rest];
}

export function composeNote(text: string): Composed {
  return { body: { type: "note", text: text.trim() }, content: { type: "note", text: text.trim() } };
}

function composeFile({ id, mimeType, size, fileName }: MediaShown, caption: string | undefined): Composed {
  const media = { id, status: "stored" as const, mimeType, size, ...(fileName === undefined ? {} : { fileName }) };
  const type = mediaTypeOf(mimeType);
  if (type === "audio") return { body: { type, mediaId: id }, content: { type, media, voice: false } };
  const words = caption === undefined ? {} : { caption };
  return { body: { type, mediaId: id, ...words }, content: { type, media, ...words } };
}
