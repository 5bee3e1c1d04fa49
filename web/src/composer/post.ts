import type { MessageContent } from "../../../shared/conversations/content.ts";
import type { PostedMessage } from "../../../shared/conversations/posted.ts";

export type PostedMediaType = Extract<PostedMessage, { mediaId: string }>["type"];

/** WhatsApp shows JPEG and PNG as images, MP4 and 3GP as video; what else there is travels as a document. */
export function mediaTypeOf(mimeType: string): Exclude<PostedMediaType, "sticker"> {
  const [type] = mimeType.split(";");
  if (type === "image/jpeg" || type === "image/png") return "image";
  if (type === "video/mp4" || type === "video/3gpp") return "video";
  return /^audio\/(aac|mp4|mpeg|amr|ogg)$/.test(type ?? "") ? "audio" : "document";
}

/** The same for a message and for the post it came from: how an event is matched with the send that caused it. */
export function fingerprint(content: MessageContent | PostedMessage): string {
  switch (content.type) {
    case "text":
    case "note":
      return `${content.type}|${content.text}`;
    case "template":
      return `template|${content.template.name}|${content.template.parameters.join("|")}`;
    default:
      if ("mediaId" in content) return `${content.type}|${content.mediaId}`;
      return "media" in content ? `${content.type}|${content.media.id}` : content.type;
  }
}
