import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Delivery, type Queue, type QueueSession, SessionLost } from "./port.ts";
import type { QueueDeclaration, QueueName } from "./queues.ts";

export interface QueueHarness {
  /** Empty. */
  readonly queue: Queue;
  readonly queues: Readonly<Record<QueueName, QueueDeclaration>>;
  /** Lets so many seconds pass. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

interface ConformanceOptions {
  /** True where `pass` truly waits: what needs long windows is left out, and a lock's length is not measured exactly. */
  readonly realTime: boolean;
  /** Put around the engine's answers where an operation takes effect a little later. Default: none. */
  readonly timeout?: number;
}

const QUEUE = "events";
const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/** What `open` must give as `currentTraceparent`. */
export const conformanceTraceparent = () => TRACEPARENT;

/** The one suite to which every engine of the queue port is held. */
export function describeQueue(name: string, open: () => Promise<QueueHarness>, options: ConformanceOptions): void {
  describe(`queue port on ${name}`, { timeout: options.timeout ?? 5000 }, () => {
    let harness: QueueHarness;
    let queue: Queue;

    beforeEach(async () => {
      harness = await open();
      queue = harness.queue;
    });
    afterEach(() => harness.close());

    const lane = () => `lane-${randomUUID()}`;
    const send = (sessionId: string, ...bodies: string[]) =>
      queue.send(
        QUEUE,
        bodies.map((body) => ({ messageId: `${sessionId}-${body}`, sessionId, body })),
      );

    async function accept(): Promise<QueueSession> {
      const session = await queue.acceptNextSession(QUEUE);
      if (!session) throw new Error("No session to accept");
      return session;
    }

    async function receiveOne(session: QueueSession): Promise<Delivery> {
      const [delivery] = await session.receive(1);
      if (!delivery) throw new Error("No message to receive");
      return delivery;
    }

    /** Everything that is due, in order, settled. */
    async function drain(): Promise<unknown[]> {
      const bodies: unknown[] = [];
      for (
        let session = await queue.acceptNextSession(QUEUE);
        session;
        session = await queue.acceptNextSession(QUEUE)
      ) {
        for (let found = await session.receive(10); found.length > 0; found = await session.receive(10)) {
          for (const delivery of found) {
            bodies.push(delivery.body);
            await session.complete(delivery);
          }
        }
        await session.close();
      }
      return bodies;
    }

    async function park(sessionId: string, reason: string): Promise<void> {
      await send(sessionId, `parked-${sessionId}`);
      const session = await accept();
      await session.deadLetter(await receiveOne(session), reason);
      await session.close();
    }

    it("has nothing to accept when it is empty", async () => {
      expect(await queue.acceptNextSession(QUEUE)).toBeUndefined();
      await queue.ping();
    });

    it("delivers a lane in order with everything it was given", async () => {
      const sessionId = lane();
      const body = { text: "naïve 🙂 \u0000", nested: { list: [1, null, true] } };
      await queue.send(QUEUE, [{ messageId: `${sessionId}-1`, sessionId, body }]);
      await send(sessionId, "2", "3");
      const session = await accept();
      const deliveries = [...(await session.receive(10))];
      while (deliveries.length < 3) deliveries.push(await receiveOne(session));
      expect(session.sessionId).toBe(sessionId);
      expect(deliveries.map((delivery) => delivery.body)).toEqual([body, "2", "3"]);
      expect(deliveries[0]).toMatchObject({
        messageId: `${sessionId}-1`,
        sessionId,
        deliveryCount: 1,
        traceparent: TRACEPARENT,
      });
      expect(deliveries[0]?.enqueuedAt).toBeInstanceOf(Date);
      const numbers = deliveries.map((delivery) => delivery.sequenceNumber);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      await session.close();
    });

    it("gives a lane to one receiver at a time", async () => {
      const [first, second] = [lane(), lane()];
      await send(first, "a");
      await send(second, "b");
      const sessions = [await accept(), await accept()];
      expect(new Set(sessions.map((session) => session.sessionId))).toEqual(new Set([first, second]));
      expect(await queue.acceptNextSession(QUEUE)).toBeUndefined();
      await send(first, "c");
      expect(await queue.acceptNextSession(QUEUE)).toBeUndefined();
      for (const session of sessions) await session.close();
      expect(new Set(await drain())).toEqual(new Set(["a", "b", "c"]));
    });

    it("hands a message out once under one lock", async () => {
      await send(lane(), "a", "b", "c");
      const session = await accept();
      const first = await session.receive(2);
      const second = await session.receive(2);
      expect([...first, ...second].map((delivery) => delivery.body)).toEqual(["a", "b", "c"]);
      expect(await session.receive(2)).toEqual([]);
      await session.close();
    });

    it("forgets what was completed", async () => {
      await send(lane(), "a", "b");
      const session = await accept();
      await session.complete(await receiveOne(session));
      await session.close();
      expect(await drain()).toEqual(["b"]);
      expect(await queue.acceptNextSession(QUEUE)).toBeUndefined();
    });

    it("redelivers an abandoned message at its own place", async () => {
      await send(lane(), "a", "b");
      const session = await accept();
      const first = await receiveOne(session);
      await session.abandon(first, "later");
      const again = await receiveOne(session);
      expect(again).toMatchObject({ body: "a", deliveryCount: 2, sequenceNumber: first.sequenceNumber });
      expect(await receiveOne(session)).toMatchObject({ body: "b", deliveryCount: 1 });
      await session.close();
    });

    it("does not count a delivery whose session was closed in peace", async () => {
      await send(lane(), "a");
      const session = await accept();
      await receiveOne(session);
      await session.close();
      const next = await accept();
      expect(await receiveOne(next)).toMatchObject({ body: "a", deliveryCount: 1 });
      await next.close();
    });

    it("parks a message with its reason on the last allowed delivery, and goes on with the lane", async () => {
      const sessionId = lane();
      await send(sessionId, "poison", "next");
      const session = await accept();
      for (let delivery = 1; delivery <= harness.queues[QUEUE].maxDeliveryCount; delivery++) {
        const poison = await receiveOne(session);
        expect(poison).toMatchObject({ body: "poison", deliveryCount: delivery });
        await session.abandon(poison, `failed ${delivery} times`);
      }
      expect((await receiveOne(session)).body).toBe("next");
      await session.close();
      const parked = await queue.deadLetters.list(QUEUE, 10);
      expect(parked).toHaveLength(1);
      const deliveryCount = harness.queues[QUEUE].maxDeliveryCount;
      expect(parked[0]).toMatchObject({
        queue: QUEUE,
        sessionId,
        messageId: `${sessionId}-poison`,
        reason: `failed ${deliveryCount} times`,
      });
      // Service Bus's broker counts the delivery that ended in the dead-letter queue, or not.
      if (!options.realTime) expect(parked[0]?.deliveryCount).toBe(deliveryCount);
    });

    it("replays all dead letters at the end of their lanes, counting afresh", async () => {
      const sessionId = lane();
      await park(sessionId, "no such number");
      await send(sessionId, "meanwhile");
      expect(await queue.deadLetters.replay(QUEUE)).toBe(1);
      expect(await queue.deadLetters.list(QUEUE, 10)).toEqual([]);
      const session = await accept();
      await session.complete(await receiveOne(session));
      const replayed = await receiveOne(session);
      expect(replayed).toMatchObject({
        body: `parked-${sessionId}`,
        messageId: `${sessionId}-parked-${sessionId}`,
        deliveryCount: 1,
        traceparent: TRACEPARENT,
      });
      await session.complete(replayed);
      await session.close();
    });

    it("replays the dead letters that are named, and only those", async () => {
      for (const reason of ["one", "two", "three"]) await park(lane(), reason);
      const parked = await queue.deadLetters.list(QUEUE, 10);
      expect(parked.map((letter) => letter.reason)).toEqual(["one", "two", "three"]);
      const second = parked[1]?.sequenceNumber ?? 0;
      expect(await queue.deadLetters.replay(QUEUE, [second, 987_654_321])).toBe(1);
      expect(await drain()).toEqual([`parked-${parked[1]?.sessionId}`]);
      expect((await queue.deadLetters.list(QUEUE, 10)).map((letter) => letter.reason)).toEqual(["one", "three"]);
      expect(await queue.deadLetters.list(QUEUE, 1)).toHaveLength(1);
    });

    it("replays a message that was parked again after a replay", async () => {
      await park(lane(), "one");
      for (let round = 0; round < 3; round++) {
        expect(await queue.deadLetters.replay(QUEUE)).toBe(1);
        const session = await accept();
        await session.deadLetter(await receiveOne(session), `round ${round}`);
        await session.close();
      }
      expect(await queue.deadLetters.list(QUEUE, 10)).toMatchObject([{ reason: "round 2" }]);
    });

    it("drops a second message with the same id, also when the first is gone", async () => {
      const sessionId = lane();
      await send(sessionId, "a", "a");
      await send(sessionId, "a", "b");
      expect(await drain()).toEqual(["a", "b"]);
      await send(sessionId, "a");
      expect(await queue.acceptNextSession(QUEUE)).toBeUndefined();
    });

    it("delivers a scheduled message when it is due, behind what came before, and holds up nothing", async () => {
      const sessionId = lane();
      const session1 = { sessionId, body: "scheduled", messageId: `${sessionId}-scheduled` };
      await queue.send(QUEUE, [{ ...session1, deliverAt: new Date(Date.now() + 4000) }]);
      expect(await queue.acceptNextSession(QUEUE)).toBeUndefined();
      await send(sessionId, "first", "second");
      const session = await accept();
      expect((await receiveOne(session)).body).toBe("first");
      await harness.pass(5);
      await send(sessionId, "third");
      expect((await receiveOne(session)).body).toBe("second");
      expect(await receiveOne(session)).toMatchObject({ body: "scheduled", deliveryCount: 1 });
      expect((await receiveOne(session)).body).toBe("third");
      await session.close();
    });

    it("delivers at once what was scheduled for the past", async () => {
      const sessionId = lane();
      await queue.send(QUEUE, [{ sessionId, messageId: sessionId, body: "late", deliverAt: new Date(0) }]);
      expect(await drain()).toEqual(["late"]);
    });

    it("refuses a body over the limit, and then sends nothing of the call", async () => {
      const sessionId = lane();
      const fits = { sessionId, messageId: `${sessionId}-1`, body: "x".repeat(199 * 1024) };
      const tooLarge = { sessionId, messageId: `${sessionId}-2`, body: "ä".repeat(101 * 1024) };
      await expect(queue.send(QUEUE, [fits, tooLarge])).rejects.toMatchObject({ code: "too-large" });
      expect(await queue.acceptNextSession(QUEUE)).toBeUndefined();
      await queue.send(QUEUE, [fits]);
      expect(await drain()).toEqual([fits.body]);
    });

    it.each([
      { messageId: "", sessionId: "s", body: 1 },
      { messageId: "m", sessionId: "", body: 1 },
      { messageId: "m".repeat(129), sessionId: "s", body: 1 },
      { messageId: "m", sessionId: "s".repeat(129), body: 1 },
      { messageId: "m", sessionId: "s", body: undefined },
      { messageId: "m", sessionId: "s", body: { MessageId: "hides the message's own on Azure" } },
      { messageId: "m", sessionId: "s", body: 1, deliverAt: new Date(Number.NaN) },
    ])("refuses a malformed message: %o", async (message) => {
      await expect(queue.send(QUEUE, [message])).rejects.toThrow(RangeError);
    });

    it("sends more in one call than one batch holds, in order", async () => {
      const bodies = Array.from({ length: 6 }, (_, index) => `${index}${"x".repeat(100 * 1024)}`);
      const sessionId = lane();
      await queue.send(
        QUEUE,
        bodies.map((body, index) => ({ sessionId, messageId: `${sessionId}-${index}`, body })),
      );
      expect(await drain()).toEqual(bodies);
    });

    it("takes a session away when its lock runs out, and counts the delivery", async () => {
      await send(lane(), "a");
      const session = await accept();
      const delivery = await receiveOne(session);
      await harness.pass(harness.queues[QUEUE].lockSeconds + 1);
      await expect(session.renew()).rejects.toThrow(SessionLost);
      await expect(session.complete(delivery)).rejects.toThrow(SessionLost);
      await session.close();
      const next = await accept();
      expect(await receiveOne(next)).toMatchObject({ body: "a", deliveryCount: 2 });
      await next.close();
    });

    it("keeps a session that is renewed", async () => {
      await send(lane(), "a");
      const session = await accept();
      const delivery = await receiveOne(session);
      const half = Math.ceil(harness.queues[QUEUE].lockSeconds / 2);
      for (let times = 0; times < 3; times++) {
        const before = session.lockedUntil.getTime();
        await harness.pass(half);
        await session.renew();
        expect(session.lockedUntil.getTime()).toBeGreaterThan(before);
        expect(await queue.acceptNextSession(QUEUE)).toBeUndefined();
      }
      await session.complete(delivery);
      await session.close();
      expect(await drain()).toEqual([]);
    });

    it.skipIf(options.realTime)("takes a message with a known id again after the window", async () => {
      const sessionId = lane();
      await send(sessionId, "a");
      await drain();
      await harness.pass(harness.queues[QUEUE].duplicateWindowSeconds);
      await send(sessionId, "a");
      expect(await drain()).toEqual(["a"]);
    });
  });
}
