import type { Expression } from "./syntax.ts";
import { BicepError, type Token, tokenize } from "./tokens.ts";

/** Operators by binding, loosest first. */
const BINARY = [["??"], ["||"], ["&&"], ["==", "!=", "=~"], ["<", "<=", ">", ">="], ["+", "-"], ["*", "/", "%"]];

/** Reads expressions from tokens; the base of what reads whole files. */
export class ExpressionParser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  expression(): Expression {
    const condition = this.#binary(0);
    const mark = this.#at;
    this.newlines();
    if (!this.accept("?")) {
      this.#at = mark;
      return condition;
    }
    this.newlines();
    const yes = this.expression();
    this.newlines();
    this.symbol(":");
    this.newlines();
    return { is: "choice", condition, yes, no: this.expression() };
  }

  arguments(): Expression[] {
    this.symbol("(");
    const args: Expression[] = [];
    for (this.newlines(); !this.accept(")"); this.newlines()) {
      args.push(this.expression());
      this.newlines();
      if (!this.accept(",") && !this.isSymbol(")")) throw this.unexpected("arguments");
    }
    return args;
  }

  /** A string without interpolation. */
  text(): string {
    const token = this.next();
    if (token.kind !== "string" || token.parts.length > 0)
      throw new BicepError(`line ${token.line}: a plain string is due`);
    return token.texts.join("");
  }

  next(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  take(kind: "name" | "newline"): Token {
    if (!this.is(kind)) throw this.unexpected(kind);
    return this.next();
  }

  symbol(text: string): void {
    if (!this.accept(text)) throw this.unexpected(text);
  }

  accept(text: string): boolean {
    const found = this.isSymbol(text);
    if (found) this.#at++;
    return found;
  }

  is(kind: Token["kind"]): boolean {
    return this.#peek().kind === kind;
  }

  isSymbol(text: string): boolean {
    return this.is("symbol") && this.#peek().text === text;
  }

  isName(text: string): boolean {
    return this.is("name") && this.#peek().text === text;
  }

  newlines(): void {
    while (this.is("newline")) this.#at++;
  }

  line(): number {
    return this.#peek().line;
  }

  unexpected(due: string): BicepError {
    return new BicepError(`line ${this.line()}: "${this.#peek().text.trim()}" where ${due} is due`);
  }

  #peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? { kind: "end", text: "", line: 0 };
  }

  #binary(level: number): Expression {
    const operators = BINARY[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = operators.find((each) => this.isSymbol(each));
      if (operator === undefined) return left;
      this.#at++;
      this.newlines();
      left = { is: "binary", operator, left, right: this.#binary(level + 1) };
    }
  }

  #unary(): Expression {
    for (const operator of ["!", "-"])
      if (this.accept(operator)) return { is: "unary", operator, operand: this.#unary() };
    return this.#postfix(this.#primary());
  }

  #postfix(start: Expression): Expression {
    let of = start;
    for (;;) {
      const safe = this.isSymbol(".?");
      if (safe || this.isSymbol(".")) {
        this.#at++;
        of = { is: "member", of, key: { is: "literal", value: this.take("name").text }, safe };
      } else if (this.accept("[")) {
        of = { is: "member", of, key: this.expression(), safe: false };
        this.symbol("]");
      } else if (this.isSymbol("!")) {
        // `x!` says that x is there; what it is stays the same.
        this.#at++;
      } else return of;
    }
  }

  #primary(): Expression {
    const token = this.next();
    if (token.kind === "number") return { is: "literal", value: token.value };
    if (token.kind === "string") return stringOf(token.texts, token.parts, token.line);
    if (token.kind === "name") return this.#named(token);
    if (token.text === "[") return this.#array();
    if (token.text === "{") return this.#object();
    if (token.text !== "(") throw new BicepError(`line ${token.line}: "${token.text.trim()}" where a value is due`);
    this.newlines();
    const inner = this.expression();
    this.newlines();
    this.symbol(")");
    return inner;
  }

  #named({ text: name, line }: Token): Expression {
    if (name === "true" || name === "false") return { is: "literal", value: name === "true" };
    if (name === "null") return { is: "literal", value: null };
    if (name === "if" && this.isSymbol("(")) {
      this.symbol("(");
      const condition = this.expression();
      this.symbol(")");
      return { is: "if", condition, body: this.expression() };
    }
    if (this.isSymbol("(")) return { is: "call", name, args: this.arguments(), line };
    if (this.accept("=>")) return { is: "lambda", parameters: [name], body: this.expression() };
    return { is: "name", name, line };
  }

  #array(): Expression {
    this.newlines();
    if (this.isName("for")) return this.#for();
    const items: Expression[] = [];
    for (; !this.accept("]"); this.newlines()) {
      items.push(this.expression());
      if (!this.accept(",") && !this.isSymbol("]")) this.take("newline");
    }
    return { is: "array", items };
  }

  #for(): Expression {
    this.take("name");
    const paired = this.accept("(");
    const item = this.take("name").text;
    let index: { index?: string } = {};
    if (paired) {
      this.symbol(",");
      index = { index: this.take("name").text };
      this.symbol(")");
    }
    if (this.take("name").text !== "in") throw this.unexpected("in");
    const from = this.expression();
    this.symbol(":");
    this.newlines();
    const body = this.expression();
    this.newlines();
    this.symbol("]");
    return { is: "for", item, ...index, from, body };
  }

  #object(): Expression {
    const entries = [];
    for (this.newlines(); !this.accept("}"); this.newlines()) {
      const token = this.next();
      if (token.kind !== "name" && token.kind !== "string")
        throw new BicepError(`line ${token.line}: "${token.text.trim()}" where a property's name is due`);
      const key: Expression =
        token.kind === "string" ? stringOf(token.texts, token.parts, token.line) : { is: "literal", value: token.text };
      this.symbol(":");
      this.newlines();
      entries.push({ key, value: this.expression() });
      if (!this.accept(",") && !this.isSymbol("}")) this.take("newline");
    }
    return { is: "object", entries };
  }
}

function stringOf(texts: readonly string[], sources: readonly string[], line: number): Expression {
  if (sources.length === 0) return { is: "literal", value: texts.join("") };
  const parts = sources.map((source) => {
    const parser = new ExpressionParser(tokenize(source, line));
    const part = parser.expression();
    if (!parser.is("end")) throw parser.unexpected("the interpolation's end");
    return part;
  });
  return { is: "string", texts, parts };
}
