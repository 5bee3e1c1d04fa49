import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { rehearse } from "./language/deploy.ts";
import { lint } from "./language/lint.ts";
import { parseBicep } from "./language/parse.ts";

const FOLDER = resolve(import.meta.dirname, "../../bicep");
const files = globSync("**/*.{bicep,bicepparam}", { cwd: FOLDER }).map((file) => join(FOLDER, file));
const read = (path: string) => parseBicep(readFileSync(path, "utf8"));
const scratch = mkdtempSync(join(tmpdir(), "cordboard-bicep-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function problemsOf(source: string): string {
  const file = join(scratch, "main.bicep");
  writeFileSync(file, source);
  return lint(file, read).join("\n");
}

describe("every file of bicep/", () => {
  it.each(files.map((file) => relative(FOLDER, file)))("%s has nothing undeclared, unused or undescribed", (file) => {
    expect(lint(join(FOLDER, file), read)).toEqual([]);
  });

  it("is used: each module by another file", () => {
    const named = new Set<string>();
    for (const file of files)
      for (const each of read(file)) if ("path" in each) named.add(resolve(file, "..", each.path));
    const unused = files.filter((file) => file.includes("/modules/") && !named.has(file));
    expect(unused).toEqual([]);
  });
});

describe("what reads Bicep where there is no compiler", () => {
  it.each([
    ["param a string\noutput b string = a", "a has no description"],
    ["var a = 1\nvar b = a + c", "c is not declared"],
    ["var a = 1", "a is never used"],
    ["@description('x')\noutput a string = upper('x')", "no function upper"],
    ["@description('x')\noutput a Size = 'x'", "no type Size"],
    ["module m 'main.bicep' = {\n  name: 'm'\n  params: {\n    b: 1\n  }\n}", "has no parameter b"],
    ["var a = {\n  x: 1\n  x: 2\n}", "twice"],
  ])("objects to %j", (source, problem) => {
    expect(problemsOf(source)).toContain(problem);
  });

  it.each([
    "var a = [1 2]",
    "resource a = {}",
    "var a = 'x",
    "var a = {\n  x 1\n}",
    "vra a = 1",
    "var a = [for x on y: x]",
  ])("does not parse %j", (source) => {
    expect(() => parseBicep(source)).toThrow(/line \d/);
  });

  it("holds each parameter against its type when it rehearses a deployment", () => {
    writeFileSync(join(scratch, "limited.bicep"), "@minLength(3)\nparam a string\nparam b 'x' | 'y'\n");
    writeFileSync(join(scratch, "short.bicepparam"), "using 'limited.bicep'\nparam a = 'ab'\nparam b = 'x'\n");
    writeFileSync(join(scratch, "other.bicepparam"), "using 'limited.bicep'\nparam a = 'abc'\nparam b = 'z'\n");
    expect(() => rehearse(join(scratch, "short.bicepparam"))).toThrow(/a is less than its minLength of 3/);
    expect(() => rehearse(join(scratch, "other.bicepparam"))).toThrow(/b is "z", which is none of its choices/);
  });

  it("expands loops, conditions and modules", () => {
    writeFileSync(
      join(scratch, "child.bicep"),
      "param names string[]\nresource a 'Microsoft.X/as@1' = [\n  for (name, i) in names: if (i != 1) {\n    name: name\n  }\n]\noutput last string = a[2].name\n",
    );
    writeFileSync(
      join(scratch, "parent.bicep"),
      "module child 'child.bicep' = {\n  name: 'child'\n  params: {\n    names: ['x', 'y', 'z']\n  }\n}\noutput last string = child.outputs.last\n",
    );
    writeFileSync(join(scratch, "p.bicepparam"), "using 'parent.bicep'\n");
    const { deployed, outputs } = rehearse(join(scratch, "p.bicepparam"));
    expect(deployed.map(({ name }) => name)).toEqual(["x", "z"]);
    expect(outputs).toEqual({ last: "z" });
  });
});
