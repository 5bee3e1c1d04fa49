/**
 * JSON in the one form that RFC 8785 gives each value: names sorted by their UTF-16 code units, no blanks, numbers and strings as
 * ECMAScript writes them. A property that is undefined is left out. Throws `TypeError` for what JSON cannot hold, and for
 * half a surrogate pair, which the RFC refuses (section 3.2.2.2).
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean") return JSON.stringify(value);
  if (typeof value === "string") return ofString(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`${value} is no number of JSON`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object") throw new TypeError(`JSON has no ${typeof value}`);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${ofString(name)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}

function ofString(text: string): string {
  if (!text.isWellFormed()) throw new TypeError("A string holds half a surrogate pair");
  return JSON.stringify(text);
}
