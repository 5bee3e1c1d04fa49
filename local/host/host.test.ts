import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../shared/platform/clock.ts";
import { onArrival } from "../../shared/platform/queue/arrivals.ts";
import { openSqliteQueue } from "../../shared/platform/queue/sqlite/sqliteQueue.ts";
import { createHost, type Host } from "./host.ts";
import { bundleFixture, collectLog, stoppedClock, TEST_CONFIG, temporaryFolder } from "./testing.ts";

const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

describe("a host with every kind of trigger", () => {
  const folder = temporaryFolder();
  const { lines, log } = collectLog();
  const clock = stoppedClock("2026-03-01T00:04:59Z");
  const queue = openSqliteQueue({ file: ":memory:", clock: systemClock, currentTraceparent: () => TRACE });
  let host: Host;

  /** What the fixture's functions saw of one kind, through the library. */
  function seen(kind: string): Record<string, unknown>[] {
    const { events } = Reflect.get(globalThis, "fixtureSeen");
    return events.filter((event: unknown) => typeof event === "object" && event !== null && kind in event);
  }

  beforeAll(async () => {
    host = await createHost({
      bundle: await bundleFixture("app", folder.path),
      config: TEST_CONFIG,
      dataFolder: folder.path,
      queue,
      onArrival,
      settings: { EVENTS_QUEUE: "events" },
      clock,
      logger: log,
    });
    await host.start(0);
  });
  afterAll(async () => {
    await host.stop();
    await queue.close();
    folder.remove();
  });

  it("names its functions", () => {
    expect(host.functions).toEqual(["empty", "echo", "answers", "lazy", "slow", "tick", "inbound", "events"]);
  });

  it("gives a queue function the message, its metadata and its trace", async () => {
    await queue.send("inbound", [{ messageId: "wamid.1", sessionId: "1234", body: { a: [1] } }]);
    await vi.waitFor(() => expect(seen("inbound")).toHaveLength(1));
    expect(seen("inbound")[0]).toEqual({
      inbound: { a: [1] },
      metadata: expect.objectContaining({ messageId: "wamid.1", applicationProperties: { traceparent: TRACE } }),
      trace: { traceParent: TRACE },
    });
  });

  it("gives a batch as a whole, from the queue that a setting names", async () => {
    await queue.send("events", [
      { messageId: "a", sessionId: "s", body: "one" },
      { messageId: "b", sessionId: "s", body: { two: 2 } },
    ]);
    await vi.waitFor(() => expect(seen("events")).toHaveLength(1));
    expect(seen("events")[0]).toMatchObject({
      events: ["one", { two: 2 }],
      metadata: {
        messageIdArray: ["a", "b"],
        sessionIdArray: ["s", "s"],
        deliveryCountArray: [1, 1],
        applicationPropertiesArray: [{ traceparent: TRACE }, { traceparent: TRACE }],
      },
    });
  });

  it("gives a timer function its times, and logs what it logs", async () => {
    await clock.advance(1000);
    await vi.waitFor(() => expect(seen("tick")).toHaveLength(1));
    expect(seen("tick")[0]?.tick).toEqual({
      isPastDue: false,
      schedule: { adjustForDST: true },
      scheduleStatus: {
        last: "0001-01-01T00:00:00+00:00",
        next: "2026-03-01T00:05:00.000+00:00",
        lastUpdated: "0001-01-01T00:00:00+00:00",
      },
    });
    expect(lines).toContainEqual(
      expect.objectContaining({ functionName: "tick", message: "ticked", category: "user" }),
    );
  });

  it("runs the hooks of start and end, once", async () => {
    const { events } = Reflect.get(globalThis, "fixtureSeen");
    expect(events[0]).toBe("appStart");
    await Promise.all([host.stop(), host.stop()]);
    expect(events.filter((event: unknown) => event === "appTerminate")).toHaveLength(1);
  });
});
