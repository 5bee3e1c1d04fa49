import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createQueueTriggers, type LaneSource, type QueueTriggers } from "../../local/host/queueTriggers.ts";
import { collectLog, TEST_CONFIG } from "../../local/host/testing.ts";
import { type QueueSession, SessionLost } from "../../shared/platform/queue/port.ts";
import { QUEUES } from "../../shared/platform/queue/queues.ts";
import { openSqliteQueue, type SqliteQueue } from "../../shared/platform/queue/sqlite/sqliteQueue.ts";
import { fixedClock } from "../../shared/platform/testing/fixedClock.ts";

const LOCK = QUEUES.inbound.lockSeconds * 1000;

/** A handler that ends when it is told to. */
interface Hanging {
  readonly body: unknown;
  /** Which delivery of its message it is. */
  readonly count: string | null | undefined;
  readonly end: () => void;
}

describe("a lane whose handler hangs", () => {
  const clock = fixedClock();
  const { lines, log } = collectLog();
  let queue: SqliteQueue;
  let hosts: QueueTriggers[];
  beforeEach(async () => {
    lines.length = 0;
    hosts = [];
    queue = openSqliteQueue({ file: ":memory:", clock });
    await queue.send(
      "inbound",
      [1, 2].map((n) => ({ messageId: `m${n}`, sessionId: "lane", body: n })),
    );
  });
  afterEach(async () => {
    await Promise.all(hosts.map((host) => host.release()));
    await queue.close();
  });

  /** One host on the queue; what its handlers are given, and how each of its settlements ended. */
  function startHost({ maxAutoLockRenewalMs = TEST_CONFIG.maxAutoLockRenewalMs } = {}) {
    const handled: Hanging[] = [];
    const settled: Promise<void>[] = [];
    const binding = { queueName: "inbound", isSessionsEnabled: true, type: "serviceBusTrigger" };
    const fn = { metadata: { name: "work", bindings: { q: binding } }, callback: () => undefined };
    const host = createQueueTriggers({
      functions: [{ fn, name: "work", bindingName: "q", binding }],
      source: watched(queue, settled),
      config: { ...TEST_CONFIG, maxAutoLockRenewalMs },
      settings: {},
      clock,
      logger: log,
      invoke: async (_, { data, triggerMetadata }) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const count = triggerMetadata?.DeliveryCount?.json;
        handled.push({ body: JSON.parse(data.string ?? "null"), count, end: resolve });
        await promise;
        return {};
      },
    });
    hosts.push(host);
    host.start();
    const bodies = () => handled.map(({ body }) => body);
    return { host, handled, bodies, settled };
  }

  it("is given back at the drain's deadline, and taken up at once, as if nobody had begun", async () => {
    const first = startHost();
    await vi.waitFor(() => expect(first.bodies()).toEqual([1]));
    let drained = false;
    void first.host.drain().then(() => {
      drained = true;
    });
    await first.host.release();
    const second = startHost();
    await vi.waitFor(() => expect(second.bodies()).toEqual([1]));
    expect(second.handled[0]?.count).toBe("1");
    expect(drained).toBe(false);
    // Wakes up too late: the lane is another's, and it says nothing about it.
    first.handled[0]?.end();
    await vi.waitFor(() => expect(drained).toBe(true));
    expect(first.settled).toEqual([]);
    for (const each of [1, 2]) {
      await vi.waitFor(() => expect(second.bodies()).toHaveLength(each));
      second.handled.at(-1)?.end();
    }
    await vi.waitFor(() => expect(queue.nextDueAt("inbound")).toBeUndefined());
    expect(second.bodies()).toEqual([1, 2]);
    expect(await queue.deadLetters.list("inbound", 10)).toEqual([]);
  });

  it("is free within one lock of its host's death, and who comes back has lost it", async () => {
    // A host that is gone renews nothing.
    const first = startHost({ maxAutoLockRenewalMs: -1 });
    await vi.waitFor(() => expect(first.bodies()).toEqual([1]));
    clock.advance(LOCK - 1);
    expect(await queue.acceptNextSession("inbound")).toBeUndefined();
    clock.advance(1);
    const second = startHost();
    await vi.waitFor(() => expect(second.bodies()).toEqual([1]));
    expect(second.handled[0]?.count).toBe("2");
    first.handled[0]?.end();
    await vi.waitFor(() => expect(first.settled).toHaveLength(1));
    await expect(first.settled[0]).rejects.toBeInstanceOf(SessionLost);
    await vi.waitFor(() => expect(lines.map(({ message }) => message).join()).toContain("the lane was given up"));
    for (const each of [1, 2]) {
      await vi.waitFor(() => expect(second.bodies()).toHaveLength(each));
      second.handled.at(-1)?.end();
    }
    await vi.waitFor(() => expect(queue.nextDueAt("inbound")).toBeUndefined());
    expect([first.bodies(), second.bodies()]).toEqual([[1], [1, 2]]);
  });
});

/** The queue, with what its sessions are told kept in `settled`. */
function watched(queue: SqliteQueue, settled: Promise<void>[]): LaneSource {
  const keep = (told: Promise<void>) => {
    told.catch(() => undefined);
    settled.push(told);
    return told;
  };
  const watch = (session: QueueSession): QueueSession => ({
    ...session,
    get lockedUntil() {
      return session.lockedUntil;
    },
    complete: (delivery) => keep(session.complete(delivery)),
    abandon: (delivery, reason) => keep(session.abandon(delivery, reason)),
  });
  return {
    nextDueAt: (name) => queue.nextDueAt(name),
    acceptNextSession: async (name) => {
      const session = await queue.acceptNextSession(name);
      return session && watch(session);
    },
  };
}
