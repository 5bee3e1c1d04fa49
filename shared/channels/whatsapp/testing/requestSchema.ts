import { z } from "zod";

/**
 * Requests to POST /{phone number id}/messages as Meta documents them (WhatsApp Cloud API, "Messages" reference and the page
 * of each message type). Written from the documentation and not from our code: our requests are tested against it, and
 * the double refuses with error 100 what does not fit. Unknown fields are refused, because a typing error in one would
 * otherwise go unseen.
 */
const text = (max: number) => z.string().min(1).max(max);

const uploadedOrLinked = { id: text(256).optional(), link: z.url().optional() };
const oneSource = (file: { id?: string | undefined; link?: string | undefined }) =>
  (file.id === undefined) !== (file.link === undefined);
const NEEDS_SOURCE = "Either id or link";
const caption = text(1024).optional();

const Text = z.strictObject({ body: text(4096), preview_url: z.boolean().optional() });
const Image = z.strictObject({ ...uploadedOrLinked, caption }).refine(oneSource, NEEDS_SOURCE);
const Document = z
  .strictObject({ ...uploadedOrLinked, caption, filename: text(240).optional() })
  .refine(oneSource, NEEDS_SOURCE);
const Audio = z.strictObject({ ...uploadedOrLinked, voice: z.boolean().optional() }).refine(oneSource, NEEDS_SOURCE);
const Sticker = z.strictObject(uploadedOrLinked).refine(oneSource, NEEDS_SOURCE);

const degrees = (max: number) => z.union([z.number().min(-max).max(max), z.string().regex(/^-?\d{1,3}(\.\d+)?$/)]);
const Location = z.strictObject({
  latitude: degrees(90),
  longitude: degrees(180),
  name: text(1000).optional(),
  address: text(1000).optional(),
});

const NameParts = ["first_name", "last_name", "middle_name", "suffix", "prefix"] as const;
const Name = z
  .strictObject({
    formatted_name: z.string().min(1),
    ...Object.fromEntries(NameParts.map((part) => [part, z.string().optional()])),
  })
  .refine((name) => NameParts.some((part) => Object.hasOwn(name, part)), "formatted_name and one other part");
const ContactCard = z.strictObject({
  name: Name,
  birthday: z.iso.date().optional(),
  phones: z
    .array(z.strictObject({ phone: z.string().optional(), type: z.string().optional(), wa_id: z.string().optional() }))
    .optional(),
  emails: z.array(z.strictObject({ email: z.string().optional(), type: z.string().optional() })).optional(),
  org: z
    .strictObject({ company: z.string().optional(), department: z.string().optional(), title: z.string().optional() })
    .optional(),
});

const unique = (values: readonly string[]) => new Set(values).size === values.length;

const Buttons = z.strictObject({
  type: z.literal("button"),
  body: z.strictObject({ text: text(1024) }),
  footer: z.strictObject({ text: text(60) }).optional(),
  action: z.strictObject({
    buttons: z
      .array(z.strictObject({ type: z.literal("reply"), reply: z.strictObject({ id: text(256), title: text(20) }) }))
      .min(1)
      .max(3)
      .refine(
        (buttons) => unique(buttons.map(({ reply }) => reply.id)) && unique(buttons.map(({ reply }) => reply.title)),
        "Ids and titles are unique",
      ),
  }),
});

const Row = z.strictObject({ id: text(200), title: text(24), description: text(72).optional() });
const Section = z.strictObject({ title: text(24).optional(), rows: z.array(Row).min(1).max(10) });
const List = z.strictObject({
  type: z.literal("list"),
  body: z.strictObject({ text: text(4096) }),
  footer: z.strictObject({ text: text(60) }).optional(),
  action: z.strictObject({
    button: text(20),
    sections: z
      .array(Section)
      .min(1)
      .max(10)
      .refine((sections) => sections.flatMap(({ rows }) => rows).length <= 10, "10 rows in all")
      .refine((sections) => unique(sections.flatMap(({ rows }) => rows.map(({ id }) => id))), "Ids are unique")
      .refine(
        (sections) => sections.length === 1 || sections.every(({ title }) => title !== undefined),
        "Several sections need titles",
      ),
  }),
});

const Parameter = z.strictObject({
  type: z.literal("text"),
  text: text(32_768).refine(
    (value) => !/[\n\t]| {5}/.test(value),
    "No line breaks, tabs or more than 4 spaces in a row",
  ),
  parameter_name: text(100).optional(),
});
export const TemplatePart = z.strictObject({
  name: z.string().min(1).max(512),
  language: z.strictObject({ code: text(15), policy: z.literal("deterministic").optional() }),
  components: z
    .array(z.strictObject({ type: z.enum(["header", "body"]), parameters: z.array(Parameter).min(1) }))
    .optional(),
});

const Reaction = z.strictObject({ message_id: text(512), emoji: z.string().max(64) });

const envelope = {
  messaging_product: z.literal("whatsapp"),
  recipient_type: z.literal("individual").optional(),
  to: z
    .string()
    .regex(/^\+?[\d\s()-]{3,30}$/)
    .optional(),
  /** A business-scoped user id: country code, a dot, and up to 128 letters and digits. */
  recipient: z
    .string()
    .regex(/^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/)
    .optional(),
  context: z.strictObject({ message_id: text(512) }).optional(),
  biz_opaque_callback_data: text(512).optional(),
};

const typed = <T extends string, S extends z.ZodType>(type: T, schema: S) =>
  z.strictObject({ ...envelope, type: z.literal(type), [type]: schema });

export const SendRequest = z
  .discriminatedUnion("type", [
    typed("text", Text),
    typed("image", Image),
    typed("video", Image),
    typed("audio", Audio),
    typed("document", Document),
    typed("sticker", Sticker),
    typed("location", Location),
    typed("contacts", z.array(ContactCard).min(1).max(257)),
    typed("interactive", z.discriminatedUnion("type", [Buttons, List])),
    typed("template", TemplatePart),
    typed("reaction", Reaction),
  ])
  .refine(({ to, recipient }) => to !== undefined || recipient !== undefined, {
    path: ["to"],
    message: "The parameter to is required",
  });
export type SendRequest = z.infer<typeof SendRequest>;

export const ReadMark = z.strictObject({
  messaging_product: z.literal("whatsapp"),
  status: z.literal("read"),
  message_id: text(512),
  typing_indicator: z.strictObject({ type: z.literal("text") }).optional(),
});
