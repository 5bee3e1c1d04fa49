import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { dictionary } from "@zxcvbn-ts/language-common";
import { type Bloom, placesOf } from "../shared/identity/passwords/bloom.ts";
import { formsOf, MIN_LENGTH } from "../shared/identity/passwords/rules.ts";

/** What the product loads when a password is chosen. */
export const COMMON_PASSWORDS = resolve(import.meta.dirname, "../shared/identity/passwords/commonPasswords.json");

/** Of those too short to be chosen, the most used ones matter: people add digits to them, or repeat them. */
const SHORT_ONES = 10_000;
const MIN_SHORT = 4;
const FALSE_POSITIVES = 1 / 10_000;

/** The passwords to refuse, in the form in which they are looked up, without those that another form of theirs refuses. */
export function refusedPasswords(): readonly string[] {
  const all = dictionary["passwords-common"];
  const wanted = all.flatMap((password, rank) => {
    const [form = ""] = formsOf(String(password));
    return form.length >= (rank < SHORT_ONES ? MIN_SHORT : MIN_LENGTH.withSecondFactor) ? [form] : [];
  });
  const known = new Set(wanted);
  return [...known].filter((form) => !formsOf(form).some((other) => other !== form && known.has(other)));
}

/** A filter of the best size for so many: https://en.wikipedia.org/wiki/Bloom_filter#Optimal_number_of_hash_functions */
function filterOf(texts: readonly string[]): Bloom {
  const perText = -Math.log2(FALSE_POSITIVES) / Math.LN2;
  const size = { bits: Math.ceil(texts.length * perText), hashes: Math.round(perText * Math.LN2) };
  const bytes = new Uint8Array(Math.ceil(size.bits / 8));
  for (const text of texts)
    for (const place of placesOf(size, text)) bytes[place >> 3] = (bytes[place >> 3] ?? 0) | (1 << (place & 7));
  return { ...size, bytes };
}

export function commonPasswordsFile(): string {
  const { bits, hashes, bytes } = filterOf(refusedPasswords());
  return `${JSON.stringify({ bits, hashes, bytes: Buffer.from(bytes).toString("base64") }, undefined, 2)}\n`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(COMMON_PASSWORDS, commonPasswordsFile());
  console.log(`${COMMON_PASSWORDS}: ${refusedPasswords().length} passwords`);
}
