import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Problem } from "../../../shared/platform/errors.ts";
import {
  type OutgoingMessage,
  type Queue,
  type QueueSession,
  SessionLost,
} from "../../../shared/platform/queue/port.ts";
import { QUEUES } from "../../../shared/platform/queue/queues.ts";
import { openServiceBusQueue } from "../../../shared/platform/queue/serviceBus/serviceBusQueue.ts";
import { fixedClock } from "../../../shared/platform/testing/fixedClock.ts";
import { type ServiceBusEmulator, startServiceBusEmulator } from "./server.ts";

const QUEUE = "events";

/** What the engine makes of a network that breaks, and of much at once. */
describe("the Service Bus engine on a broken network", { timeout: 30_000 }, () => {
  let clock: ReturnType<typeof fixedClock>;
  let emulator: ServiceBusEmulator;
  let queue: Queue;

  beforeEach(async () => {
    clock = fixedClock();
    emulator = await startServiceBusEmulator({ clock });
    queue = openServiceBusQueue(
      { connectionString: emulator.connectionString },
      { acceptWait: 500, receiveWait: 100, answerDeadline: 1000 },
    );
  });
  afterEach(async () => {
    await queue.close();
    await emulator.close();
  });

  const message = (body: string, sessionId = "s"): OutgoingMessage => ({
    messageId: `${sessionId}-${body}`,
    sessionId,
    body,
  });

  async function accept(): Promise<QueueSession> {
    const session = await queue.acceptNextSession(QUEUE);
    if (!session) throw new Error("No session to accept");
    return session;
  }

  /** Everything by lane, settled. */
  async function drain(): Promise<Record<string, unknown[]>> {
    const lanes: Record<string, unknown[]> = {};
    for (let session = await queue.acceptNextSession(QUEUE); session; session = await queue.acceptNextSession(QUEUE)) {
      for (let found = await session.receive(500); found.length > 0; found = await session.receive(500)) {
        for (const delivery of found) {
          lanes[session.sessionId] = [...(lanes[session.sessionId] ?? []), delivery.body];
          await session.complete(delivery);
        }
      }
      await session.close();
    }
    return lanes;
  }

  it("keeps once what was sent twice, since the first answer was lost", async () => {
    await queue.send(QUEUE, [message("before")]);
    emulator.cutNext("send");
    await queue.send(QUEUE, [message("a"), message("b", "t"), message("c")]);
    expect(await drain()).toEqual({ s: ["before", "a", "c"], t: ["b"] });
  });

  it("gives a send up in time when the broker is gone, and sends again when it is back", async () => {
    await queue.send(QUEUE, [message("a")]);
    await emulator.close();
    const started = performance.now();
    await expect(queue.send(QUEUE, [message("b")])).rejects.toMatchObject({ code: "unavailable", status: 503 });
    expect(performance.now() - started).toBeLessThan(6000);
    await expect(queue.acceptNextSession(QUEUE)).rejects.toMatchObject({ code: "unavailable" });
    emulator = await startServiceBusEmulator({ port: Number(emulator.host.split(":")[1]) });
    await queue.send(QUEUE, [message("c")]);
    expect(await drain()).toEqual({ s: ["c"] });
  });

  it("loses the session, and nothing in it, when the connection breaks before a delivery arrives", async () => {
    await queue.send(QUEUE, [message("a"), message("b")]);
    const session = await accept();
    emulator.cutNext("delivery");
    await expect(session.receive(2)).rejects.toBeInstanceOf(SessionLost);
    await session.close();
    expect(await drain()).toEqual({ s: ["a", "b"] });
  });

  it("loses the session in the middle of a wait, and of handling", async () => {
    await queue.send(QUEUE, [message("a")]);
    const session = await accept();
    const [delivery] = await session.receive(1);
    if (!delivery) throw new Error("No message");
    const waiting = expect(session.receive(1)).rejects.toBeInstanceOf(SessionLost);
    emulator.dropConnections();
    await waiting;
    await expect(session.complete(delivery)).rejects.toBeInstanceOf(SessionLost);
    await expect(session.renew()).rejects.toBeInstanceOf(SessionLost);
    await session.close();
    const next = await accept();
    expect(await next.receive(1)).toMatchObject([{ body: "a", deliveryCount: 1 }]);
    await next.close();
  });

  it("does not wait for a settlement whose answer is lost, nor gets the message again", async () => {
    await queue.send(QUEUE, [message("a"), message("b")]);
    const session = await accept();
    const [delivery] = await session.receive(1);
    if (!delivery) throw new Error("No message");
    emulator.cutNext("settlement");
    const started = performance.now();
    await expect(session.complete(delivery)).rejects.toMatchObject({ code: "unavailable" });
    expect(performance.now() - started).toBeLessThan(3000);
    await session.close();
    expect(await drain()).toEqual({ s: ["b"] });
  });

  async function park(...bodies: string[]): Promise<void> {
    await queue.send(
      QUEUE,
      bodies.map((body) => message(body)),
    );
    const session = await accept();
    for (const body of bodies) {
      const [delivery] = await session.receive(1);
      if (delivery) await session.deadLetter(delivery, `no ${body}`);
    }
    await session.close();
  }

  it.each(["send", "delivery", "settlement"] as const)(
    "replays each message once when a replay broke off after a %s and is repeated",
    async (point) => {
      await park("a", "b", "c");
      emulator.cutNext(point);
      await queue.deadLetters.replay(QUEUE).catch((error: unknown) => {
        expect(error).toMatchObject({ code: "unavailable" });
      });
      // What the broken connection held stays locked until then.
      clock.advance(QUEUES[QUEUE].lockSeconds * 1000);
      await queue.deadLetters.replay(QUEUE);
      expect(await queue.deadLetters.list(QUEUE, 10)).toEqual([]);
      expect(await drain()).toEqual({ s: ["a", "b", "c"] });
    },
  );

  it("replays what is parked while messages arrive and others are parked, and loses or doubles none", async () => {
    const old = Array.from({ length: 150 }, (_, index) => `old ${index}`);
    const fresh = Array.from({ length: 20 }, (_, index) => `new ${index}`);
    await park(...old);
    let replaying = true;
    const parkOthers = async () => {
      while (replaying) {
        const session = await queue.acceptNextSession(QUEUE);
        for (const delivery of (await session?.receive(5)) ?? []) await session?.deadLetter(delivery, "again");
        await session?.close();
      }
    };
    const replay = async () => {
      expect(await queue.deadLetters.replay(QUEUE)).toBeGreaterThanOrEqual(old.length);
      replaying = false;
    };
    await Promise.all([replay(), parkOthers(), ...fresh.map((body) => queue.send(QUEUE, [message(body)]))]);
    const parked = (await queue.deadLetters.list(QUEUE, 1000)).map((letter) => letter.messageId.slice("s-".length));
    const { s: waiting = [] } = await drain();
    expect([...parked, ...waiting].toSorted()).toEqual([...old, ...fresh].toSorted());
  });

  it("sends far more than a batch holds, over many lanes, each in order", async () => {
    const lanes = Array.from({ length: 8 }, (_, index) => `lane ${index}`);
    const bodies = Array.from({ length: 60 }, (_, index) => `${index} ${"x".repeat(8 * 1024)}`);
    await queue.send(
      QUEUE,
      bodies.flatMap((body) => lanes.map((lane) => ({ ...message(body.slice(0, 4), lane), body }))),
    );
    expect(await drain()).toEqual(Object.fromEntries(lanes.map((lane) => [lane, bodies])));
  });

  it("loses nothing that was acknowledged while connections break again and again", async () => {
    const acknowledged: string[] = [];
    const received = new Set<unknown>();
    let sending = true;
    const send = async () => {
      for (let index = 0; index < 50; index++) {
        await queue.send(QUEUE, [message(String(index), `lane ${index % 3}`)]).then(
          () => acknowledged.push(String(index)),
          (error: unknown) => expect(error).toMatchObject({ code: "unavailable" }),
        );
        if (index % 25 === 10) emulator.dropConnections();
      }
      sending = false;
    };
    const receive = async () => {
      while (sending) {
        try {
          const session = await queue.acceptNextSession(QUEUE);
          for (const delivery of (await session?.receive(3)) ?? []) {
            received.add(delivery.body);
            await session?.complete(delivery);
          }
          await session?.close();
        } catch (error) {
          expect(error instanceof SessionLost || (error instanceof Problem && error.code === "unavailable")).toBe(true);
        }
      }
    };
    await Promise.all([send(), receive()]);
    const rest = Object.values(await drain()).flat();
    expect(acknowledged.length).toBeGreaterThan(40);
    expect(acknowledged.filter((body) => !received.has(body) && !rest.includes(body))).toEqual([]);
  });
});
