/** Something private, and every way in which it could stand in a log. */
export interface Canary {
  /** What it is, e.g. `caption`. */
  readonly what: string;
  readonly value: string;
}

/** Of bytes that begin anywhere within others, the characters that no neighbour changes. */
function base64Within(bytes: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
}

function formsOf(value: string): ReadonlyMap<string, string> {
  const bytes = Buffer.from(value);
  const json = JSON.stringify(value).slice(1, -1);
  const base64 = base64Within(bytes);
  const forms: readonly (readonly [string, string])[] = [
    ["plain", value],
    ["as JSON", json],
    ["as JSON in JSON", JSON.stringify(json).slice(1, -1)],
    ["as an address", encodeURIComponent(value)],
    ["as a form", new URLSearchParams([["", value]]).toString().slice(1)],
    ["in base64", base64[0] ?? ""],
    ["in base64, one byte on", base64[1] ?? ""],
    ["in base64, two bytes on", base64[2] ?? ""],
    ["in base64url", (base64[0] ?? "").replaceAll("+", "-").replaceAll("/", "_")],
    ["in hexadecimal", bytes.toString("hex")],
    ["backwards", [...value].reverse().join("")],
  ];
  return new Map(forms);
}

/** Which canaries a text holds, and how, e.g. `caption in base64`. Letters of either case count alike. */
export function heard(text: string, canaries: readonly Canary[]): string[] {
  const lower = text.toLowerCase();
  return canaries.flatMap(({ what, value }) => {
    // Shorter, and chance would find it.
    if (value.length < 8) throw new Error(`${what} is too short for a canary`);
    return [...formsOf(value)]
      .filter(([, form]) => lower.includes(form.toLowerCase()))
      .map(([how]) => `${what} ${how}`);
  });
}
