import { z } from "zod";
import type { Bubble, Person, StoredFile } from "./model.ts";

const Text = z.string().max(4096);
const Attached = z.strictObject({
  file: z.string().regex(/^\d{1,20}$/),
  caption: z.string().max(1024).optional(),
  voice: z.boolean().optional(),
});

/** What the page sends when the person does something; media are uploaded before and named by id. */
export const Said = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: Text.min(1) }),
  ...(["image", "video", "audio", "document", "sticker"] as const).map((type) =>
    z.strictObject({ type: z.literal(type), media: Attached }),
  ),
  z.strictObject({
    type: z.literal("location"),
    location: z.strictObject({
      latitude: z.number(),
      longitude: z.number(),
      name: z.string().max(200).optional(),
      address: z.string().max(200).optional(),
    }),
  }),
  z.strictObject({
    type: z.literal("contacts"),
    contact: z.strictObject({
      name: z.string().min(1).max(100),
      phone: z.string().max(30),
      email: z.string().max(100).optional(),
    }),
  }),
  z.strictObject({ type: z.literal("reaction"), messageId: z.string().max(200), emoji: z.string().max(32) }),
  z.strictObject({ type: z.literal("button_reply"), id: z.string().max(256), title: z.string().max(100) }),
  z.strictObject({
    type: z.literal("list_reply"),
    id: z.string().max(256),
    title: z.string().max(100),
    description: z.string().max(100).optional(),
  }),
  z.strictObject({ type: z.literal("button"), text: z.string().max(100) }),
  /** Something that WhatsApp does not pass on to businesses. */
  z.strictObject({ type: z.literal("unsupported"), kind: z.string().max(50) }),
]);
export type Said = z.infer<typeof Said>;

/** To whom a person writes and what it answers; what is said stands beside it in the same object, and is a `Said`. */
export const Envelope = z.looseObject({
  phoneNumberId: z.string().max(30),
  replyTo: z.string().max(200).optional(),
  forwarded: z.boolean().optional(),
});

/** The provider's part of a message: what stands under its type in a webhook, and the type. */
export function providerPart(
  said: Said,
  fileOf: (id: string) => StoredFile | undefined,
): { type: string; part: unknown } | undefined {
  switch (said.type) {
    case "text":
      return { type: "text", part: { body: said.text } };
    case "location":
      return { type: "location", part: said.location };
    case "contacts": {
      const { name, phone, email } = said.contact;
      const digits = phone.replace(/\D/g, "");
      const card = {
        name: { formatted_name: name, first_name: name },
        phones: [{ phone, wa_id: digits, type: "CELL" }],
        ...(email === undefined ? {} : { emails: [{ email, type: "WORK" }] }),
      };
      return { type: "contacts", part: [card] };
    }
    case "button_reply":
      return { type: "interactive", part: { type: "button_reply", button_reply: { id: said.id, title: said.title } } };
    case "list_reply": {
      const { type: _, ...reply } = said;
      return { type: "interactive", part: { type: "list_reply", list_reply: reply } };
    }
    case "button":
      return { type: "button", part: { payload: said.text, text: said.text } };
    case "reaction":
      return {
        type: "reaction",
        part: { message_id: said.messageId, ...(said.emoji === "" ? {} : { emoji: said.emoji }) },
      };
    case "unsupported":
      return { type: "unsupported", part: { type: said.kind } };
    default: {
      const file = fileOf(said.media.file);
      return file === undefined ? undefined : { type: said.type, part: filePart(said, file) };
    }
  }
}

function filePart(said: Extract<Said, { media: unknown }>, { id, mimeType, sha256, fileName }: StoredFile) {
  const { caption, voice } = said.media;
  return {
    id,
    mime_type: mimeType,
    sha256,
    ...(caption === undefined || caption === "" ? {} : { caption }),
    ...(said.type === "document" ? { filename: fileName ?? "file" } : {}),
    ...(said.type === "audio" ? { voice: voice === true } : {}),
    ...(said.type === "sticker" ? { animated: false } : {}),
  };
}

/** The webhook's value for a person's message: who as WhatsApp shows them, and what. */
export function webhookValue(
  person: Person,
  bubble: Pick<Bubble, "id" | "at" | "type" | "replyTo">,
  part: unknown,
  business: { displayPhoneNumber: string },
  forwarded = false,
) {
  const { name, phone, username, userId } = person;
  const profile = { name, ...(username === undefined ? {} : { username }) };
  const context = {
    ...(bubble.replyTo === undefined
      ? {}
      : { from: business.displayPhoneNumber.replace(/\D/g, ""), id: bubble.replyTo }),
    ...(forwarded ? { forwarded: true } : {}),
  };
  const message = {
    ...(Object.keys(context).length === 0 ? {} : { context }),
    ...(phone === undefined ? {} : { from: phone }),
    from_user_id: userId,
    id: bubble.id,
    timestamp: String(bubble.at),
    type: bubble.type,
    [bubble.type]: part,
    ...(bubble.type === "unsupported"
      ? {
          errors: [
            {
              code: 131051,
              title: "Message type unknown",
              message: "Message type unknown",
              error_data: { details: "Message type is currently not supported." },
            },
          ],
        }
      : {}),
  };
  return {
    contacts: [{ profile, ...(phone === undefined ? {} : { wa_id: phone }), user_id: userId }],
    messages: [message],
  };
}
