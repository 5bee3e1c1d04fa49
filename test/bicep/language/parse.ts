import { ExpressionParser } from "./parseExpression.ts";
import type { Decorator, Statement, Type } from "./syntax.ts";
import { BicepError, tokenize } from "./tokens.ts";

/**
 * Parses a .bicep or .bicepparam file. It knows what this repository uses and refuses everything else with the line, so that
 * a slip in a file shows even where there is no compiler.
 */
export function parseBicep(source: string): readonly Statement[] {
  return new FileParser(tokenize(source)).file();
}

class FileParser extends ExpressionParser {
  file(): Statement[] {
    const statements: Statement[] = [];
    for (this.newlines(); !this.is("end"); this.newlines()) {
      statements.push(this.#statement());
      if (!this.is("end")) this.take("newline");
    }
    return statements;
  }

  #statement(): Statement {
    const decorators = this.#decorators();
    const keyword = this.take("name").text;
    if (decorators.length > 0 && ["targetScope", "using", "import", "metadata"].includes(keyword))
      throw this.unexpected("a decorator");
    switch (keyword) {
      case "targetScope":
        this.symbol("=");
        return { is: "scope", scope: this.text() };
      case "metadata": {
        const name = this.take("name").text;
        this.symbol("=");
        this.text();
        return { is: "metadata", name };
      }
      case "using":
        return { is: "using", path: this.text() };
      case "import":
        return this.#import();
      case "type": {
        const declared = this.#declared(decorators);
        this.symbol("=");
        return { is: "type", ...declared, type: this.#type() };
      }
      case "param": {
        const declared = this.#declared(decorators);
        const type = this.isSymbol("=") ? {} : { type: this.#type() };
        const value = this.accept("=") ? { value: this.expression() } : {};
        return { is: "param", ...declared, ...type, ...value };
      }
      case "var": {
        const declared = this.#declared(decorators);
        this.symbol("=");
        return { is: "var", ...declared, value: this.expression() };
      }
      case "output": {
        const declared = this.#declared(decorators);
        const type = this.#type();
        this.symbol("=");
        return { is: "output", ...declared, type, value: this.expression() };
      }
      case "resource": {
        const declared = this.#declared(decorators);
        const type = this.text();
        const existing = this.isName("existing");
        if (existing) this.take("name");
        this.symbol("=");
        return { is: "resource", ...declared, type, existing, body: this.expression() };
      }
      case "module": {
        const declared = this.#declared(decorators);
        const path = this.text();
        this.symbol("=");
        return { is: "module", ...declared, path, body: this.expression() };
      }
      default:
        throw new BicepError(`line ${this.line()}: a file has no statement "${keyword}"`);
    }
  }

  #import(): Statement {
    const line = this.line();
    this.symbol("{");
    const names = [this.take("name").text];
    while (this.accept(",")) names.push(this.take("name").text);
    this.symbol("}");
    if (this.take("name").text !== "from") throw this.unexpected("import without from");
    return { is: "import", names, path: this.text(), line };
  }

  #declared(decorators: readonly Decorator[]) {
    const line = this.line();
    return { name: this.take("name").text, line, decorators };
  }

  #decorators(): Decorator[] {
    const decorators: Decorator[] = [];
    while (this.accept("@")) {
      const name = this.take("name").text;
      decorators.push({ name, args: this.arguments() });
      this.newlines();
    }
    return decorators;
  }

  #type(): Type {
    const of = [this.#singleType()];
    while (this.accept("|")) of.push(this.#singleType());
    const [only] = of;
    return of.length === 1 && only !== undefined ? only : { is: "union", of };
  }

  #singleType(): Type {
    let type: Type = this.#atomicType();
    while (this.accept("[")) {
      this.symbol("]");
      type = { is: "list", of: type };
    }
    return type;
  }

  #atomicType(): Type {
    if (this.is("string")) return { is: "literal", value: this.text() };
    const token = this.next();
    if (token.kind === "number") return { is: "literal", value: token.value };
    if (token.kind === "name") return { is: "named", name: token.text };
    if (token.text !== "{") throw new BicepError(`line ${token.line}: ${token.text} is no type`);
    const properties = [];
    for (this.newlines(); !this.accept("}"); this.newlines()) {
      const declared = this.#declaredProperty();
      properties.push(declared);
      if (!this.isSymbol("}")) this.take("newline");
    }
    return { is: "object", properties };
  }

  #declaredProperty() {
    const declared = this.#declared(this.#decorators());
    this.symbol(":");
    return { ...declared, type: this.#type() };
  }
}
