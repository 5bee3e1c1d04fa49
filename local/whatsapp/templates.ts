/** The demo account's templates, as GET /{business account id}/message_templates lists them. */
export const TEMPLATES = [
  {
    name: "appointment_reminder",
    language: "en",
    status: "APPROVED",
    category: "UTILITY",
    id: "594425479261596",
    parameter_format: "POSITIONAL",
    components: [
      { type: "HEADER", format: "TEXT", text: "Your appointment" },
      {
        type: "BODY",
        text: "Hello {{1}}, this is a reminder of your appointment on {{2}} at {{3}}.",
        example: { body_text: [["Maya", "Tuesday", "10:30"]] },
      },
      { type: "FOOTER", text: "Reply to change it" },
      {
        type: "BUTTONS",
        buttons: [
          { type: "QUICK_REPLY", text: "Confirm" },
          { type: "QUICK_REPLY", text: "Change" },
        ],
      },
    ],
  },
  {
    name: "order_ready",
    language: "en",
    status: "APPROVED",
    category: "UTILITY",
    id: "594425479261597",
    parameter_format: "NAMED",
    components: [
      {
        type: "BODY",
        text: "Good news, {{name}}: your {{item}} is ready to be collected.",
        example: {
          body_text_named_params: [
            { param_name: "name", example: "Maya" },
            { param_name: "item", example: "bike" },
          ],
        },
      },
    ],
  },
  {
    name: "follow_up",
    language: "en",
    status: "APPROVED",
    category: "UTILITY",
    id: "594425479261598",
    components: [{ type: "BODY", text: "Hello, you wrote to us earlier. May we still help you with something?" }],
  },
  {
    name: "spring_sale",
    language: "en",
    status: "APPROVED",
    category: "MARKETING",
    id: "594425479261599",
    parameter_format: "POSITIONAL",
    components: [
      { type: "HEADER", format: "TEXT", text: "Spring has come" },
      {
        type: "BODY",
        text: "{{1}}, all our city bikes cost {{2}} less until Sunday.",
        example: { body_text: [["Maya", "20%"]] },
      },
      { type: "FOOTER", text: "Reply STOP to get no more of these" },
    ],
  },
  {
    name: "old_offer",
    language: "en",
    status: "PAUSED",
    category: "MARKETING",
    id: "594425479261600",
    components: [{ type: "BODY", text: "This template was paused for its quality." }],
  },
] as const;

interface TemplateProblem {
  readonly code: number;
  readonly details: string;
}

interface FilledTemplate {
  readonly name: string;
  readonly language: { readonly code: string };
  readonly components?:
    | readonly {
        readonly type: string;
        readonly parameters: readonly { readonly text: string; readonly parameter_name?: string | undefined }[];
      }[]
    | undefined;
}

/** What a template reads like when it is filled in, or why it cannot be sent. */
export function renderTemplate({ name, language, components = [] }: FilledTemplate): TemplateProblem | Rendered {
  const template = TEMPLATES.find((each) => each.name === name && each.language === language.code);
  if (template === undefined)
    return { code: 132001, details: `template name (${name}) does not exist in ${language.code}` };
  if (template.status !== "APPROVED") return { code: 132015, details: "template is paused" };
  const part = (type: string) => template.components.find((each) => each.type === type);
  const body = part("BODY");
  const text = body !== undefined && "text" in body ? body.text : "";
  const parameters = components.find(({ type }) => type === "body")?.parameters ?? [];
  const places = [...new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? ""))];
  if (places.length !== parameters.length)
    return {
      code: 132000,
      details: `body: number of localizable_params (${parameters.length}) does not match the expected number of params (${places.length})`,
    };
  const named = "parameter_format" in template && template.parameter_format === "NAMED";
  if (named && places.some((place) => !parameters.some(({ parameter_name }) => parameter_name === place)))
    return { code: 132012, details: "body: parameter name is missing or does not match" };
  const valueAt = (place: string) =>
    (named ? parameters.find(({ parameter_name }) => parameter_name === place) : parameters[Number(place) - 1])?.text ??
    "";
  const header = part("HEADER");
  const footer = part("FOOTER");
  const buttons = part("BUTTONS");
  return {
    body: text.replace(/\{\{(\w+)\}\}/g, (_, place: string) => valueAt(place)),
    ...(header !== undefined && "text" in header ? { header: header.text } : {}),
    ...(footer !== undefined && "text" in footer ? { footer: footer.text } : {}),
    buttons: buttons !== undefined && "buttons" in buttons ? buttons.buttons.map((button) => button.text) : [],
  };
}

export interface Rendered {
  readonly body: string;
  readonly header?: string;
  readonly footer?: string;
  readonly buttons: readonly string[];
}
