import { z } from "zod";
import type { Sender } from "../mail/port.ts";
import { type EmailService, emailAt, serviceUrl } from "./emulators.ts";
import { describe } from "./settings.ts";

/** How the system's own mail leaves. `off`: it does not. */
export type MailConfig =
  | { readonly by: "off" }
  /** Absolute. */
  | { readonly by: "folder"; readonly folder: string; readonly from: Sender }
  | { readonly by: "smtp"; readonly url: string; readonly from: Sender }
  | { readonly by: "communication-services"; readonly service: EmailService; readonly from: Sender };

const FROM = "an address, alone or as Cordboard <no-reply@example.com>";
const SENDER = /^(?:(?<name>[^<>"\r\n]{1,100}?)\s*<(?<inBrackets>[^<>]+)>|(?<alone>[^<>]+))$/;

function toSender(text: string): Sender | undefined {
  const { name, inBrackets, alone } = SENDER.exec(text.trim())?.groups ?? {};
  const address = z
    .email()
    .max(254)
    .safeParse(inBrackets ?? alone);
  return address.success ? { name, address: address.data } : undefined;
}

const SenderText = z.string().transform((text, context) => {
  const sender = toSender(text);
  if (sender !== undefined) return sender;
  context.issues.push({ code: "custom", input: undefined, message: "no sender" });
  return z.NEVER;
});

export const MAIL_SETTINGS = {
  MAIL_FROM: describe(FROM, SenderText).optional(),
  SMTP_URL: describe(
    "a mail server's address, e.g. smtps://user:password@smtp.example.com:465, or smtp://… for one with STARTTLS",
    z.url({ protocol: /^smtps?$/, hostname: /./ }),
  ).optional(),
  EMAIL_ENDPOINT: serviceUrl("https://<name>.communication.azure.com", "http://localhost:7074").optional(),
};

const Settings = z.object(MAIL_SETTINGS);
type Settings = z.infer<typeof Settings>;

/** What the settings are to each other: `MAIL_FROM` is needed by what sends, and only one thing sends. */
export function checkMailSettings({ MAIL_FROM, SMTP_URL, EMAIL_ENDPOINT }: Settings, context: z.RefinementCtx): void {
  const complain = (name: keyof Settings, should: string) =>
    context.addIssue({ code: "custom", path: [name], message: `should be ${should}` });
  if (SMTP_URL !== undefined && EMAIL_ENDPOINT !== undefined)
    complain("SMTP_URL", "left out where EMAIL_ENDPOINT is set: mail leaves by one of them");
  const isDelivered =
    SMTP_URL !== undefined || (EMAIL_ENDPOINT !== undefined && emailAt(EMAIL_ENDPOINT).at === "azure");
  if (isDelivered && MAIL_FROM === undefined) complain("MAIL_FROM", FROM);
}

/** Of mail that reaches nobody. */
const NOBODY: Sender = { name: "Cordboard", address: "no-reply@cordboard.example" };

/** `folder` is where mail goes when the settings name nothing; without one it is off. For settings that were checked. */
export function mailConfig(settings: Settings, folder: string | undefined): MailConfig {
  const { MAIL_FROM: from = NOBODY, SMTP_URL, EMAIL_ENDPOINT } = settings;
  if (SMTP_URL !== undefined) return { by: "smtp", url: SMTP_URL, from };
  if (EMAIL_ENDPOINT !== undefined)
    return { by: "communication-services", service: emailAt(EMAIL_ENDPOINT.replace(/\/+$/, "")), from };
  return folder === undefined ? { by: "off" } : { by: "folder", folder, from };
}
