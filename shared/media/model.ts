import { z } from "zod";
import { collection } from "../platform/documents/port.ts";
import { idOf } from "../platform/ids.ts";

export const MediaId = idOf("med");

/** A file of the tenant. Its bytes lie in a blob under the media id; `deleted` keeps the id from coming back. */
const StoredMedia = z.object({
  id: MediaId,
  status: z.enum(["stored", "deleted"]),
  mimeType: z.string(),
  /** Bytes. */
  size: z.int(),
  sha256: z.string(),
  fileName: z.string().optional(),
  /** The message it came with; null for an agent's upload. */
  messageRef: z.object({ conversationId: z.string(), messageId: z.string() }).nullable(),
  createdAt: z.iso.datetime(),
});
export type MediaDocument = z.infer<typeof StoredMedia>;

/** A file as the API shows it. */
export const Media = StoredMedia.pick({ id: true, mimeType: true, size: true, fileName: true });
export type MediaShown = z.infer<typeof Media>;

/** Each in a partition of its own, named by its id. */
export const MediaDocuments = collection("conversations", "media", StoredMedia);
