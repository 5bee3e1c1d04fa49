import { z } from "zod";

/** A file of a message, from the moment it is announced. Only `stored` can be fetched from /api/media/{id}. */
export const MessageMedia = z.object({
  id: z.string(),
  status: z.enum(["pending", "stored", "failed"]),
  mimeType: z.string(),
  fileName: z.string().optional(),
  /** Bytes, once known. */
  size: z.int().optional(),
  /** Why it could not be kept, in words. */
  error: z.string().optional(),
});
export type MessageMedia = z.infer<typeof MessageMedia>;

const withMedia = { media: MessageMedia };
const withCaption = { ...withMedia, caption: z.string().max(4096).optional() };

export const ContactCard = z.object({
  name: z.string(),
  phones: z.array(z.string()),
  emails: z.array(z.string()),
  organization: z.string().optional(),
});

const Button = z.object({ id: z.string().min(1).max(256), title: z.string().min(1).max(20) });
const ListRow = z.object({
  id: z.string().min(1).max(200),
  title: z.string().min(1).max(24),
  description: z.string().max(72).optional(),
});

/** What an interactive message offers to choose from; limits are WhatsApp's (3 buttons; 10 rows in all). */
export const Interactive = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("buttons"), body: z.string().min(1).max(1024), buttons: z.array(Button).min(1).max(3) }),
  z.object({
    kind: z.literal("list"),
    body: z.string().min(1).max(1024),
    button: z.string().min(1).max(20),
    sections: z
      .array(z.object({ title: z.string().max(24), rows: z.array(ListRow).min(1).max(10) }))
      .min(1)
      .max(10),
  }),
]);

/** A template by its name and language, with its parameters in order of appearance. */
export const TemplateUse = z.object({
  name: z.string().min(1).max(512),
  language: z.string().min(2).max(15),
  parameters: z.array(z.string().max(1024)).max(20).default([]),
});

/** What a message says, by type; the same for every channel and in both directions. */
export const MessageContent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), text: z.string() }),
  z.object({ type: z.literal("image"), ...withCaption }),
  z.object({ type: z.literal("video"), ...withCaption }),
  z.object({ type: z.literal("document"), ...withCaption }),
  z.object({ type: z.literal("audio"), ...withMedia, voice: z.boolean() }),
  z.object({ type: z.literal("sticker"), ...withMedia, animated: z.boolean() }),
  z.object({
    type: z.literal("location"),
    latitude: z.number(),
    longitude: z.number(),
    name: z.string().optional(),
    address: z.string().optional(),
  }),
  z.object({ type: z.literal("contacts"), contacts: z.array(ContactCard) }),
  z.object({ type: z.literal("interactive"), interactive: Interactive }),
  /** The customer's choice from an interactive message or a template's button. */
  z.object({
    type: z.literal("choice"),
    id: z.string(),
    title: z.string(),
    description: z.string().optional(),
  }),
  z.object({ type: z.literal("template"), template: TemplateUse, text: z.string().optional() }),
  z.object({ type: z.literal("note"), text: z.string() }),
  /** Something the channel has and we do not understand yet: kept, and shown as such. */
  z.object({ type: z.literal("unsupported"), providerType: z.string() }),
]);
export type MessageContent = z.infer<typeof MessageContent>;
export type MessageType = MessageContent["type"];

/** The media of a message that has any. */
export function mediaOf(content: MessageContent): MessageMedia | undefined {
  return "media" in content ? content.media : undefined;
}
