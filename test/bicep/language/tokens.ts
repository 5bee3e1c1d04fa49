/** What the readers of Bicep throw: where and why. */
export class BicepError extends Error {
  override readonly name = "BicepError";
}

export type Token =
  | { readonly kind: "name" | "symbol" | "newline" | "end"; readonly text: string; readonly line: number }
  | { readonly kind: "number"; readonly text: string; readonly value: number; readonly line: number }
  /** `texts` has one element more than `parts`, the sources of what is interpolated between them. */
  | {
      readonly kind: "string";
      readonly text: string;
      readonly texts: readonly string[];
      readonly parts: readonly string[];
      readonly line: number;
    };

const SYMBOLS = [".?", "[?", "=>", "==", "!=", "<=", ">=", "&&", "||", "??", "=~", "::"];
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "'": "'", "\\": "\\", $: "$" };

/** Bicep's lexical structure: learn.microsoft.com/azure/azure-resource-manager/bicep/file. Newlines count. */
export function tokenize(source: string, firstLine = 1): Token[] {
  const tokens: Token[] = [];
  let line = firstLine;
  let at = 0;
  while (at < source.length) {
    const rest = source.slice(at);
    const skip = /^([ \t\r]+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)/.exec(rest)?.[0];
    if (skip !== undefined) {
      line += skip.split("\n").length - 1;
      at += skip.length;
      continue;
    }
    const name = /^[A-Za-z_]\w*/.exec(rest)?.[0];
    const number = /^\d+/.exec(rest)?.[0];
    if (rest.startsWith("\n")) {
      tokens.push({ kind: "newline", text: "\n", line: line++ });
      at += 1;
    } else if (rest.startsWith("'")) {
      const { length, ...string } = readString(rest, line);
      tokens.push({ kind: "string", text: rest.slice(0, length), ...string, line });
      at += length;
    } else if (name !== undefined) {
      tokens.push({ kind: "name", text: name, line });
      at += name.length;
    } else if (number !== undefined) {
      tokens.push({ kind: "number", text: number, value: Number(number), line });
      at += number.length;
    } else {
      const symbol = SYMBOLS.find((each) => rest.startsWith(each)) ?? rest.charAt(0);
      if (!/^[-{}[\]().,:=<>!?+*/%|@&~]+$/.test(symbol)) throw new BicepError(`line ${line}: unexpected ${symbol}`);
      tokens.push({ kind: "symbol", text: symbol, line });
      at += symbol.length;
    }
  }
  tokens.push({ kind: "end", text: "", line });
  return tokens;
}

function readString(source: string, line: number): { texts: string[]; parts: string[]; length: number } {
  const texts: string[] = [];
  const parts: string[] = [];
  let text = "";
  let at = 1;
  for (;;) {
    const char = source.charAt(at);
    if (char === "" || char === "\n") throw new BicepError(`line ${line}: the string does not end`);
    if (char === "'") return { texts: [...texts, text], parts, length: at + 1 };
    if (char === "\\") {
      const escaped = ESCAPES[source.charAt(at + 1)];
      if (escaped === undefined) throw new BicepError(`line ${line}: unknown escape \\${source.charAt(at + 1)}`);
      text += escaped;
      at += 2;
    } else if (source.startsWith("${", at)) {
      const end = endOfInterpolation(source, at + 2, line);
      texts.push(text);
      parts.push(source.slice(at + 2, end));
      text = "";
      at = end + 1;
    } else {
      text += char;
      at += 1;
    }
  }
}

function endOfInterpolation(source: string, start: number, line: number): number {
  let depth = 0;
  for (let at = start; at < source.length; at++) {
    const char = source.charAt(at);
    if (char === "\n") break;
    if (char === "'") at += readString(source.slice(at), line).length - 1;
    else if (char === "{") depth++;
    else if (char === "}" && depth-- === 0) return at;
  }
  throw new BicepError(`line ${line}: an interpolation does not end`);
}
