import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fixedClock } from "../../testing/fixedClock.ts";
import type { Delivery, QueueSession } from "../port.ts";
import { SessionLost } from "../port.ts";
import { openSqliteQueue } from "./sqliteQueue.ts";
import { testQueues } from "./testing.ts";

/**
 * Arbitrary interleavings against a model that is as plain as can be: arrays and no indexes. After every step the engine
 * must have done what the model did; at the end, everything ever sent is accounted for.
 */
const QUEUE = "events";
const MAX_DELIVERIES = 3;
const queues = testQueues(MAX_DELIVERIES);
const LOCK = queues[QUEUE].lockSeconds * 1000;
const WINDOW = queues[QUEUE].duplicateWindowSeconds * 1000;

interface ModelMessage {
  readonly id: string;
  readonly lane: string;
  enqueuedAt: number;
  deliveries: number;
  takenBy: ModelSession | undefined;
}

interface ModelSession {
  readonly lane: string;
  until: number;
  readonly session: QueueSession;
  readonly out: { delivery: Delivery; message: ModelMessage }[];
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      lane: fc.nat(3),
      id: fc.nat(40),
      delay: fc.constantFrom(0, 0, 0, 20_000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("accept" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("receive" as const),
      session: fc.nat(5),
      max: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("complete" as const, "abandon" as const, "abandon" as const, "deadLetter" as const),
      session: fc.nat(5),
      index: fc.nat(5),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("close" as const, "renew" as const), session: fc.nat(5) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      milliseconds: fc.constantFrom(1, 10_000, 25_000, LOCK, WINDOW),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("replay" as const, "releaseLocks" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

async function compare(steps: readonly Step[]): Promise<void> {
  const clock = fixedClock("1970-01-01T00:16:40.000Z");
  const queue = openSqliteQueue({ file: ":memory:", clock, queues });
  const now = () => clock.now().getTime();

  const waiting: ModelMessage[] = [];
  let scheduled: { message: ModelMessage; dueAt: number }[] = [];
  const dead: ModelMessage[] = [];
  const seen = new Map<string, number>();
  const held: ModelSession[] = [];
  const sessions: ModelSession[] = [];
  let accepted = 0;
  let completed = 0;

  const inLane = (lane: string) => waiting.filter((message) => message.lane === lane);
  const take = <T>(list: T[], item: T) => list.splice(list.indexOf(item), 1);

  function lose(session: ModelSession) {
    take(held, session);
    for (const message of inLane(session.lane)) {
      if (message.takenBy !== session) continue;
      message.takenBy = undefined;
      if (message.deliveries >= MAX_DELIVERIES) dead.push(...take(waiting, message));
    }
  }

  /** What time alone brings about. */
  function settleTime() {
    const due = scheduled.filter(({ dueAt }) => dueAt <= now()).toSorted((a, b) => a.dueAt - b.dueAt);
    scheduled = scheduled.filter(({ dueAt }) => dueAt > now());
    for (const { message, dueAt } of due) waiting.push({ ...message, enqueuedAt: dueAt });
    for (const session of held.filter(({ until }) => until <= now())) lose(session);
  }

  const pick = (index: number) => (sessions.length === 0 ? undefined : sessions[index % sessions.length]);

  async function send({ lane, id, delay }: { lane: number; id: number; delay: number }) {
    const messageId = `m${id}`;
    const message = { id: messageId, lane: `l${lane}`, enqueuedAt: now(), deliveries: 0, takenBy: undefined };
    const deliverAt = delay === 0 ? {} : { deliverAt: new Date(now() + delay) };
    await queue.send(QUEUE, [{ messageId, sessionId: message.lane, body: { id: messageId }, ...deliverAt }]);
    if ((seen.get(messageId) ?? 0) > now()) return;
    seen.set(messageId, now() + WINDOW);
    accepted++;
    if (delay === 0) waiting.push(message);
    else scheduled.push({ message, dueAt: now() + delay });
  }

  async function accept() {
    const heads = new Map<string, number>();
    for (const message of waiting) if (!heads.has(message.lane)) heads.set(message.lane, message.enqueuedAt);
    for (const { lane } of held) heads.delete(lane);
    const session = await queue.acceptNextSession(QUEUE);
    if (heads.size === 0) return expect(session).toBeUndefined();
    const longest = Math.min(...heads.values());
    expect(heads.get(session?.sessionId ?? "none")).toBe(longest);
    if (!session) return;
    expect(session.lockedUntil.getTime()).toBe(now() + LOCK);
    const model = { lane: session.sessionId, until: now() + LOCK, session, out: [] };
    held.push(model);
    sessions.push(model);
  }

  async function receive(model: ModelSession, max: number) {
    if (!held.includes(model)) return expect(model.session.receive(max)).rejects.toThrow(SessionLost);
    const expected = inLane(model.lane)
      .filter((message) => message.takenBy !== model)
      .slice(0, max);
    const deliveries = await model.session.receive(max);
    for (const message of expected) {
      message.deliveries++;
      message.takenBy = model;
    }
    expect(
      deliveries.map((delivery) => [delivery.messageId, delivery.deliveryCount, delivery.enqueuedAt.getTime()]),
    ).toEqual(expected.map((message) => [message.id, message.deliveries, message.enqueuedAt]));
    deliveries.forEach((delivery, index) => {
      const message = expected[index];
      if (message) model.out.push({ delivery, message });
    });
  }

  async function settle(how: "complete" | "abandon" | "deadLetter", model: ModelSession, index: number) {
    const entry = model.out[index % Math.max(1, model.out.length)];
    if (!entry) return;
    const { delivery, message } = entry;
    const settled = how === "complete" ? model.session.complete(delivery) : model.session[how](delivery, "because");
    if (!held.includes(model)) return expect(settled).rejects.toThrow(SessionLost);
    await settled;
    take(model.out, entry);
    message.takenBy = undefined;
    if (how === "complete") {
      take(waiting, message);
      completed++;
    } else if (how === "deadLetter" || message.deliveries >= MAX_DELIVERIES) {
      dead.push(...take(waiting, message));
    }
  }

  async function close(model: ModelSession) {
    await model.session.close();
    if (!held.includes(model)) return;
    for (const { message } of model.out.splice(0)) {
      message.takenBy = undefined;
      message.deliveries--;
    }
    take(held, model);
  }

  async function renew(model: ModelSession) {
    if (!held.includes(model)) return expect(model.session.renew()).rejects.toThrow(SessionLost);
    await model.session.renew();
    model.until = now() + LOCK;
    expect(model.session.lockedUntil.getTime()).toBe(model.until);
  }

  async function replay() {
    expect(await queue.deadLetters.replay(QUEUE)).toBe(dead.length);
    // The engine replays by sequence number; within a lane that is the order in which they were sent.
    for (const lane of new Set(dead.map((message) => message.lane))) {
      const ordered = letters.filter((letter) => letter.sessionId === lane).map((letter) => letter.messageId);
      for (const id of ordered) {
        const message = dead.find((candidate) => candidate.lane === lane && candidate.id === id);
        if (message) waiting.push({ ...message, enqueuedAt: now(), deliveries: 0, takenBy: undefined });
        if (message) take(dead, message);
      }
    }
  }

  let letters = await queue.deadLetters.list(QUEUE, 1000);
  async function releaseLocks() {
    expect(await queue.releaseLocks()).toBe(held.length);
    for (const session of [...held]) lose(session);
  }

  async function perform(action: Step): Promise<unknown> {
    if (action.do === "send") return send(action);
    if (action.do === "accept") return accept();
    if (action.do === "pass") return clock.advance(action.milliseconds);
    if (!("session" in action)) return action.do === "replay" ? replay() : releaseLocks();
    const model = pick(action.session);
    if (!model) return;
    if (action.do === "receive") return receive(model, action.max);
    if ("index" in action) return settle(action.do, model, action.index);
    return action.do === "close" ? close(model) : renew(model);
  }

  try {
    for (const action of steps) {
      settleTime();
      // A transaction of no consequence, in which the engine notices the time as well.
      await queue.deadLetters.replay(QUEUE, [0]);
      letters = await queue.deadLetters.list(QUEUE, 1000);
      expect(letters.map((letter) => letter.messageId).toSorted()).toEqual(
        dead.map((message) => message.id).toSorted(),
      );
      await perform(action);
    }
    clock.advance(LOCK + 20_000);
    settleTime();
    await queue.deadLetters.replay(QUEUE, [0]);
    letters = await queue.deadLetters.list(QUEUE, 1000);
    expect(accepted).toBe(completed + waiting.length + letters.length);
    expect(await drained(queue.acceptNextSession)).toEqual(byLane(waiting));
  } finally {
    await queue.close();
  }
}

function byLane(messages: readonly ModelMessage[]): Record<string, string[]> {
  const lanes: Record<string, string[]> = {};
  for (const message of messages) lanes[message.lane] = [...(lanes[message.lane] ?? []), message.id];
  return lanes;
}

async function drained(
  accept: (queue: typeof QUEUE) => Promise<QueueSession | undefined>,
): Promise<Record<string, string[]>> {
  const lanes: Record<string, string[]> = {};
  for (let session = await accept(QUEUE); session; session = await accept(QUEUE)) {
    const deliveries = await session.receive(1000);
    lanes[session.sessionId] = deliveries.map((delivery) => delivery.messageId);
    for (const delivery of deliveries) await session.complete(delivery);
    await session.close();
  }
  return lanes;
}

describe("the SQLite queue against a model", () => {
  it("does what the model does under any interleaving", { timeout: 60_000 }, async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60, size: "max" }), compare), {
      numRuns: 150,
    });
  });
});
