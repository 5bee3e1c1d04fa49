import type { FieldError } from "../../platform/errors.ts";

/**
 * Characters of a password that opens the door alone, and of one that opens it together with a second factor only: NIST
 * SP 800-63B-4, 3.1.1.2 (https://pages.nist.gov/800-63-4/sp800-63b.html), which also wants a list of refused passwords and no
 * rules about kinds of characters.
 */
export const MIN_LENGTH = { alone: 15, withSecondFactor: 8 } as const;

/** Characters that must be left once the names that others know are taken away. */
const MIN_OWN = 6;
/** A shorter name stands in too many words to mean anything. */
const MIN_NAME = 4;
/** A password that only repeats fewer characters than this is no longer than they are. */
const MIN_UNIT = 5;
const PRODUCT = "cordboard";

/** The alphabet, digits, and keyboards row by row. */
const SEQUENCES = [
  "abcdefghijklmnopqrstuvwxyz",
  "0123456789",
  "qwertyuiopasdfghjklzxcvbnm",
  "qwertzuiopasdfghjklyxcvbnm",
  "azertyuiopqsdfghjklmwxcvbn",
];

/** What whoever guesses knows of a person. */
export interface KnownOfPerson {
  readonly organization: string;
  readonly slug: string;
  readonly name: string;
  readonly email: string;
}

/** The refusal of a password, as a field error without its path. */
export type Weakness = Required<Omit<FieldError, "path">>;

/** One password, however a keyboard composes it. */
export function normalized(password: string): string {
  return password.normalize("NFKC");
}

/** In code points, of which each counts as one character. */
export function lengthOf(password: string): number {
  return [...normalized(password)].length;
}

/** Why a password is refused, or undefined. `isCommon` says of a form from `formsOf` whether many people use it. */
export function weaknessOf(
  password: string,
  person: KnownOfPerson,
  minLength: number,
  isCommon: (form: string) => boolean,
): Weakness | undefined {
  if (lengthOf(password) < minLength)
    return {
      code: "password-too-short",
      message: `Use at least ${minLength} characters. A short sentence is easy to remember.`,
    };
  if (isPattern(password) || formsOf(password).some(isCommon))
    return {
      code: "password-too-common",
      message: "Many people use this password or one like it, so it is tried first. Choose a sentence of your own.",
    };
  if (isMadeOfNames(password, person))
    return {
      code: "password-too-common",
      message: "This is little more than a name that others know: yours, your organisation's or ours. Add other words.",
    };
  return undefined;
}

/**
 * What is looked up in the list: the password without case, blanks and signs, also without digits around it, and where it
 * only repeats something, that. The list's own entries are kept in the first form.
 */
export function formsOf(password: string): readonly string[] {
  const folded = fold(password);
  const core = folded.replace(/^\p{N}+|\p{N}+$/gu, "");
  return [...new Set([folded, core, unitOf(folded), unitOf(core)])];
}

function fold(text: string): string {
  return normalized(text)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/** The shortest text of which this one is a repetition: itself, mostly. */
function unitOf(text: string): string {
  return text.slice(0, (text + text).indexOf(text, 1));
}

function isPattern(password: string): boolean {
  if (unitOf(normalized(password).toLowerCase()).length < MIN_UNIT) return true;
  const folded = fold(password);
  const backwards = [...folded].reverse().join("");
  return SEQUENCES.some((row) => {
    const round = row.repeat(Math.ceil(folded.length / row.length) + 1);
    return folded !== "" && (round.includes(folded) || round.includes(backwards));
  });
}

function isMadeOfNames(password: string, person: KnownOfPerson): boolean {
  const folded = fold(password);
  const own = namesOf(person).reduce((rest, name) => rest.replaceAll(name, ""), folded);
  return own !== folded && own.length < MIN_OWN;
}

/** Whole and in parts, the longest first. */
function namesOf({ organization, slug, name, email }: KnownOfPerson): readonly string[] {
  const known = [PRODUCT, organization, slug, name, email];
  const parts = known.flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)]);
  return [...new Set(parts.map(fold))].filter(({ length }) => length >= MIN_NAME).sort((a, b) => b.length - a.length);
}
