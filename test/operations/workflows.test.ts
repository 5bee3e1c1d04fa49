import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import product from "../../package.json" with { type: "json" };

const ROOT = resolve(import.meta.dirname, "../..");

const Permissions = z.record(z.string(), z.enum(["read", "write", "none"]));
const Step = z.object({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
});
const Job = z.object({
  uses: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
  permissions: Permissions,
  "timeout-minutes": z.int().max(60).optional(),
  steps: z.array(Step).default([]),
});
const Input = z.looseObject({ required: z.boolean().optional(), options: z.array(z.string()).optional() });
const Call = z.object({ inputs: z.record(z.string(), Input).optional() }).nullable();
const Workflow = z.object({
  name: z.string(),
  on: z.looseObject({ workflow_call: Call.optional(), workflow_dispatch: Call.optional() }),
  permissions: Permissions,
  jobs: z.record(z.string(), Job),
});

const workflows = globSync(".github/workflows/*.yml", { cwd: ROOT })
  .sort()
  .map((path) => {
    const text = readFileSync(join(ROOT, path), "utf8");
    return { path, text, workflow: Workflow.parse(parse(text)) };
  });
const named = (name: string) => {
  const found = workflows.find(({ path }) => basename(path) === `${name}.yml`);
  if (found === undefined) throw new Error(`There is no workflow ${name}`);
  return found.workflow;
};

describe.each(workflows)("the workflow $path", ({ text, workflow }) => {
  const jobs = Object.entries(workflow.jobs);
  const steps = jobs.flatMap(([, job]) => job.steps);

  it("gives nothing by itself, and each job what it needs and some time", () => {
    expect(workflow.permissions).toEqual({});
    for (const [name, job] of jobs) {
      expect(Object.keys(job.permissions), name).toContain("contents");
      const writes = Object.entries(job.permissions).filter(([, access]) => access === "write");
      expect(
        writes.every(([permission]) => permission === "id-token"),
        name,
      ).toBe(true);
      // A job that calls a workflow has the time limits of that one's.
      expect(job["timeout-minutes"] !== undefined || job.uses !== undefined, name).toBe(true);
    }
  });

  it("has no secrets: it signs in by OIDC, with ids that are variables", () => {
    expect(text).not.toMatch(/\$\{\{[^}]*\bsecrets\b|^\s*secrets:/m);
    const variables = [...text.matchAll(/\bvars\.(\w+)/g)].map(([, name = ""]) => name);
    const known = ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID", "CORDBOARD_ALERT_EMAIL"];
    expect(variables.filter((name) => !known.includes(name))).toEqual([]);
  });

  it("pins each action to a commit, with its version beside it, and the same everywhere", () => {
    const uses = [...text.matchAll(/uses: (\S+)( # \S+)?/g)].map(([, action = "", version]) => ({ action, version }));
    for (const { action, version } of uses.filter(({ action }) => !action.startsWith("./"))) {
      expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      expect(version).toMatch(/^ # v\d+\.\d+\.\d+$/);
      const [owner = ""] = action.split("@");
      const all = workflows.flatMap(({ text: each }) => each.match(new RegExp(`${owner}@\\S+`, "g")) ?? []);
      expect(new Set(all).size, owner).toBe(1);
    }
  });

  it("calls workflows that there are, with the inputs that they have", () => {
    for (const [name, job] of jobs) {
      if (job.uses === undefined) continue;
      const called = named(basename(job.uses, ".yml")).on.workflow_call;
      expect(called, name).toBeDefined();
      const inputs = Object.entries(called?.inputs ?? {});
      const given = Object.keys(job.with ?? {});
      expect(given.filter((input) => !inputs.some(([known]) => known === input))).toEqual([]);
      expect(inputs.filter(([input, { required }]) => required && !given.includes(input))).toEqual([]);
    }
  });

  it("runs only scripts that there are", () => {
    const commands = steps.map(({ run }) => run ?? "").join("\n");
    for (const [, script = ""] of commands.matchAll(/npm run ([\w:-]+)/g))
      expect(product.scripts).toHaveProperty([script]);
    for (const [, file = ""] of commands.matchAll(/node ([\w./-]+\.ts)/g))
      expect(existsSync(join(ROOT, file))).toBe(true);
    if (commands.includes(".ci/run")) expect(statSync(join(ROOT, ".ci/run")).mode & 0o111).not.toBe(0);
  });

  it("puts nothing that somebody else can write into a command", () => {
    for (const { run = "" } of steps)
      expect(run).not.toMatch(/\$\{\{\s*(github\.event|github\.head_ref|inputs\.(?!infrastructure))/);
    expect(workflow.on).not.toHaveProperty("pull_request_target");
  });
});

describe("environments", () => {
  it("have a parameter file each, wherever they are named", () => {
    const asked = Object.values(named("deploy").jobs).flatMap(({ with: given }) => given?.environment ?? []);
    const offered = named("roll-back").on.workflow_dispatch?.inputs?.environment?.options ?? [];
    expect(asked).toEqual(["test", "production"]);
    expect(offered).toEqual(asked);
    for (const environment of asked)
      expect(existsSync(join(ROOT, `bicep/${String(environment)}.bicepparam`))).toBe(true);
  });

  it("are given in turn what was built once", () => {
    const { jobs } = named("deploy");
    expect(Object.keys(jobs)).toEqual(["check", "build", "test", "production"]);
    const uploads = Object.values(jobs).flatMap(({ steps }) =>
      steps.filter(({ uses }) => uses?.includes("upload-artifact")),
    );
    expect(uploads).toHaveLength(1);
    const text = workflows.find(({ path }) => path.endsWith("deploy.yml"))?.text ?? "";
    for (const [job, before] of [
      ["build", "check"],
      ["test", "build"],
      ["production", "test"],
    ])
      expect(text).toMatch(new RegExp(`\\n {2}${job}:\\n {4}needs: ${before}\\n`));
    const builds = workflows.flatMap(({ workflow }) => Object.values(workflow.jobs).flatMap(({ steps }) => steps));
    expect(builds.filter(({ run }) => run?.includes("npm run build"))).toHaveLength(1);
  });

  it("are tested after each deployment, and rolled back when that fails", () => {
    const steps = named("release").jobs.release?.steps.map(({ run, uses }) => run ?? uses ?? "") ?? [];
    const at = (what: string, from = 0) => steps.findIndex((step, i) => i >= from && step.includes(what));
    const deploy = at("release.ts deploy");
    const smoke = at("smoke.ts", deploy);
    const previous = at("--status success", smoke);
    expect([deploy, smoke, previous].every((step, i, all) => step > (all[i - 1] ?? -1))).toBe(true);
    const again = steps.slice(previous + 1);
    expect(again.at(-1)).toMatch(/release\.ts deploy .*--package-only[\s\S]*smoke\.ts/);
    expect(again.some((step) => step.includes("download-artifact"))).toBe(true);
  });
});
