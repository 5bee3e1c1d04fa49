import type { InvocationContext } from "@azure/functions";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { QueueSession } from "../../../shared/platform/queue/port.ts";
import { QUEUES } from "../../../shared/platform/queue/queues.ts";
import { type ContractHost, startContractHost } from "./contractHost.ts";

/**
 * What a Service Bus trigger hands over, as its extension makes it and the worker passes it on:
 * https://learn.microsoft.com/azure/azure-functions/functions-bindings-service-bus-trigger#message-metadata and
 * https://github.com/Azure/azure-sdk-for-net (Microsoft.Azure.WebJobs.Extensions.ServiceBus,
 * ServiceBusTriggerBindingStrategy.cs).
 */
const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

describe("messages of a queue", () => {
  let host: ContractHost;
  let trace: string | undefined;
  let count = 0;
  beforeAll(async () => {
    host = await startContractHost({ trace: () => trace });
  });
  afterAll(() => host.stop());
  beforeEach(() => {
    trace = undefined;
    host.lines.length = 0;
  });

  /** Sends to the function of cardinality `one` and resolves to what its handler got. */
  async function deliver(body: unknown, ids: { messageId?: string; sessionId?: string } = {}) {
    const seen: { message: unknown; context: InvocationContext }[] = [];
    host.use({ message: (message, context) => seen.push({ message, context }) });
    count++;
    await host.queue.send("inbound", [{ messageId: `m${count}`, sessionId: `s${count}`, ...ids, body }]);
    return vi.waitFor(() => {
      const [first] = seen;
      if (first === undefined) throw new Error("not delivered yet");
      return first;
    });
  }

  // Text that is JSON is parsed, other text stays text: fromRpcTypedData in
  // https://github.com/Azure/azure-functions-nodejs-library. The content type changes nothing of it.
  it.each([
    ["an object", { a: [1, { b: null }] }],
    ["a list", [1, "two"]],
    ["a number", 5],
    ["null", null],
    ["a text", "words, not JSON"],
    ["an empty text", ""],
    ["a text that is JSON itself, once", '{"a":1}'],
    ["letters of any script", "žluťoučký 🐎"],
  ])("parses a body once: %s", async (_, body) => {
    expect((await deliver(body)).message).toEqual(body);
  });

  it("tells of a message what the extension tells, in camel case", async () => {
    trace = TRACE;
    const { context } = await deliver({ a: 1 }, { messageId: "wamid.HBg=", sessionId: "whatsapp|31600000001" });
    const { triggerMetadata = {} } = context;
    expect(triggerMetadata).toEqual({
      messageId: "wamid.HBg=",
      sessionId: "whatsapp|31600000001",
      partitionKey: "whatsapp|31600000001",
      contentType: "application/json",
      deliveryCount: 1,
      sequenceNumber: expect.any(Number),
      // DateTime and DateTimeOffset of .NET: the first says nothing of a zone.
      enqueuedTimeUtc: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/),
      enqueuedTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$/),
      expiresAtUtc: "9999-12-31T23:59:59.9999999",
      expiresAt: "9999-12-31T23:59:59.9999999+00:00",
      applicationProperties: { traceparent: TRACE },
      userProperties: { traceparent: TRACE },
    });
    expect(triggerMetadata.enqueuedTime).toBe(`${triggerMetadata.enqueuedTimeUtc}+00:00`);
    expect(context.traceContext?.traceParent).toBe(TRACE);
    expect(context.functionName).toBe("one");
    expect(context.options.trigger).toMatchObject({ type: "serviceBusTrigger", queueName: "inbound" });
  });

  it.each([
    ["1234", 1234],
    ["1e3", 1000],
    ["true", true],
    ["null", null],
    ['"quoted"', "quoted"],
    ["0123", "0123"],
    ["[1", "[1"],
    ["12345678901234567890", 12345678901234567000],
  ])("reads metadata that looks like JSON as JSON: session %s", async (sessionId, expected) => {
    expect((await deliver({}, { sessionId })).context.triggerMetadata?.sessionId).toEqual(expected);
  });

  it("hands over a batch of one session as lists", async () => {
    trace = TRACE;
    const seen: { messages: unknown[]; metadata: unknown }[] = [];
    host.use({ batch: (messages, context) => seen.push({ messages, metadata: context.triggerMetadata }) });
    const bodies = [{ first: 1 }, "two", 3];
    await host.queue.send(
      "events",
      bodies.map((body, at) => ({ messageId: `b${at}`, sessionId: "12", body })),
    );
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    expect(seen[0]).toEqual({
      messages: bodies,
      metadata: {
        messageIdArray: ["b0", "b1", "b2"],
        sessionIdArray: [12, 12, 12],
        partitionKeyArray: [12, 12, 12],
        contentTypeArray: ["application/json", "application/json", "application/json"],
        deliveryCountArray: [1, 1, 1],
        sequenceNumberArray: bodies.map(() => expect.any(Number)),
        enqueuedTimeUtcArray: bodies.map(() => expect.stringMatching(/T\d\d:\d\d:\d\d(\.\d+)?$/)),
        enqueuedTimeArray: bodies.map(() => expect.stringMatching(/\+00:00$/)),
        expiresAtUtcArray: bodies.map(() => "9999-12-31T23:59:59.9999999"),
        expiresAtArray: bodies.map(() => "9999-12-31T23:59:59.9999999+00:00"),
        applicationPropertiesArray: bodies.map(() => ({ traceparent: TRACE })),
        userPropertiesArray: bodies.map(() => ({ traceparent: TRACE })),
      },
    });
  });

  // https://learn.microsoft.com/azure/azure-functions/functions-bindings-service-bus-trigger#peeklock-behavior
  it("completes what succeeds; abandons what throws, until the broker parks it after maxDeliveryCount", async () => {
    const counts: unknown[] = [];
    host.use({
      message: (message, { triggerMetadata }) => {
        if (message !== "poison") return;
        counts.push(triggerMetadata?.deliveryCount);
        throw new TypeError("no good");
      },
    });
    await host.queue.send("inbound", [
      { messageId: "poison", sessionId: "parking", body: "poison" },
      { messageId: "fine", sessionId: "parking", body: "fine" },
    ]);
    const parked = await vi.waitFor(async () => {
      const letters = await host.queue.deadLetters.list("inbound", 10);
      expect(letters).toHaveLength(1);
      return letters;
    });
    const { maxDeliveryCount } = QUEUES.inbound;
    expect(counts).toEqual(Array.from({ length: maxDeliveryCount }, (_, at) => at + 1));
    expect(parked).toMatchObject([{ messageId: "poison", deliveryCount: maxDeliveryCount }]);
    await vi.waitFor(async () => expect(await host.queue.acceptNextSession("inbound")).toBeUndefined());
  });

  it("takes a returned value for success, and lets nothing of it go anywhere", async () => {
    host.use({ message: () => ({ deadLetter: true }) });
    await host.queue.send("inbound", [{ messageId: "returns", sessionId: "returns", body: {} }]);
    await vi.waitFor(async () => expect(host.queue.nextDueAt("inbound")).toBeUndefined());
    expect(await host.queue.deadLetters.list("inbound", 10)).toHaveLength(1);
  });

  // maxConcurrentSessions is for functions that receive a single message at a time:
  // https://learn.microsoft.com/azure/azure-functions/functions-bindings-service-bus#hostjson-settings
  it("works one session at a time for batches, and many for single messages", async () => {
    let busy = { batch: 0, message: 0 };
    const most = { batch: 0, message: 0 };
    const work = (kind: "batch" | "message") => async () => {
      busy = { ...busy, [kind]: busy[kind] + 1 };
      most[kind] = Math.max(most[kind], busy[kind]);
      await new Promise((resolve) => setTimeout(resolve, 20));
      busy = { ...busy, [kind]: busy[kind] - 1 };
    };
    host.use({ batch: work("batch"), message: work("message") });
    const lanes = ["l1", "l2", "l3", "l4"];
    for (const queue of ["inbound", "events"] as const) {
      await host.queue.send(
        queue,
        lanes.map((lane) => ({ messageId: `busy-${lane}`, sessionId: lane, body: {} })),
      );
      await vi.waitFor(() => expect(host.queue.nextDueAt(queue)).toBeUndefined());
    }
    expect(most).toEqual({ batch: 1, message: lanes.length });
  });
});

/** One delivery of one message, as anybody may have sent it: the product's own senders refuse such bodies. */
function lane(body: unknown): QueueSession & { readonly delivered: () => boolean } {
  const sessionId = "outer";
  const facts = {
    messageId: "outer",
    deliveryCount: 1,
    enqueuedAt: new Date(),
    sequenceNumber: 1,
    traceparent: undefined,
  };
  const left = [{ ...facts, sessionId, body }];
  let done = false;
  return {
    sessionId,
    lockedUntil: new Date(Date.now() + 60_000),
    receive: async () => left.splice(0),
    complete: async () => {
      done = true;
    },
    abandon: async () => undefined,
    deadLetter: async () => undefined,
    renew: async () => undefined,
    close: async () => undefined,
    delivered: () => done,
  };
}

// ApplyBindingData in https://github.com/Azure/azure-functions-host, src/WebJobs.Script/Utility.cs
it.each([
  [{ messageId: "of the body" }, { messageId: "of the body", sessionId: "outer" }],
  [{ MESSAGEID: "of the body" }, { messageId: "of the body" }],
  [{ deliveryCount: 7 }, { deliveryCount: 7 }],
  [{ sessionId: true }, { sessionId: "True" }],
  [{ applicationProperties: { Mine: 1 } }, { applicationProperties: { mine: 1 } }],
  [
    { messageId: null, sessionId: ["of the body"] },
    { messageId: "outer", sessionId: "outer" },
  ],
  [[{ messageId: "of the body" }], { messageId: "outer" }],
  ['{"messageId":"of a text"}', { messageId: "outer" }],
])("lays members of a JSON body over the metadata of the same name: %j", async (body, expected) => {
  const session = lane(body);
  const waiting = [session];
  const seen: unknown[] = [];
  const host = await startContractHost({
    source: { acceptNextSession: async (queue) => (queue === "inbound" ? waiting.pop() : undefined) },
    probe: { message: (_, { triggerMetadata }) => seen.push(triggerMetadata) },
  });
  await vi.waitFor(() => expect(session.delivered()).toBe(true));
  await host.stop();
  expect(seen).toEqual([expect.objectContaining(expected)]);
});
