import type { z } from "zod";
import type { Identity } from "../../contacts/model.ts";
import type { ContactCard, Interactive, MessageContent, TemplateUse } from "../../conversations/content.ts";
import type { MessageError } from "../../conversations/model.ts";
import type { MediaType } from "./media.ts";
import type { RawObject } from "./raw.ts";

/** A request for POST /{phone number id}/messages, or why there can be none. */
export type Built = { readonly request: RawObject } | { readonly refused: MessageError };

export interface ToBuild {
  readonly to: readonly Identity[];
  readonly content: MessageContent;
  /** WhatsApp's id of the uploaded file, where the content has one. */
  readonly uploadedId?: string;
  readonly fileName?: string;
  readonly replyToProviderId?: string;
  readonly callbackData?: string;
  /** Names of the template's parameters where they are not numbered. */
  readonly parameterNames?: readonly string[];
}

const MAX_TEXT = 4096;
const MAX_CAPTION = 1024;

/** The request that sends `content`, valid by Meta's documentation; or a refusal in words, where WhatsApp has no such message. */
export function buildMessage(message: ToBuild): Built {
  const recipient = recipientFor(message.to);
  if (recipient === undefined) return refuse("This person has no WhatsApp address.", "contact-elsewhere");
  const built = payloadOf(message);
  if ("refused" in built) return built;
  const { replyToProviderId, callbackData } = message;
  return {
    request: {
      ...recipient,
      ...(replyToProviderId === undefined ? {} : { context: { message_id: replyToProviderId } }),
      ...built.payload,
      ...(callbackData === undefined ? {} : { biz_opaque_callback_data: callbackData }),
    },
  };
}

/** The request for a reaction; an empty emoji takes it back. */
export function buildReaction(to: readonly Identity[], targetProviderId: string, emoji: string): Built {
  const recipient = recipientFor(to);
  if (recipient === undefined) return refuse("This person has no WhatsApp address.", "contact-elsewhere");
  return { request: { ...recipient, type: "reaction", reaction: { message_id: targetProviderId, emoji } } };
}

export function buildReadMark(providerId: string): RawObject {
  return { messaging_product: "whatsapp", status: "read", message_id: providerId };
}

/** By phone where we know it, since every kind of message may go there; else by the business-scoped user id. */
function recipientFor(to: readonly Identity[]): RawObject | undefined {
  const common = { messaging_product: "whatsapp", recipient_type: "individual" };
  const phone = to.find(({ kind }) => kind === "phone");
  if (phone !== undefined) return { ...common, to: phone.value };
  const user = to.find(({ kind }) => kind === "whatsapp-user");
  return user === undefined ? undefined : { ...common, recipient: user.value };
}

type Payload = { readonly payload: RawObject } | { readonly refused: MessageError };

/** The part of a request that its type names. */
function payload(type: string, value: unknown): Payload {
  return { payload: { type, [type]: value } };
}

function payloadOf(message: ToBuild): Payload {
  const { content } = message;
  switch (content.type) {
    case "text":
      return text(content.text);
    case "image":
    case "video":
    case "document":
    case "audio":
    case "sticker":
      return media(content, message);
    case "location":
      return location(content);
    case "contacts":
      return content.contacts.length === 0
        ? refuse("Choose at least one contact to send.")
        : payload("contacts", content.contacts.map(card));
    case "interactive":
      return interactive(content.interactive);
    case "template":
      return template(content.template, message.parameterNames);
    default:
      return refuse("WhatsApp cannot carry this kind of message.");
  }
}

function refuse(words: string, remedy: MessageError["remedy"] = "none"): { readonly refused: MessageError } {
  return { refused: { code: "unsupported-by-channel", message: words, remedy } };
}

function text(body: string): Payload {
  if (body.trim() === "") return refuse("There is no text to send.");
  if (body.length > MAX_TEXT) return refuse(`WhatsApp takes ${MAX_TEXT} characters at most. Send it in parts.`);
  return payload("text", { body, preview_url: /https?:\/\//.test(body) });
}

function media(content: MessageContent & { type: MediaType }, { uploadedId, fileName }: ToBuild): Payload {
  if (uploadedId === undefined) return refuse("The file is not there any more. Send it again.");
  const { type } = content;
  const caption = "caption" in content ? content.caption : undefined;
  if (caption !== undefined && caption.length > MAX_CAPTION)
    return refuse(`WhatsApp takes ${MAX_CAPTION} characters below a file at most. Send the rest as a text.`);
  return payload(type, {
    id: uploadedId,
    ...(caption === undefined || caption === "" ? {} : { caption }),
    ...(type === "document" && fileName !== undefined ? { filename: fileName.slice(0, 240) } : {}),
    ...(type === "audio" && content.voice && /^audio\/ogg\b/i.test(content.media.mimeType) ? { voice: true } : {}),
  });
}

function location({ latitude, longitude, name, address }: MessageContent & { type: "location" }): Payload {
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return refuse("This place is not on Earth.");
  return payload("location", {
    latitude,
    longitude,
    ...(name === undefined || name === "" ? {} : { name: name.slice(0, 1000) }),
    ...(address === undefined || address === "" ? {} : { address: address.slice(0, 1000) }),
  });
}

function card({ name, phones, emails, organization }: z.infer<typeof ContactCard>): RawObject {
  const shown = name.trim() || phones[0] || emails[0] || "Contact";
  return {
    // Besides formatted_name at least one other part is asked for.
    name: { formatted_name: shown, first_name: shown },
    ...(phones.length === 0 ? {} : { phones: phones.map((phone) => ({ phone })) }),
    ...(emails.length === 0 ? {} : { emails: emails.map((email) => ({ email })) }),
    ...(organization === undefined || organization === "" ? {} : { org: { company: organization } }),
  };
}

function interactive(offer: z.infer<typeof Interactive>): Payload {
  const body = { text: offer.body };
  if (offer.body.trim() === "") return refuse("There is no text to send.");
  if (offer.kind === "buttons") {
    const { buttons } = offer;
    if (!allDiffer(buttons.map(({ id }) => id)) || !allDiffer(buttons.map(({ title }) => title)))
      return refuse("Each button needs a text of its own.");
    const action = { buttons: buttons.map(({ id, title }) => ({ type: "reply", reply: { id, title } })) };
    return payload("interactive", { type: "button", body, action });
  }
  const rows = offer.sections.flatMap((section) => section.rows);
  if (rows.length > 10) return refuse("WhatsApp takes 10 choices in a list at most.");
  if (!allDiffer(rows.map(({ id }) => id))) return refuse("Each choice needs an id of its own.");
  if (offer.sections.length > 1 && offer.sections.some(({ title }) => title.trim() === ""))
    return refuse("Each part of a list needs a title when there is more than one.");
  const sections = offer.sections.map(({ title, rows: listed }) => ({
    ...(title.trim() === "" ? {} : { title }),
    rows: listed.map(({ id, title: row, description }) => ({
      id,
      title: row,
      ...(description === undefined || description === "" ? {} : { description }),
    })),
  }));
  return payload("interactive", { type: "list", body, action: { button: offer.button, sections } });
}

function allDiffer(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}

function template(use: z.infer<typeof TemplateUse>, names: readonly string[] | undefined): Payload {
  const parameters = use.parameters.map(inOneLine);
  if (parameters.includes("")) return refuse("Fill in every field of the template.", "use-template");
  const shown = parameters.map((value, index) => {
    const name = names?.[index];
    return { type: "text", text: value, ...(name === undefined ? {} : { parameter_name: name }) };
  });
  return payload("template", {
    name: use.name,
    language: { code: use.language },
    ...(shown.length === 0 ? {} : { components: [{ type: "body", parameters: shown }] }),
  });
}

/** WhatsApp refuses line breaks, tabs and more than four spaces in a row within a template's parameter. */
function inOneLine(value: string): string {
  return value
    .replace(/[\r\n\t\v\f\u0085\u2028\u2029]+/g, " ")
    .replace(/ {5,}/g, "    ")
    .trim();
}
