import { z } from "zod";
import { until } from "./until.ts";

const Mail = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  from: z.string(),
  to: z.string(),
  subject: z.string(),
  text: z.string(),
});
export type Mail = z.infer<typeof Mail>;
const Listed = z.object({ kept: z.literal(true), mails: z.array(Mail) });

/** What an installation on this machine has sent to an address, by its outbox page; the newest first. */
export async function mailsTo(baseUrl: string, to: string): Promise<readonly Mail[]> {
  const response = await fetch(`${baseUrl}/simulator/mail/api/mails`);
  const { mails } = Listed.parse(await response.json());
  return mails.filter((mail) => mail.to === to);
}

/** The newest mail to an address whose subject has these words, as soon as it is there. */
export function mailTo(baseUrl: string, to: string, subject: string): Promise<Mail> {
  const about = (mail: Mail) => mail.subject.includes(subject);
  return until(`mail to ${to} about "${subject}"`, async () => (await mailsTo(baseUrl, to)).find(about));
}

/** The address that a mail asks to open. */
export function linkIn({ text }: Mail): URL {
  const [link] = text.match(/https?:\/\/\S+/) ?? [];
  if (link === undefined) throw new Error("The mail has no link");
  return new URL(link);
}
