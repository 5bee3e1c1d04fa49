import { z } from "zod";
import { Interactive, TemplateUse } from "./content.ts";
import { MessageId } from "./model.ts";

/** What an agent posts (DESIGN: fixed shapes). Texts' limits are WhatsApp's: 4,096 characters, captions 1,024. */
const replyTo = { replyTo: MessageId.optional() };
const text = z.string().max(4096).regex(/\S/, "Write something");
const caption = z.string().max(1024).optional();
const mediaId = z.string().min(1).max(64);

export const PostedMessage = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text, ...replyTo }),
  z.strictObject({ type: z.literal("template"), template: TemplateUse, ...replyTo }),
  z.strictObject({ type: z.literal("interactive"), interactive: Interactive, ...replyTo }),
  z.strictObject({ type: z.literal("note"), text }),
  z.strictObject({ type: z.literal("image"), mediaId, caption, ...replyTo }),
  z.strictObject({ type: z.literal("video"), mediaId, caption, ...replyTo }),
  z.strictObject({ type: z.literal("document"), mediaId, caption, ...replyTo }),
  z.strictObject({ type: z.literal("audio"), mediaId, ...replyTo }),
  z.strictObject({ type: z.literal("sticker"), mediaId, ...replyTo }),
]);
export type PostedMessage = z.infer<typeof PostedMessage>;
