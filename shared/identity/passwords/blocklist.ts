import { type Bloom, mayHold } from "./bloom.ts";

let loaded: Promise<Bloom> | undefined;

/**
 * Whether many people use a password, by its form (`formsOf`). Wrong about one in ten thousand that nobody uses. The list is
 * made by scripts/commonPasswords.ts and loaded on first use.
 */
export async function commonPasswords(): Promise<(form: string) => boolean> {
  loaded ??= load();
  const filter = await loaded;
  return (form) => mayHold(filter, form);
}

async function load(): Promise<Bloom> {
  const { bits, hashes, bytes } = (await import("./commonPasswords.json", { with: { type: "json" } })).default;
  return { bits, hashes, bytes: Buffer.from(bytes, "base64") };
}
