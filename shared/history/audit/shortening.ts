/** Characters of one text, members of one object or list, and how deep they may lie in one another. */
const MAX_TEXT = 500;
const MAX_MEMBERS = 100;
const MAX_DEPTH = 6;
/** Bytes of JSON of an entry's details; what is over it is told by its names alone. */
const MAX_BYTES = 12 * 1024;
const CUT = "…";

/**
 * Details as they may be kept: of a size that cannot fill the log, and of characters that every store gives back as they were.
 * What had to be shortened says so: `shortened: true`.
 */
export function kept(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shortening = new Shortening();
  const cut = shortening.members(details, 0);
  const fits = Buffer.byteLength(JSON.stringify(cut)) <= MAX_BYTES;
  const left = fits ? cut : namesOf(cut);
  return fits && !shortening.hasCut ? left : { ...left, shortened: true };
}

/** A name or an id as it may be kept. */
export function keptText(text: string): string {
  return new Shortening().text(text);
}

function namesOf(details: Record<string, unknown>): Record<string, unknown> {
  return { names: Object.keys(details).slice(0, MAX_MEMBERS) };
}

class Shortening {
  hasCut = false;

  text(text: string): string {
    const whole = text.replaceAll("\0", "").toWellFormed();
    if (whole.length <= MAX_TEXT) return whole;
    this.hasCut = true;
    return `${whole.slice(0, MAX_TEXT).toWellFormed()}${CUT}`;
  }

  members(object: object, depth: number): Record<string, unknown> {
    const members = Object.entries(object).filter(([, value]) => value !== undefined);
    if (members.length > MAX_MEMBERS) this.hasCut = true;
    return Object.fromEntries(
      members.slice(0, MAX_MEMBERS).map(([name, value]) => [this.text(name), this.#value(value, depth + 1)]),
    );
  }

  #value(value: unknown, depth: number): unknown {
    if (typeof value === "string") return this.text(value);
    if (typeof value === "boolean" || value === null) return value;
    if (typeof value === "number") return Number.isFinite(value) ? value : null;
    if (typeof value !== "object" || depth > MAX_DEPTH) {
      this.hasCut = true;
      return CUT;
    }
    if (!Array.isArray(value)) return this.members(value, depth);
    if (value.length > MAX_MEMBERS) this.hasCut = true;
    return value.slice(0, MAX_MEMBERS).map((each) => this.#value(each ?? null, depth + 1));
  }
}
