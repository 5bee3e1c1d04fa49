import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { KeptMail } from "../../shared/platform/mail/folder.ts";

/** The mails of a folder, the newest first. None where there is no folder yet; what goes while it is read is left out. */
export async function keptMails(folder: string): Promise<readonly KeptMail[]> {
  const names = (await orNothing(readdir(folder))) ?? [];
  const files = names
    .filter((name) => name.endsWith(".json"))
    .toSorted()
    .reverse();
  const texts = await Promise.all(files.map((name) => orNothing(readFile(join(folder, name), "utf8"))));
  return texts.flatMap((text) => (text === undefined ? [] : [KeptMail.parse(JSON.parse(text))]));
}

async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
