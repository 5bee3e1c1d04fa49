import type { Mail, MailOutcome, Try } from "../../shared/platform/mail/port.ts";

export const REFUSED_ADDRESS = "nobody@example.com";
export const BUSY_ADDRESS = "busy@example.com";

/** A mail server that knows one address not, and puts another off until the second try; all else it takes. */
export function postOffice({ to }: Mail, { number }: Try): MailOutcome | undefined {
  if (to === REFUSED_ADDRESS) return { outcome: "refused", what: "recipient", code: 550 };
  if (to === BUSY_ADDRESS && number === 1) return { outcome: "later", unsure: false, cause: new Error("Busy") };
  return undefined;
}
