import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { MailTransport, Sender } from "./port.ts";

/** A mail as it lies in the folder, in a file named for its id. */
export const KeptMail = z.object({
  id: z.string(),
  /** When it was sent. */
  at: z.iso.datetime(),
  from: z.string(),
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
});
export type KeptMail = z.infer<typeof KeptMail>;

/** Mails that are kept; older ones go. */
const MAX_KEPT = 500;

interface FolderOptions {
  /** Made on first use, closed to other users of the machine: mails hold links that sign people in. */
  readonly folder: string;
  readonly from: Sender;
  readonly clock: Clock;
}

/** Mails that nobody gets: files in a folder, to be looked at. The same mail again replaces itself. */
export function folderTransport({ folder, from, clock }: FolderOptions): MailTransport {
  return {
    kind: "folder",
    send: async ({ id, to, subject, text, html }) => {
      const mail: KeptMail = { id, at: clock.now().toISOString(), from: inOneLine(from), to, subject, text, html };
      try {
        await keep(folder, mail);
        return { outcome: "accepted" };
      } catch (cause) {
        return { outcome: "later", unsure: false, cause };
      }
    },
    close: () => undefined,
  };
}

function inOneLine({ name, address }: Sender): string {
  return name === undefined ? address : `${name} <${address}>`;
}

/** Written beside and moved into place, so that whoever looks sees whole mails. */
export async function keep(folder: string, mail: KeptMail): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${mail.at.replace(/\D/g, "")}.${mail.id}.json`);
  const names = await readdir(folder);
  await writeFile(`${file}.new`, `${JSON.stringify(mail, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  const before = names.filter((name) => name.endsWith(`.${mail.id}.json`) && join(folder, name) !== file);
  const oldest = names
    .filter((name) => name.endsWith(".json"))
    .sort()
    .slice(0, -MAX_KEPT);
  for (const name of new Set([...before, ...oldest])) await rm(join(folder, name), { force: true });
}
