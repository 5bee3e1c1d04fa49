/** A piece of a line: our words, or what a person or a provider called something. */
export interface Piece {
  readonly text: string;
  readonly said: boolean;
}

/** Words in which names stand. */
export type Line = readonly Piece[];

/** `` line`Hello ${name}` ``: what is put in was said by somebody, and is made fit to be shown wherever a line may stand. */
export function line(words: TemplateStringsArray, ...said: readonly (string | number)[]): Line {
  return words
    .flatMap((text, index) => {
      const name = said[index];
      return [{ text, said: false }, ...(name === undefined ? [] : [{ text: shown(String(name)), said: true }])];
    })
    .filter(({ text }) => text !== "");
}

/** Characters as people see them: longer names are cut. */
const MAX_SHOWN = 80;
/** Read of a name at most, so that no name is expensive. */
const MAX_READ = 2000;
const NAMELESS = "(no name)";

/** Line breaks would begin a header; controls, and what nobody sees, would let a name pass for another. */
const BREAKS = /[\s\p{Cc}\p{Zl}\p{Zp}]+/gu;
/** Marks that turn the direction of everything around them, soft hyphens, tags; joiners within words are spared. */
const UNSEEN = /(?![\u200C\u200D])\p{Cf}/gu;
/** Where mail programs see an address and make a link of it: in a name, it would be somebody else's in a mail of ours. */
const LINKED = /(?<=[\p{L}\p{N}])[.@](?=[\p{L}\p{N}])|:(?=\/\/)/gu;
/** Takes no room and is no part of any address. */
const WORD_JOINER = "\u2060";

const characters = new Intl.Segmenter("en", { granularity: "grapheme" });

/** What somebody called something: on one line, without what nobody sees, no link, at most 80 characters. */
export function shown(name: string): string {
  const read = name.slice(0, MAX_READ).toWellFormed().replace(BREAKS, " ").replace(UNSEEN, "").trim();
  const seen = Array.from(characters.segment(read), ({ segment }) => segment);
  const cut = seen.length > MAX_SHOWN || name.length > MAX_READ;
  const text = cut ? `${seen.slice(0, MAX_SHOWN).join("").trimEnd()}…` : read;
  return text === "" ? NAMELESS : text.replace(LINKED, `$&${WORD_JOINER}`);
}
