import type { Mail, MailOutcome, MailTransport, Try } from "../mail/port.ts";

interface SentMail extends Mail {
  readonly attempt: Try;
}

/** A mail transport that keeps what it is given, or answers what `outcomes` says first. */
export function memoryMail() {
  const sent: SentMail[] = [];
  const outcomes: MailOutcome[] = [];
  const transport: MailTransport = {
    kind: "folder",
    send: async (mail, attempt) => {
      const outcome = outcomes.shift() ?? { outcome: "accepted" };
      if (outcome.outcome === "accepted") sent.push({ ...mail, attempt });
      return outcome;
    },
    close: () => undefined,
  };
  return { ...transport, sent, outcomes };
}
