import { dirname, resolve } from "node:path";
import { isFunction } from "./functions.ts";
import type { Expression, Statement, Type } from "./syntax.ts";

const BUILT_IN = new Set(["string", "int", "bool", "object", "array"]);

type Read = (path: string) => readonly Statement[];

/** What a compiler would object to in a file, and what its linter would, as far as it can be seen without knowing Azure. */
export function lint(file: string, read: Read): readonly string[] {
  const statements = read(file);
  const declared = new Set(statements.flatMap((each) => ("name" in each && each.is !== "output" ? [each.name] : [])));
  const imported = statements.flatMap((each) => (each.is === "import" ? each.names : []));
  const used = new Set<string>();
  const problems: string[] = [];
  const use = (name: string, bound: readonly string[]) => {
    if (bound.includes(name)) return;
    used.add(name);
    if (!declared.has(name)) problems.push(`${name} is not declared`);
  };
  for (const statement of statements) {
    if ("body" in statement) visit(statement.body, [], use, problems);
    if ("value" in statement && statement.value !== undefined) visit(statement.value, [], use, problems);
    const types = "type" in statement && typeof statement.type === "object" ? namesIn(statement.type) : [];
    for (const name of types) {
      if (!BUILT_IN.has(name) && !imported.includes(name) && !declared.has(name)) problems.push(`no type ${name}`);
      used.add(name);
    }
    problems.push(...undescribed(statement, file));
    if (statement.is === "module") problems.push(...interfaceOf(statement, file, read));
    if (statement.is === "import") problems.push(...imports(statement, file, read));
  }
  const names = statements.filter((each) => each.is === "param" || each.is === "var").map(({ name }) => name);
  if (!file.endsWith(".bicepparam"))
    for (const name of [...names, ...imported]) if (!used.has(name)) problems.push(`${name} is never used`);
  return problems.map((problem) => `${file}: ${problem}`);
}

function visit(
  expression: Expression,
  bound: readonly string[],
  use: (name: string, bound: readonly string[]) => void,
  problems: string[],
): void {
  const inner = (each: Expression, more: readonly string[] = []) => visit(each, [...bound, ...more], use, problems);
  switch (expression.is) {
    case "literal":
      return;
    case "name":
      use(expression.name, bound);
      return;
    case "string":
      for (const part of expression.parts) inner(part);
      return;
    case "array":
      for (const item of expression.items) inner(item);
      return;
    case "object": {
      const keys = expression.entries.flatMap(({ key }) => (key.is === "literal" ? [key.value] : []));
      if (new Set(keys).size < keys.length) problems.push(`an object has a property twice: ${keys.join(", ")}`);
      for (const { key, value } of expression.entries) {
        inner(key);
        inner(value);
      }
      return;
    }
    case "for":
      inner(expression.from);
      inner(expression.body, [expression.item, ...(expression.index === undefined ? [] : [expression.index])]);
      return;
    case "if":
      inner(expression.condition);
      inner(expression.body);
      return;
    case "choice":
      for (const part of [expression.condition, expression.yes, expression.no]) inner(part);
      return;
    case "binary":
      inner(expression.left);
      inner(expression.right);
      return;
    case "unary":
      inner(expression.operand);
      return;
    case "member":
      inner(expression.of);
      inner(expression.key);
      return;
    case "call":
      if (!isFunction(expression.name)) problems.push(`line ${expression.line}: no function ${expression.name}`);
      for (const arg of expression.args) inner(arg);
      return;
    case "lambda":
      inner(expression.body, expression.parameters);
  }
}

function namesIn(type: Type): readonly string[] {
  if (type.is === "named") return [type.name];
  if (type.is === "list") return namesIn(type.of);
  if (type.is === "union") return type.of.flatMap(namesIn);
  return type.is === "object" ? type.properties.flatMap((each) => namesIn(each.type)) : [];
}

/** Every parameter, output and property of a type says what it is; every module too. */
function undescribed(statement: Statement, file: string): readonly string[] {
  if (file.endsWith(".bicepparam")) return [];
  if (statement.is !== "param" && statement.is !== "output" && statement.is !== "type") return [];
  const described = statement.decorators.some(({ name }) => name === "description");
  const inside = statement.type === undefined ? [] : propertiesIn(statement.type);
  const bare = inside.filter(({ decorators }) => !decorators.some(({ name }) => name === "description"));
  return [...(described ? [] : [statement.name]), ...bare.map(({ name }) => `${statement.name}.${name}`)].map(
    (name) => `${name} has no description`,
  );
}

function propertiesIn(type: Type): readonly (Type & { readonly is: "object" })["properties"][number][] {
  return type.is === "object" ? type.properties.flatMap((each) => [each, ...propertiesIn(each.type)]) : [];
}

/** A module is given all the parameters that it needs, and none that it does not know. */
function interfaceOf(module: Statement & { readonly is: "module" }, file: string, read: Read): readonly string[] {
  let body = module.body;
  while (body.is === "for" || body.is === "if") body = body.body;
  const given = propertiesOf(body, "params");
  const known = read(resolve(dirname(file), module.path)).filter((each) => each.is === "param");
  const missing = known.filter(({ name, value }) => value === undefined && !given.includes(name));
  const unknown = given.filter((name) => !known.some((each) => each.name === name));
  return [
    ...missing.map(({ name }) => `line ${module.line}: the module ${module.name} is not given ${name}`),
    ...unknown.map((name) => `line ${module.line}: the module ${module.name} has no parameter ${name}`),
  ];
}

function propertiesOf(body: Expression, name: string): readonly string[] {
  if (body.is !== "object") return [];
  const value = body.entries.find(({ key }) => key.is === "literal" && key.value === name)?.value;
  return value?.is === "object"
    ? value.entries.flatMap(({ key }) => (key.is === "literal" && typeof key.value === "string" ? [key.value] : []))
    : [];
}

function imports(statement: Statement & { readonly is: "import" }, file: string, read: Read): readonly string[] {
  const exported = read(resolve(dirname(file), statement.path)).flatMap((each) =>
    "decorators" in each && each.decorators.some(({ name }) => name === "export") ? [each.name] : [],
  );
  return statement.names
    .filter((name) => !exported.includes(name))
    .map((name) => `${statement.path} exports no ${name}`);
}
