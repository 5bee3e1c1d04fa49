import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { evaluate, loop, type Scope } from "./evaluate.ts";
import { scopeId } from "./functions.ts";
import { parseBicep } from "./parse.ts";
import { runtimeProperty } from "./runtime.ts";
import type { Expression, Statement, Type } from "./syntax.ts";
import { BicepError } from "./tokens.ts";
import { misfits, type Types } from "./types.ts";
import { asBoolean, asFields, asText, type Fields, idOf, ResourceReference, type Value } from "./values.ts";

/** A resource as it would be sent to Azure. */
export interface Deployed {
  readonly type: string;
  readonly apiVersion: string;
  /** With its parents' names, e.g. `account/database`. */
  readonly name: string;
  readonly id: string;
  /** The resource it is attached to (a role assignment, a diagnostic setting). */
  readonly on: string | undefined;
  /** Undefined: the subscription. */
  readonly group: string | undefined;
  readonly file: string;
  readonly body: Fields;
}

interface Files {
  readonly read: (path: string) => readonly Statement[];
  readonly environment: Readonly<Record<string, string>>;
  readonly deployed: Deployed[];
}

/**
 * What a parameter file would deploy: every module expanded, every condition and loop decided, every parameter held against
 * its type. A rehearsal, not Azure: names that Azure gives are made up (runtime.ts).
 */
export function rehearse(
  parametersFile: string,
  environment: Readonly<Record<string, string>> = {},
): { readonly deployed: readonly Deployed[]; readonly outputs: Fields } {
  const files: Files = { read: (path) => parseBicep(readFileSync(path, "utf8")), environment, deployed: [] };
  const statements = files.read(parametersFile);
  const using = statements.find((each) => each.is === "using");
  if (using === undefined) throw new BicepError(`${parametersFile} has no using`);
  const parameters = new Deployment(parametersFile, undefined, {}, files).parameterValues();
  const main = new Deployment(resolve(dirname(parametersFile), using.path), undefined, parameters, files);
  return { outputs: main.run(), deployed: files.deployed };
}

class Deployment {
  readonly #file: string;
  readonly #group: string | undefined;
  readonly #files: Files;
  readonly #given: Fields;
  readonly #statements: readonly Statement[];
  readonly #types = new Map<string, Type>();
  readonly #values = new Map<string, Value>();
  readonly #scope: Scope;

  constructor(file: string, group: string | undefined, given: Fields, files: Files) {
    this.#file = file;
    this.#group = group;
    this.#files = files;
    this.#given = given;
    this.#statements = files.read(file);
    this.#readTypes();
    const { environment } = files;
    this.#scope = { file, group, environment, lookUp: (name) => this.#valueOf(name), runtime: runtimeProperty };
  }

  /** Of a parameter file. */
  parameterValues(): Fields {
    const params = this.#statements.filter((each) => each.is === "param");
    return Object.fromEntries(params.map(({ name }) => [name, this.#valueOf(name)]));
  }

  /** Deploys everything; returns the outputs. */
  run(): Fields {
    const outputs: Record<string, Value> = {};
    for (const name of Object.keys(this.#given))
      if (!this.#statements.some((each) => each.is === "param" && each.name === name))
        throw this.#error(0, `has no parameter ${name}`);
    for (const statement of this.#statements)
      if (["param", "var", "resource", "module"].includes(statement.is) && "name" in statement)
        this.#valueOf(statement.name);
    for (const statement of this.#statements) {
      if (statement.is !== "output") continue;
      const value = this.#at(statement.line, () => evaluate(statement.value, this.#scope));
      this.#check(statement.line, misfits(statement.type, value, this.#types, [], statement.name));
      outputs[statement.name] = value;
    }
    return outputs;
  }

  #readTypes(): void {
    for (const statement of this.#statements) {
      if (statement.is === "type") this.#types.set(statement.name, statement.type);
      if (statement.is !== "import") continue;
      const exported = typesOf(this.#files.read(resolve(dirname(this.#file), statement.path)));
      for (const [name, type] of exported) this.#types.set(name, type);
    }
  }

  #valueOf(name: string): Value {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    const statement = this.#statements.find((each) => each.is !== "output" && "name" in each && each.name === name);
    if (statement === undefined || !("line" in statement)) throw this.#error(0, `${name} is not declared`);
    const value = this.#at(statement.line, () => this.#compute(statement));
    this.#values.set(name, value);
    return value;
  }

  #compute(statement: Statement): Value {
    switch (statement.is) {
      case "var":
        return evaluate(statement.value, this.#scope);
      case "param": {
        const given = this.#given[statement.name];
        if (given === undefined && statement.value === undefined)
          throw this.#error(statement.line, `the parameter ${statement.name} is not given`);
        const value = given ?? (statement.value === undefined ? null : evaluate(statement.value, this.#scope));
        if (statement.type !== undefined)
          this.#check(
            statement.line,
            misfits(statement.type, value, this.#types, statement.decorators, statement.name),
          );
        return value;
      }
      case "resource":
        return this.#each(statement.body, this.#scope, (body, scope, wanted) =>
          this.#resource(statement, body, scope, wanted),
        );
      case "module":
        return this.#each(statement.body, this.#scope, (body, scope, wanted) =>
          wanted ? this.#module(statement.path, body, scope) : null,
        );
      default:
        throw this.#error(0, `${statement.is} has no value`);
    }
  }

  /** A body, under its condition, once or for each item. */
  #each(body: Expression, scope: Scope, make: (body: Expression, scope: Scope, wanted: boolean) => Value): Value {
    if (body.is === "for") return loop(body, scope).map((inner) => this.#each(body.body, inner, make));
    if (body.is === "if") return make(body.body, scope, asBoolean(evaluate(body.condition, scope)));
    return make(body, scope, true);
  }

  #resource(
    statement: Statement & { readonly is: "resource" },
    body: Expression,
    scope: Scope,
    wanted: boolean,
  ): Value {
    const [type = "", apiVersion = ""] = statement.type.split("@");
    const head = property(body, "parent");
    const parent = head === undefined ? undefined : evaluate(head, scope);
    const attached = property(body, "scope");
    const on = attached === undefined ? undefined : evaluate(attached, scope);
    const own = asText(evaluate(property(body, "name") ?? { is: "literal", value: null }, scope), "a resource's name");
    const name = parent instanceof ResourceReference ? `${parent.name}/${own}` : own;
    const isGroup = type === "Microsoft.Resources/resourceGroups";
    const base = on instanceof ResourceReference ? on.id : scopeId(this.#group);
    const id = isGroup ? scopeId(own) : idOf(base, type, name);
    // Of a child, `name` is its own part only.
    const reference = new ResourceReference(id, parent instanceof ResourceReference ? name : own, type);
    if (!wanted || statement.existing) return reference;
    const known = { parent: null, scope: null, dependsOn: null };
    const plain = evaluate(without(body, Object.keys(known)), scope);
    this.#dependencies(body);
    this.#files.deployed.push({
      type,
      apiVersion,
      name,
      id,
      on: on instanceof ResourceReference ? on.id : undefined,
      group: this.#group,
      file: this.#file,
      body: asFields(plain),
    });
    return reference;
  }

  #module(path: string, body: Expression, scope: Scope): Value {
    const to = property(body, "scope");
    const target = to === undefined ? undefined : evaluate(to, scope);
    const group = target instanceof ResourceReference ? target.name : this.#group;
    asText(evaluate(property(body, "name") ?? { is: "literal", value: null }, scope), "a module's name");
    const params = asFields(evaluate(property(body, "params") ?? { is: "object", entries: [] }, scope));
    this.#dependencies(body);
    const outputs = new Deployment(resolve(dirname(this.#file), path), group, params, this.#files).run();
    return { outputs };
  }

  /** They hold names of resources and modules, which need not stand to be named. */
  #dependencies(body: Expression): void {
    const named = property(body, "dependsOn");
    if (named === undefined) return;
    for (const each of named.is === "array" ? named.items : []) {
      const found = each.is === "name" && this.#statements.some((one) => "name" in one && one.name === each.name);
      if (!found) throw this.#error(0, "dependsOn names something else than a resource or a module");
    }
  }

  #check(line: number, problems: readonly string[]): void {
    if (problems.length > 0) throw this.#error(line, problems.join("; "));
  }

  #at<T>(line: number, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof BicepError && !error.message.includes(".bicep")) throw this.#error(line, error.message);
      throw error;
    }
  }

  #error(line: number, message: string): BicepError {
    return new BicepError(`${this.#file}:${line}: ${message}`);
  }
}

function typesOf(statements: readonly Statement[]): Types {
  return new Map(statements.flatMap((each) => (each.is === "type" ? [[each.name, each.type] as const] : [])));
}

/** The value of a property that is written out in a body. */
function property(body: Expression, name: string): Expression | undefined {
  if (body.is !== "object") throw new BicepError("a resource's body is an object");
  return body.entries.find(({ key }) => key.is === "literal" && key.value === name)?.value;
}

function without(body: Expression, names: readonly string[]): Expression {
  if (body.is !== "object") return body;
  const entries = body.entries.filter(({ key }) => !(key.is === "literal" && names.includes(String(key.value))));
  return { is: "object", entries };
}
