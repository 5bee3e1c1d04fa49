import type { Mail, MailOutcome, MailTransport, Try } from "../mail/port.ts";

interface SentMail extends Mail {
  readonly attempt: Try;
}

/** A mail transport that keeps what it takes. It answers as `answer` says, or else as `outcomes` says next, or takes it. */
export function memoryMail(answer: (mail: Mail, attempt: Try) => MailOutcome | undefined = () => undefined) {
  const sent: SentMail[] = [];
  const outcomes: MailOutcome[] = [];
  const transport: MailTransport = {
    kind: "folder",
    send: async (mail, attempt) => {
      const outcome = answer(mail, attempt) ?? outcomes.shift() ?? { outcome: "accepted" };
      if (outcome.outcome === "accepted") sent.push({ ...mail, attempt });
      return outcome;
    },
    close: () => undefined,
  };
  return { ...transport, sent, outcomes };
}
