import { z } from "zod";
import type { ContactCard, MessageContent } from "../../conversations/content.ts";
import { isObject, type RawObject, textOf } from "./raw.ts";

/** A message's content, and the provider's id of its file where it has one. */
export interface ReadContent {
  readonly content: MessageContent;
  readonly providerMediaId?: string;
}

/** Longest texts kept, in characters; WhatsApp's own limits are 4,096 for text and 1,024 for captions. */
const MAX_TEXT = 65_536;
const MAX_CAPTION = 4096;
const MAX_LABEL = 1000;

const cut = (max: number) => z.string().transform((text) => text.slice(0, max).toWellFormed());
const optionalLabel = cut(MAX_LABEL).optional().catch(undefined);

const Text = z.object({ body: z.string() });

const File = z.object({
  id: z.string().min(1).max(512),
  mime_type: cut(200).catch("application/octet-stream"),
  caption: cut(MAX_CAPTION).optional().catch(undefined),
  filename: cut(240).optional().catch(undefined),
  voice: z.boolean().catch(false),
  animated: z.boolean().catch(false),
});

const Location = z.object({
  latitude: z.coerce.number().min(-90).max(90),
  longitude: z.coerce.number().min(-180).max(180),
  name: optionalLabel,
  address: optionalLabel,
});

const Reply = z.object({ id: cut(256), title: cut(MAX_LABEL), description: optionalLabel });
const FlowReply = z.object({ name: cut(256).catch("form"), body: cut(MAX_LABEL).catch(""), response_json: z.string() });
const QuickReply = z.object({ payload: cut(256).optional().catch(undefined), text: cut(MAX_LABEL) });

type Reader = (value: unknown, mediaId: string) => ReadContent | undefined;

const READERS = {
  text: (value) =>
    read(Text, value, ({ body }) => ({
      type: "text",
      text: body.slice(0, MAX_TEXT).toWellFormed(),
    })),
  image: (value, id) => readFile(value, id, "image"),
  video: (value, id) => readFile(value, id, "video"),
  document: (value, id) => readFile(value, id, "document"),
  audio: (value, id) => readFile(value, id, "audio"),
  sticker: (value, id) => readFile(value, id, "sticker"),
  location: (value) =>
    read(Location, value, ({ latitude, longitude, name, address }) => ({
      type: "location",
      latitude,
      longitude,
      ...(name === undefined ? {} : { name }),
      ...(address === undefined ? {} : { address }),
    })),
  contacts: (value) =>
    Array.isArray(value) && value.length > 0
      ? { content: { type: "contacts", contacts: value.slice(0, 100).map(readCard) } }
      : undefined,
  interactive: (value) => (isObject(value) ? readInteractive(value) : undefined),
  button: (value) =>
    read(QuickReply, value, ({ payload, text }) => ({
      type: "choice",
      id: payload ?? text.slice(0, 256).toWellFormed(),
      title: text,
    })),
} as const satisfies Record<string, Reader>;

const isReadable = (type: string): type is keyof typeof READERS => Object.hasOwn(READERS, type);

/**
 * What a provider's message says. `mediaId` becomes the id of its file, if it has one. A kind we do not know, or one of ours
 * whose fields are not as documented, is `unsupported` by the provider's name for it: kept, and shown as such.
 */
export function readContent(message: RawObject, mediaId: string): ReadContent {
  const type = textOf(message.type, 64) ?? "unknown";
  // Messages of a group have a sender, but are no conversation with that person.
  if (textOf(message.group_id, 512) !== undefined) return unsupported("group");
  const known = isReadable(type) ? READERS[type](message[type], mediaId) : undefined;
  return known ?? unsupported(unsupportedType(type, message.unsupported));
}

/** Since 2025 WhatsApp names what it does not pass on (`poll_creation`, `edit`, …). */
function unsupportedType(type: string, detail: unknown): string {
  return (type === "unsupported" && isObject(detail) ? textOf(detail.type, 64) : undefined) ?? type;
}

function unsupported(providerType: string): ReadContent {
  return { content: { type: "unsupported", providerType } };
}

function read<S extends z.ZodType>(
  schema: S,
  value: unknown,
  show: (parsed: z.output<S>) => MessageContent,
): ReadContent | undefined {
  const parsed = schema.safeParse(value);
  return parsed.success ? { content: show(parsed.data) } : undefined;
}

function readFile(
  value: unknown,
  mediaId: string,
  type: "image" | "video" | "document" | "audio" | "sticker",
): ReadContent | undefined {
  const parsed = File.safeParse(value);
  if (!parsed.success) return undefined;
  const { id, mime_type: mimeType, caption, filename: fileName, voice, animated } = parsed.data;
  const media = { id: mediaId, status: "pending" as const, mimeType, ...(fileName === undefined ? {} : { fileName }) };
  const withProvider = (content: MessageContent) => ({ content, providerMediaId: id });
  if (type === "audio") return withProvider({ type, media, voice });
  if (type === "sticker") return withProvider({ type, media, animated });
  return withProvider({ type, media, ...(caption === undefined || caption === "" ? {} : { caption }) });
}

/** A tap on one of our buttons or list rows, or a form that was filled in. */
function readInteractive(value: RawObject): ReadContent | undefined {
  const reply = value.button_reply ?? value.list_reply;
  if (reply !== undefined) return read(Reply, reply, readChoice);
  return read(FlowReply, value.nfm_reply, ({ name, body, response_json }) => ({
    type: "choice",
    id: name,
    title: body === "" ? "Form" : body,
    description: describeForm(response_json),
  }));
}

function readChoice({ id, title, description }: z.output<typeof Reply>): MessageContent {
  return { type: "choice", id, title, ...(description === undefined ? {} : { description }) };
}

/** A form's answers as `field: answer` lines, without WhatsApp's own token. At most 4,096 characters. */
function describeForm(json: string): string {
  let answers: unknown;
  try {
    answers = JSON.parse(json);
  } catch {
    return json.slice(0, 4096).toWellFormed();
  }
  if (!isObject(answers)) return json.slice(0, 4096).toWellFormed();
  return Object.entries(answers)
    .filter(([field]) => field !== "flow_token")
    .map(([field, answer]) => `${field}: ${typeof answer === "string" ? answer : JSON.stringify(answer)}`)
    .join("\n")
    .slice(0, 4096)
    .toWellFormed();
}

function readCard(value: unknown): z.infer<typeof ContactCard> {
  const card = isObject(value) ? value : {};
  const name = isObject(card.name) ? card.name : {};
  const parts = [name.first_name, name.middle_name, name.last_name].filter((part) => typeof part === "string");
  const organization = isObject(card.org) ? textOf(card.org.company, MAX_LABEL) : undefined;
  return {
    name: textOf(name.formatted_name, MAX_LABEL) ?? parts.join(" ").slice(0, MAX_LABEL).toWellFormed(),
    phones: texts(card.phones, ["phone", "wa_id"]),
    emails: texts(card.emails, ["email"]),
    ...(organization === undefined ? {} : { organization }),
  };
}

/** Of each object in a list, the first of the named fields that holds text; at most 20. */
function texts(list: unknown, fields: readonly string[]): string[] {
  if (!Array.isArray(list)) return [];
  return list.slice(0, 20).flatMap((item) => {
    const found = isObject(item) ? fields.map((field) => textOf(item[field], 320)).find((text) => text) : undefined;
    return found === undefined ? [] : [found];
  });
}
