import type { MessageType } from "../../conversations/content.ts";
import type { MessageError } from "../../conversations/model.ts";

export type MediaType = "image" | "video" | "audio" | "document" | "sticker";

interface MediaLimit {
  readonly maxBytes: number;
  /** Kinds of files WhatsApp takes from a business; any where absent. */
  readonly mimeTypes?: readonly string[];
  /** The kinds in words. */
  readonly words: string;
}

const MB = 1024 * 1024;

/** Meta's table of supported media types; the sizes hold in both directions. A sticker that stands still may have 100 KB. */
export const MEDIA_LIMITS: Readonly<Record<MediaType, MediaLimit>> = {
  image: { maxBytes: 5 * MB, mimeTypes: ["image/jpeg", "image/png"], words: "JPEG and PNG images up to 5 MB" },
  video: { maxBytes: 16 * MB, mimeTypes: ["video/mp4", "video/3gpp"], words: "MP4 and 3GP videos up to 16 MB" },
  audio: {
    maxBytes: 16 * MB,
    mimeTypes: ["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"],
    words: "AAC, AMR, MP3, M4A and Ogg audio up to 16 MB",
  },
  document: { maxBytes: 100 * MB, words: "documents up to 100 MB" },
  sticker: { maxBytes: 500 * 1024, mimeTypes: ["image/webp"], words: "WebP stickers up to 500 KB" },
};

export function isMediaType(type: MessageType): type is MediaType {
  return Object.hasOwn(MEDIA_LIMITS, type);
}

/** Why WhatsApp would refuse this file, or undefined when it would not. */
export function mediaRefusal(type: MediaType, mimeType: string, bytes: number): MessageError | undefined {
  const { maxBytes, mimeTypes, words } = MEDIA_LIMITS[type];
  const plain = mimeType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const fits = bytes > 0 && bytes <= maxBytes && (mimeTypes === undefined || mimeTypes.includes(plain));
  return fits
    ? undefined
    : { code: "whatsapp:131053", message: `WhatsApp takes ${words}. Send another file.`, remedy: "none" };
}
