import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { queueFunctions, routes, timerFunctions } from "../../../functions/routes.ts";
import { bundleFunctions } from "../../../scripts/build.ts";
import { QUEUES } from "../../../shared/platform/queue/queues.ts";
import { byName, functionsByTrigger, httpRoute } from "../bindings.ts";
import type { FunctionMetadata } from "../coreTypes.ts";
import { createHost } from "../host.ts";
import { type App, loadApp } from "../loadApp.ts";
import { parseNcrontab } from "../ncrontab.ts";
import { createRouter } from "../router.ts";
import { collectLog, TEST_CONFIG, temporaryFolder } from "../testing.ts";

/**
 * What the product's own bundle tells the host of its functions, held against the declarations that it is made of. The shape
 * is that of RpcFunctionMetadata (https://github.com/Azure/azure-functions-language-worker-protobuf, FunctionRpc.proto) as
 * `@azure/functions` makes it; the rules are the host's (WorkerFunctionMetadataProvider.cs, ScriptHost.cs).
 */
const ROOT = resolve(import.meta.dirname, "../../..");
const SAMPLE: { readonly Values: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(join(ROOT, "local.settings.sample.json"), "utf8"),
);
const WHATSAPP = { WHATSAPP_APP_SECRET: "secret for tests", WHATSAPP_VERIFY_TOKEN: "token for tests" };

const folder = temporaryFolder();
const bundle = join(folder.path, "bundle/main.cjs");
const { log } = collectLog();
let app: App;

/** Sets what the bundle reads at its start: the sample's names for Azure, a folder of our own for one machine. */
function settings(platform: "azure" | "local"): void {
  const azure = Object.entries(SAMPLE.Values).map(
    ([name, value]) => [name, value.replace(/<\w+>/, "contract")] as const,
  );
  const own = { CORDBOARD_PLATFORM: platform, CORDBOARD_DATA: join(folder.path, "data"), ...WHATSAPP };
  for (const [name, value] of [...(platform === "azure" ? azure : []), ...Object.entries(own)]) vi.stubEnv(name, value);
}

const metadataOf = (loaded: App): readonly FunctionMetadata[] =>
  [...loaded.core.functions.values()].map(({ metadata }) => metadata);

beforeAll(async () => {
  await bundleFunctions({ entry: join(ROOT, "functions/main.ts"), outDir: join(folder.path, "bundle") });
  settings("local");
  app = await loadApp(bundle, log);
});
afterAll(async () => {
  await app.terminate();
  folder.remove();
});
afterEach(() => vi.unstubAllEnvs());

const triggers = () => functionsByTrigger(app.core);

describe("every function of the bundle", () => {
  it("is declared, and every declaration is there", () => {
    expect(app.core.functions.size).toBe(routes.length + queueFunctions.length + timerFunctions.length);
    expect(triggers().http).toHaveLength(routes.length);
    expect(triggers().queues).toHaveLength(queueFunctions.length);
    expect(triggers().timers).toHaveLength(timerFunctions.length);
  });

  it("has a name that Azure takes, which no other has in any case of letters", () => {
    const names = [...app.core.functions.keys()];
    for (const name of names) expect(name).toMatch(/^(?!host$)[a-z][a-z0-9_-]{0,127}$/i);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  });

  it("has an entry point, its trigger, and beside it an answer at most", () => {
    for (const { metadata, callback } of app.core.functions.values()) {
      expect(typeof callback).toBe("function");
      expect(metadata.retryOptions).toBeUndefined();
      const [trigger, ...others] = Object.entries(metadata.bindings);
      expect(trigger?.[1]).toMatchObject({ direction: "in", properties: { supportsDeferredBinding: "false" } });
      const isHttp = trigger?.[1].type === "httpTrigger";
      expect(others).toEqual(isHttp ? [["$return", expect.objectContaining({ type: "http", direction: "out" })]] : []);
    }
  });

  it("has bindings that reach the host as JSON, under their names", () => {
    for (const { bindings } of metadataOf(app)) {
      for (const [name, binding] of Object.entries(bindings)) {
        expect(name).toMatch(/^(?:[a-z][a-z0-9]{0,127}|\$return)$/i);
        // registerFunction of the worker: rawBindings are JSON.stringify({ ...binding, name }).
        const raw = JSON.parse(JSON.stringify({ ...binding, name }));
        expect(raw).toEqual({ ...binding, name });
      }
    }
  });

  it("is told alike by each worker, and by both editions", async () => {
    const told = JSON.stringify(metadataOf(app));
    await app.terminate();
    for (const platform of ["local", "azure"] as const) {
      vi.unstubAllEnvs();
      settings(platform);
      app = await loadApp(bundle, log);
      expect(JSON.stringify(metadataOf(app)), platform).toBe(told);
      if (platform === "local") await app.terminate();
    }
  });
});

describe("doors", () => {
  it.each(routes.map(({ method, path }) => ({ method, path })))("$method $path is one function", ({ method, path }) => {
    const own = triggers().http.filter(({ binding: { route, methods } }) => {
      return route === path && JSON.stringify(methods) === JSON.stringify([method]);
    });
    expect(own).toHaveLength(1);
    // Who may come in is the product's own business: no door hangs on a key of Azure's.
    expect(own[0]?.binding).toMatchObject({ type: "httpTrigger", authLevel: "anonymous" });
  });

  it("lie outside Azure's own routes", () => {
    for (const { binding } of triggers().http) expect(binding.route).not.toMatch(/^\/?(admin|runtime)/i);
  });

  it("can all be reached: none stands before another in Azure's order", () => {
    const router = createRouter<string>("api");
    for (const one of triggers().http.toSorted(byName)) {
      const { route, methods } = httpRoute(one);
      router.add(route, methods, one.name);
    }
    for (const one of triggers().http) {
      const { route, methods } = httpRoute(one);
      const path = `/api/${route.replace(/\{[^}]+\}/g, "any-value")}`;
      for (const method of methods) expect(router.match(method, path), path).toMatchObject({ target: one.name });
    }
  });
});

describe("queues", () => {
  it.each(Object.keys(QUEUES))("%s has one function, with sessions, one message at a time", (queue) => {
    const own = triggers().queues.filter(({ binding }) => binding.queueName === queue);
    expect(own).toHaveLength(1);
    const { isSessionsEnabled, cardinality = "one", autoCompleteMessages = true, connection } = own[0]?.binding ?? {};
    expect({ isSessionsEnabled, cardinality, autoCompleteMessages }).toEqual({
      isSessionsEnabled: true,
      cardinality: "one",
      autoCompleteMessages: true,
    });
    // An identity-based connection: https://learn.microsoft.com/azure/azure-functions/functions-reference#connections
    expect(Object.keys(SAMPLE.Values)).toContain(`${connection}__fullyQualifiedNamespace`);
  });
});

describe("timers", () => {
  it.each(timerFunctions.map(({ name, schedule }) => ({ name, schedule })))("$name runs at $schedule", (declared) => {
    const own = triggers().timers.filter(({ name }) => name === declared.name);
    expect(own.map(({ binding }) => binding.schedule)).toEqual([declared.schedule]);
    const next = parseNcrontab(declared.schedule).next(new Date("2026-03-01T00:00:00Z"));
    expect(next?.getTime()).toBeLessThanOrEqual(Date.parse("2026-03-02T00:00:00Z"));
    // Azure: rarely if ever in production, since each scale-out is a start.
    expect(own[0]?.binding.runOnStartup).not.toBe(true);
  });
});

it("is an app that the host takes as it is", async () => {
  await app.terminate();
  settings("local");
  const host = await createHost({
    bundle,
    config: TEST_CONFIG,
    dataFolder: folder.path,
    queue: { acceptNextSession: async () => undefined },
    logger: log,
  });
  expect(host.functions).toHaveLength(routes.length + queueFunctions.length + timerFunctions.length);
  await host.stop();
});
