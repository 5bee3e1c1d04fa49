import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createHost } from "./host.ts";
import { loadApp } from "./loadApp.ts";
import { bundleFixture, collectLog, TEST_CONFIG, temporaryFolder } from "./testing.ts";

describe("loading a bundle", () => {
  const folder = temporaryFolder();
  const { log } = collectLog();
  afterAll(() => folder.remove());

  let count = 0;
  /** A bundle with `source` that needs no library. */
  function write(source: string): string {
    const inner = join(folder.path, `plain${++count}`);
    mkdirSync(inner);
    const file = join(inner, "main.cjs");
    writeFileSync(file, `const core = require("@azure/functions-core");\n${source}`);
    return file;
  }
  const MODEL = `core.setProgrammingModel({ name: "m", version: "1", getInvocationModel() {}, CAPABILITIES });`;
  const binding = (type: string, options = "") =>
    `{ trigger: { type: "${type}", direction: "in", authLevel: "anonymous", ${options} } }`;
  const register = (name: string, bindings: string) =>
    `core.registerFunction({ name: "${name}", bindings: ${bindings} }, () => {});`;
  const plain = MODEL.replace("CAPABILITIES", "");
  const one = register("one", binding("httpTrigger", `methods: ["GET"]`));

  it("loads a bundle afresh once the app before it has ended, and never twice at once", async () => {
    const bundle = await bundleFixture("hooks", folder.path);
    const first = await loadApp(bundle, log);
    await expect(loadApp(bundle, log)).rejects.toThrow(/loaded already/);
    await first.terminate();
    const second = await loadApp(bundle, log);
    expect([...second.core.functions.keys()]).toEqual(["hooked"]);
    await second.terminate();
  });

  it("keeps two apps in one process apart", async () => {
    const [one, two] = await Promise.all([
      loadApp(write(`${plain}${register("first", binding("httpTrigger"))}`), log),
      loadApp(write(`${plain}${register("second", binding("httpTrigger"))}`), log),
    ]);
    expect([...one.core.functions.keys(), ...two.core.functions.keys()]).toEqual(["first", "second"]);
    await one.terminate();
    await two.terminate();
  });

  it("runs the start hooks once all is registered, and then takes no more functions", async () => {
    const app = await loadApp(
      write(`${plain}${one}
        core.registerHook("appStart", (context) => { ${register("fromHook", binding("httpTrigger"))} });
        globalThis.registerLate = () => { ${register("late", binding("httpTrigger"))} };`),
      log,
    );
    expect([...app.core.functions.keys()]).toEqual(["one", "fromHook"]);
    expect(() => Reflect.get(globalThis, "registerLate")()).toThrow(/after the app had started/);
    await app.terminate();
  });

  it("gives hooks back when they are disposed", async () => {
    const app = await loadApp(write(`${plain}${one} core.registerHook("appTerminate", () => {}).dispose();`), log);
    expect(app.core.hasHooks("appTerminate")).toBe(false);
    await app.terminate();
  });

  it("waits for a bundle whose start is not over at once, and fails with it", async () => {
    await expect(
      loadApp(write(`module.exports = Promise.resolve().then(() => { throw new Error("no setting X"); });`), log),
    ).rejects.toThrow(/did not start: Error: no setting X/);
  });

  it.each([
    ["throws", `throw new Error("PUBLIC_URL is missing");`, /PUBLIC_URL is missing/],
    ["registers nothing", plain, /registers no functions/],
    ["registers two of one name", `${plain}${one}${one}`, /Two functions are named "one"/],
    ["registers two of one name in other letters", `${plain}${one}${register("ONE", "{}")}`, /Two functions are named/],
    ["gives a function a wrong name", `${plain}${register("no name", "{}")}`, /is not a name/],
    ["gives a function the host's own name", `${plain}${register("Host", "{}")}`, /is not a name/],
    ["names an unknown hook", `${plain}${one}core.registerHook("onStart", () => {});`, /Unrecognized hook/],
    [
      "has a start hook that fails",
      `${plain}${one}core.registerHook("appStart", () => { throw new Error("no"); });`,
      /no/,
    ],
    [
      "wants HTTP streams",
      `${MODEL.replace("CAPABILITIES", "getCapabilities: async () => ({ HttpUri: 'x' })")}${one}`,
      /no HTTP streams/,
    ],
    ["is missing", undefined, /no functions bundle/],
  ])("fails loudly when the bundle %s", async (_, source, message) => {
    await expect(loadApp(source === undefined ? join(folder.path, "none.cjs") : write(source), log)).rejects.toThrow(
      message,
    );
  });

  const http = (options: string) => register("h", binding("httpTrigger", `methods: ["GET"], ${options}`));
  const queueOptions = (options: string) => register("q", binding("serviceBusTrigger", options));
  it.each([
    ["an unknown trigger", register("x", binding("blobTrigger")), /no binding "blobTrigger"/],
    ["no trigger", register("x", "{}"), /one trigger/],
    [
      "two triggers",
      register("x", `{ a: { type: "timerTrigger", direction: "in" }, b: { type: "httpTrigger", direction: "in" } }`),
      /one trigger/,
    ],
    ["a binding without a proper name", register("x", `{ "a-b": { type: "httpTrigger", direction: "in" } }`), /"a-b"/],
    [
      "an input",
      register("x", `{ t: { type: "httpTrigger" }, i: { type: "blob", direction: "in" } }`),
      /no binding "blob"/,
    ],
    [
      "a second answer",
      register("x", `{ t: { type: "httpTrigger" }, o: { type: "http", direction: "out" } }`),
      /binding "http"/,
    ],
    [
      "an output that would be lost",
      register("x", `{ t: { type: "httpTrigger", direction: "in" }, o: { type: "serviceBus", direction: "out" } }`),
      /no binding "serviceBus"/,
    ],
    ["a wrong schedule", register("x", binding("timerTrigger", `schedule: "* * * * *"`)), /"x".*six fields/],
    ["an unknown queue", queueOptions(`queueName: "nope", isSessionsEnabled: true`), /no queue "nope"/],
    ["a missing setting", queueOptions(`queueName: "%Q%", isSessionsEnabled: true`), /setting Q is missing/],
    ["a queue without sessions", queueOptions(`queueName: "inbound"`), /isSessionsEnabled/],
    ["a level that wants keys", http(`authLevel: "function"`), /authLevel "function"/],
    ["the level that is meant when none is named", http("authLevel: undefined"), /authLevel "function"/],
    ["a level that is none", http(`authLevel: "everybody"`), /authLevel "everybody"/],
    ["a route of the host's own", http(`route: "admin/host/status"`), /is Azure's own/],
    ["a route that begins like one", http(`route: "administrators"`), /is Azure's own/],
    ["another route of the host's own", http(`route: "Runtime/webhooks"`), /is Azure's own/],
    ["a method that is none", http(`methods: ["FETCH"]`), /no method "FETCH"/],
    ["no method", http("methods: []"), /answers no method/],
    [
      "an unknown cardinality",
      queueOptions(`queueName: "inbound", isSessionsEnabled: true, cardinality: "few"`),
      /"few"/,
    ],
    ["an SDK binding", queueOptions(`queueName: "inbound", isSessionsEnabled: true, sdkBinding: true`), /sdkBinding/],
    ["bytes", queueOptions(`queueName: "inbound", isSessionsEnabled: true, dataType: "binary"`), /dataType/],
    [
      "messages that the function completes",
      queueOptions(`queueName: "inbound", isSessionsEnabled: true, autoCompleteMessages: false`),
      /completes messages itself/,
    ],
    [
      "retries of what Azure does not retry",
      `core.registerFunction({ name: "x", retryOptions: {}, bindings: ${binding("httpTrigger")} }, () => {});`,
      /only timers/,
    ],
    ["two routes alike", `${one}${register("two", binding("httpTrigger", `route: "ONE", methods: ["get"]`))}`, /"two"/],
  ])("fails loudly at %s", async (_, source, message) => {
    const host = createHost({
      bundle: write(plain + source),
      config: TEST_CONFIG,
      dataFolder: folder.path,
      queue: { acceptNextSession: async () => undefined },
      logger: log,
    });
    await expect(host).rejects.toThrow(message);
  });
});
