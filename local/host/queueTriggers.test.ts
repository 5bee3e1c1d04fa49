import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../shared/platform/clock.ts";
import { onArrival } from "../../shared/platform/queue/arrivals.ts";
import type { OutgoingMessage } from "../../shared/platform/queue/port.ts";
import { QUEUES } from "../../shared/platform/queue/queues.ts";
import { openSqliteQueue, type SqliteQueue } from "../../shared/platform/queue/sqlite/sqliteQueue.ts";
import type { TypedData } from "./coreTypes.ts";
import type { HostConfig } from "./hostConfig.ts";
import type { TriggerInput } from "./invoke.ts";
import { createQueueTriggers, type LaneSource, type QueueTriggers } from "./queueTriggers.ts";
import { collectLog, TEST_CONFIG } from "./testing.ts";

const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

function bodiesOf(data: TypedData): unknown[] {
  return (data.collectionString?.string ?? [data.string ?? "null"]).map((text) => JSON.parse(text));
}

function messages(sessionId: string, ...numbers: readonly number[]): OutgoingMessage[] {
  return numbers.map((n) => ({ messageId: `${sessionId}-${n}`, sessionId, body: `${sessionId}${n}` }));
}

describe("queue triggers", () => {
  let queue: SqliteQueue;
  let trace: string | undefined;
  let running: QueueTriggers[] = [];
  const { lines, log } = collectLog();
  beforeEach(() => {
    lines.length = 0;
    trace = undefined;
    queue = openSqliteQueue({ file: ":memory:", clock: systemClock, currentTraceparent: () => trace });
  });
  afterEach(async () => {
    await Promise.all(running.map((triggers) => triggers.release()));
    running = [];
    await queue.close();
  });

  type Handler = (bodies: readonly unknown[], input: TriggerInput) => Promise<unknown>;

  interface Options {
    readonly binding?: Record<string, unknown>;
    readonly config?: Partial<HostConfig>;
    readonly source?: LaneSource;
    readonly listen?: boolean;
  }

  /** Starts one function on queue `inbound`; `handled` lists what it was given, in order. */
  function start(handler: Handler, options: Options = {}) {
    const handled: unknown[][] = [];
    const binding = { queueName: "inbound", isSessionsEnabled: true, type: "serviceBusTrigger", ...options.binding };
    const fn = { metadata: { name: "work", bindings: { q: binding } }, callback: () => undefined };
    const triggers = createQueueTriggers({
      functions: [{ fn, name: "work", bindingName: "q", binding }],
      source: options.source ?? queue,
      ...(options.listen === false ? {} : { onArrival }),
      config: { ...TEST_CONFIG, ...options.config },
      settings: {},
      clock: systemClock,
      logger: log,
      invoke: async (_, input) => {
        const bodies = bodiesOf(input.data);
        handled.push(bodies);
        await handler(bodies, input);
        return {};
      },
    });
    running.push(triggers);
    triggers.start();
    return { handled, triggers };
  }

  it("keeps each lane in order while lanes run beside each other, at most as many as allowed", async () => {
    const busy = new Map<string, number>();
    let most = 0;
    const { handled } = start(async ([body]) => {
      const lane = String(body).charAt(0);
      expect(busy.get(lane)).toBeUndefined();
      busy.set(lane, 1);
      most = Math.max(most, busy.size);
      await pause(Math.random() * 4);
      busy.delete(lane);
    });
    const lanes = ["a", "b", "c", "d", "e", "f"];
    for (const n of [1, 2, 3, 4, 5])
      await queue.send(
        "inbound",
        lanes.flatMap((lane) => messages(lane, n)),
      );
    await vi.waitFor(() => expect(handled).toHaveLength(30));
    for (const lane of lanes) {
      const own = handled.flat().filter((body) => String(body).startsWith(lane));
      expect(own).toEqual([1, 2, 3, 4, 5].map((n) => `${lane}${n}`));
    }
    expect(most).toBe(TEST_CONFIG.maxConcurrentSessions);
    expect(await queue.acceptNextSession("inbound")).toBeUndefined();
  });

  it("hands over a message with the metadata and the trace that Azure sends", async () => {
    trace = TRACE;
    const inputs: TriggerInput[] = [];
    start(async (_, input) => inputs.push(input));
    await queue.send("inbound", [{ messageId: "m1", sessionId: "s1", body: { n: 1 } }]);
    await vi.waitFor(() => expect(inputs).toHaveLength(1));
    expect(inputs[0]).toEqual({
      binding: "q",
      data: { string: '{"n":1}' },
      traceContext: { traceParent: TRACE },
      triggerMetadata: expect.objectContaining({ MessageId: { json: '"m1"' }, DeliveryCount: { json: "1" } }),
    });
  });

  it("hands over batches of one lane for cardinality many, up to maxMessageBatchSize", async () => {
    const inputs: TriggerInput[] = [];
    await queue.send("inbound", [...messages("a", 1, 2, 3, 4, 5), ...messages("b", 1)]);
    const { handled } = start(async (_, input) => inputs.push(input), { binding: { cardinality: "many" } });
    await vi.waitFor(() => expect(handled).toHaveLength(3));
    expect(handled.map((batch) => batch.join()).sort()).toEqual(["a1,a2,a3", "a4,a5", "b1"]);
    const full = inputs.find((input) => input.data.collectionString?.string.length === 3);
    expect(full?.triggerMetadata).toMatchObject({
      MessageIdArray: { json: '["a-1","a-2","a-3"]' },
      DeliveryCountArray: { json: "[1,1,1]" },
      ApplicationPropertiesArray: { json: "[{},{},{}]" },
    });
  });

  it("delivers again what failed before it goes on in the lane, and parks it with its reason in the end", async () => {
    await queue.send("inbound", [...messages("a", 1, 2), ...messages("b", 1)]);
    const { handled } = start(async ([body]) => {
      if (body === "a1") throw new TypeError("poison");
    });
    await vi.waitFor(() => expect(handled.flat()).toContain("a2"));
    const { maxDeliveryCount } = QUEUES.inbound;
    const own = handled.flat().filter((body) => String(body).startsWith("a"));
    expect(own).toEqual([...Array.from({ length: maxDeliveryCount }, () => "a1"), "a2"]);
    expect(handled.flat().filter((body) => body === "b1")).toHaveLength(1);
    expect(await queue.deadLetters.list("inbound", 10)).toMatchObject([
      { messageId: "a-1", reason: "TypeError: poison", deliveryCount: maxDeliveryCount },
    ]);
  });

  it("abandons a batch as a whole and keeps its order", async () => {
    await queue.send("inbound", messages("a", 1, 2, 3));
    let failures = 2;
    const { handled } = start(
      async () => {
        if (failures-- > 0) throw new Error("not yet");
      },
      { binding: { cardinality: "many" } },
    );
    await vi.waitFor(() => expect(handled).toHaveLength(3));
    expect(handled.map((batch) => batch.join())).toEqual(["a1,a2,a3", "a1,a2,a3", "a1,a2,a3"]);
    await vi.waitFor(async () => expect(await queue.acceptNextSession("inbound")).toBeUndefined());
  });

  it("wakes at once for what arrives, and when something scheduled is due", async () => {
    const times: number[] = [];
    start(async () => times.push(Date.now()));
    await pause(20);
    const sent = Date.now();
    await queue.send("inbound", messages("a", 1));
    await vi.waitFor(() => expect(times).toHaveLength(1));
    expect((times[0] ?? 0) - sent).toBeLessThan(250);

    const deliverAt = new Date(Date.now() + 300);
    await queue.send(
      "inbound",
      messages("a", 2).map((message) => ({ ...message, deliverAt })),
    );
    await vi.waitFor(() => expect(times).toHaveLength(2), { timeout: 3000 });
    const late = (times[1] ?? 0) - deliverAt.getTime();
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(500);
  });

  it("finds by polling what another process sent", async () => {
    const { handled } = start(async () => undefined, { listen: false });
    await pause(20);
    await queue.send("inbound", messages("a", 1));
    await vi.waitFor(() => expect(handled).toEqual([["a1"]]), { timeout: 3000 });
  });

  it("goes on when the queue could not be reached for a moment", async () => {
    let down = true;
    const source: LaneSource = {
      acceptNextSession: (name) => (down ? Promise.reject(new Error("disk full")) : queue.acceptNextSession(name)),
    };
    const { handled } = start(async () => undefined, { source });
    await queue.send("inbound", messages("a", 1));
    await vi.waitFor(() => expect(lines.at(-1)?.message).toContain("disk full"));
    down = false;
    await vi.waitFor(() => expect(handled).toEqual([["a1"]]), { timeout: 3000 });
  });

  /** The queue with locks of 1.5 s, and when they were renewed. */
  function shortLocks() {
    const renewals: number[] = [];
    const source: LaneSource = {
      async acceptNextSession(name) {
        const session = await queue.acceptNextSession(name);
        if (session === undefined) return undefined;
        let until = Date.now() + 1500;
        return {
          ...session,
          get lockedUntil() {
            return new Date(until);
          },
          renew: async () => {
            renewals.push(Date.now());
            until = Date.now() + 1500;
          },
        };
      },
    };
    return { source, renewals };
  }

  it("renews the lock while a handler runs, up to the limit, and then lets it go", async () => {
    const { source, renewals } = shortLocks();
    await queue.send("inbound", messages("a", 1));
    const { handled } = start(() => pause(2700), { source, config: { maxAutoLockRenewalMs: 1500 } });
    await vi.waitFor(() => expect(handled).toHaveLength(1));
    await pause(2700);
    // Looked after each second: renewed at the first look, too old for it at the second.
    expect(renewals).toHaveLength(1);
  });

  it("renews no lock of a batch, as Azure", async () => {
    const { source, renewals } = shortLocks();
    await queue.send("inbound", messages("a", 1));
    const { handled } = start(() => pause(1200), { source, binding: { cardinality: "many" } });
    await vi.waitFor(() => expect(handled).toHaveLength(1));
    await pause(1200);
    expect(renewals).toEqual([]);
  });

  it("lets running handlers finish when it drains, and takes nothing more", async () => {
    await queue.send("inbound", messages("a", 1, 2));
    const { handled, triggers } = start(() => pause(100));
    await vi.waitFor(() => expect(handled).toHaveLength(1));
    await triggers.drain();
    expect(handled).toEqual([["a1"]]);
    const rest = await (await queue.acceptNextSession("inbound"))?.receive(10);
    expect(rest?.map((one) => [one.body, one.deliveryCount])).toEqual([["a2", 1]]);
  });

  it("gives back what does not finish, which is then delivered again", async () => {
    await queue.send("inbound", messages("a", 1, 2));
    const { handled, triggers } = start(() => new Promise(() => undefined));
    await vi.waitFor(() => expect(handled).toHaveLength(1));
    void triggers.drain();
    await triggers.release();
    const rest = await (await queue.acceptNextSession("inbound"))?.receive(10);
    expect(rest?.map((one) => one.body)).toEqual(["a1", "a2"]);
  });
});
