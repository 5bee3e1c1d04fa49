import { setTimeout as pause } from "node:timers/promises";
import type { InvocationContext } from "@azure/functions";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type ContractHost, startContractHost } from "./contractHost.ts";

/**
 * Hooks, logging and time-outs as the Node worker and the host have them:
 * https://learn.microsoft.com/azure/azure-functions/functions-reference-node#hooks and
 * https://github.com/Azure/azure-functions-nodejs-worker (InvocationHandler.ts, WorkerContext.ts, startApp.ts).
 */
const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

let host: ContractHost;
const started: unknown[] = [];
const get = (path = "x", init?: RequestInit) => fetch(`${host.base}/api/any/${path}`, init);

beforeAll(async () => {
  host = await startContractHost({
    probe: {
      appStart: (context) => {
        context.hookData.from = "appStart";
        started.push(context.hookData);
      },
    },
  });
});
afterAll(() => host.stop());
afterEach(() => {
  host.lines.length = 0;
});

describe("hooks", () => {
  it("run in order around the handler, and share what they keep for one invocation", async () => {
    const order: unknown[] = [];
    host.use({
      preInvocation: ({ hookData, inputs }) => {
        hookData.at = "pre";
        order.push(["pre", inputs.length]);
      },
      http: (_, context) => {
        order.push("handler");
        context.log("from the handler");
        return {};
      },
      postInvocation: ({ hookData, error }) => void order.push(["post", hookData.at, error]),
      log: ({ hookData, invocationContext, message, category }) =>
        void order.push([category, message, hookData.at, invocationContext?.functionName]),
    });
    await get();
    expect(order).toEqual([
      ["pre", 1],
      "handler",
      ["user", "from the handler", "pre", "any"],
      // Nothing failed: null, as the worker has it, not undefined.
      ["post", "pre", null],
    ]);
    const other: unknown[] = [];
    host.use({ preInvocation: ({ hookData }) => void other.push({ ...hookData }) });
    await get();
    expect(other).toEqual([{}]);
  });

  it("may change the inputs and the handler before", async () => {
    host.use({
      preInvocation: (context) => {
        const inner = context.functionHandler;
        const [request] = context.inputs;
        context.inputs = [request, "never seen"];
        context.functionHandler = async (first, second) => {
          const answer = await inner(first, context.invocationContext);
          return { ...Object(answer), headers: { "x-second": String(second) } };
        };
      },
      http: ({ method }) => ({ body: method }),
    });
    const answer = await get();
    expect([await answer.text(), answer.headers.get("x-second")]).toEqual(["GET", "never seen"]);
  });

  it("may change the result and the error after", async () => {
    host.use({
      http: ({ params }) => {
        if (params.rest === "fails") throw new Error("forgive me");
        return { body: "first" };
      },
      postInvocation: (context) => {
        if (context.error !== null) {
          context.error = null;
          context.result = { status: 299 };
        } else if (context.inputs.length === 1) context.error = new Error("no after all");
      },
    });
    expect((await get("fails")).status).toBe(299);
    expect((await get("fine")).status).toBe(500);
  });

  it.each(["preInvocation", "postInvocation"] as const)("fail the invocation when %s throws", async (hook) => {
    const called: string[] = [];
    host.use({
      http: () => {
        called.push("handler");
        return {};
      },
      [hook]: () => Promise.reject(new Error("hook")),
    });
    expect((await get()).status).toBe(500);
    expect(called).toEqual(hook === "preInvocation" ? [] : ["handler"]);
  });

  it("take a handler for failed by what it throws, which is something", async () => {
    const thrown = async (value: unknown) => {
      host.use({ http: () => Promise.reject(value) });
      return (await get()).status;
    };
    expect(await thrown("a text")).toBe(500);
    expect(await thrown(0)).toBe(500);
    // As the worker: what is not there is no error, and nothing was returned.
    expect([await thrown(undefined), await thrown(null)]).toEqual([204, 204]);
  });

  it("keep one box for the start and the end of the app", async () => {
    const own = await startContractHost({
      probe: {
        appStart: ({ hookData }) => {
          hookData.from = "start";
        },
        appTerminate: ({ hookData }) => void started.push({ ...hookData }),
      },
    });
    await own.stop();
    expect(started.at(-1)).toEqual({ from: "start" });
    expect(started[0]).toEqual({ from: "appStart" });
  });
});

describe("logging", () => {
  it("has a level and a category for each way to log, and formats as console.log does", async () => {
    host.use({
      http: (_, context) => {
        context.trace("t");
        context.debug("d %d", 5);
        context.log("l", { n: 1 });
        context.info("i");
        context.warn("w");
        context.error(new RangeError("e"));
        return {};
      },
    });
    await get();
    const user = host.lines.filter(({ category }) => category === "user");
    expect(user.map(({ level, message }) => [level, message.split("\n")[0]])).toEqual([
      ["trace", "t"],
      ["debug", "d 5"],
      ["information", "l { n: 1 }"],
      ["information", "i"],
      ["warning", "w"],
      ["error", "RangeError: e"],
    ]);
    const ids = new Set(user.map(({ invocationId }) => invocationId));
    expect(ids.size).toBe(1);
    expect(user.every(({ functionName }) => functionName === "any")).toBe(true);
  });

  it("lets hooks change what a function logs, not what the system does, and outlives a hook that throws", async () => {
    const late: InvocationContext[] = [];
    host.use({
      http: (_, context) => {
        context.log("mine");
        late.push(context);
        return {};
      },
      log: (line) => {
        line.message = "changed";
        line.level = "critical";
      },
    });
    await get();
    // The library warns of lines after the end with a line of the system's.
    late[0]?.log("too late");
    expect(host.lines).toMatchObject([
      { level: "critical", category: "user", message: "changed" },
      { level: "warning", category: "system", message: expect.stringContaining("Unexpected call to 'log'") },
      { level: "critical", category: "user", message: "changed" },
    ]);

    host.lines.length = 0;
    host.use({
      http: (_, context) => {
        context.log("mine");
        return {};
      },
      log: (line) => {
        line.message = "changed";
        throw new Error("a hook's own fault");
      },
    });
    expect((await get()).status).toBe(200);
    expect(host.lines.map(({ message }) => message)).toEqual(["mine"]);
  });
});

describe("an invocation", () => {
  it("belongs to the caller's trace, or to one of its own", async () => {
    const traces: unknown[] = [];
    host.use({ http: (_, { traceContext }) => ({ status: traces.push(traceContext) && 200 }) });
    await get("x", { headers: { traceparent: TRACE, tracestate: "a=1" } });
    await get("x", { headers: { traceparent: `${TRACE}-more` } });
    expect(traces).toEqual([
      { traceParent: TRACE, traceState: "a=1" },
      { traceParent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/) },
    ]);
  });

  it("has no inputs and outputs beyond those that are declared", async () => {
    host.use({
      http: (_, { extraInputs, extraOutputs }) => {
        extraOutputs.set("undeclared", "lost on Azure too");
        return { jsonBody: [extraInputs.get("undeclared") ?? null] };
      },
    });
    expect(await (await get()).json()).toEqual([null]);
  });

  // The worker does not pass invocationCancel on: https://github.com/Azure/azure-functions-nodejs-worker, setupEventStream.ts
  it("is told nothing when its caller goes away or the host stops, and ends in its own time", async () => {
    const own = await startContractHost();
    const steps: string[] = [];
    own.use({
      http: async () => {
        steps.push("begun");
        await pause(150);
        steps.push("ended");
        return {};
      },
    });
    const caller = new AbortController();
    const call = fetch(`${own.base}/api/any/x`, { signal: caller.signal }).catch((error: unknown) => error);
    await vi.waitFor(() => expect(steps).toEqual(["begun"]));
    caller.abort();
    await call;
    const kept = fetch(`${own.base}/api/any/x`);
    await vi.waitFor(() => expect(steps.filter((step) => step === "begun")).toHaveLength(2));
    await own.stop();
    expect((await kept).status).toBe(200);
    expect(steps.filter((step) => step === "ended")).toHaveLength(2);
  });
});

describe("functionTimeout", () => {
  // https://learn.microsoft.com/azure/azure-functions/functions-host-json#functiontimeout; the worker process is ended and
  // started anew (WebScriptHostExceptionHandler.cs and RpcFunctionInvocationDispatcher.cs of the host).
  it("fails the invocation and all beside it, and starts the app anew", async () => {
    const starts: string[] = [];
    const deliveries: unknown[] = [];
    const never = new Promise<never>(() => undefined);
    const own = await startContractHost({ config: { functionTimeoutMs: 300 } });
    own.use({
      appStart: () => void starts.push("again"),
      appTerminate: () => void starts.push("terminated"),
      http: async ({ params }, context) => {
        if (params.rest === "quick") return {};
        await (params.rest === "endless" ? never : pause(250));
        await pause(150);
        context.log("from beyond");
        return {};
      },
      message: (_, { triggerMetadata }) => {
        deliveries.push(triggerMetadata?.deliveryCount);
        return deliveries.length === 1 ? never : undefined;
      },
    });
    const endless = fetch(`${own.base}/api/any/endless`);
    await pause(100);
    const beside = fetch(`${own.base}/api/any/beside`);
    await own.queue.send("inbound", [{ messageId: "m", sessionId: "s", body: {} }]);
    expect([(await endless).status, (await beside).status]).toEqual([500, 500]);
    expect((await fetch(`${own.base}/api/any/quick`)).status).toBe(200);
    await vi.waitFor(() => expect(deliveries).toEqual([1, 2]));
    expect(starts).toEqual(["again"]);
    await pause(200);
    const said = own.lines.map(({ level, message, functionName }) => [level, functionName, message]);
    expect(said).toContainEqual([
      "error",
      "any",
      expect.stringContaining("FunctionTimeout: any took longer than 0.3 s"),
    ]);
    expect(said).toContainEqual(["error", "any", expect.stringContaining("WorkerRestarted")]);
    expect(said).toContainEqual(["warning", "one", expect.stringContaining("WorkerRestarted")]);
    // What died is heard no more, and its time-out does not strike a second time.
    expect(own.lines.filter(({ category }) => category === "user")).toEqual([]);
    await own.stop();
    expect(starts).toEqual(["again", "terminated"]);
  });

  it("may be without end", async () => {
    const own = await startContractHost({ config: { functionTimeoutMs: undefined } });
    own.use({ http: async () => pause(50, {}) });
    expect((await fetch(`${own.base}/api/any/x`)).status).toBe(200);
    await own.stop();
  });
});
