import { ServiceBusClient, type ServiceBusMessage, type ServiceBusSessionReceiver } from "@azure/service-bus";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { QUEUES } from "../../../shared/platform/queue/queues.ts";
import { fixedClock } from "../../../shared/platform/testing/fixedClock.ts";
import { type ServiceBusEmulator, startServiceBusEmulator } from "./server.ts";

const QUEUE = "events";
const { maxDeliveryCount, lockSeconds } = QUEUES[QUEUE];
const NO_RENEWAL = { maxAutoLockRenewalDurationInMs: 0 };

/** What the product does not do through its engine, or the engine's suite cannot see. */
describe("the Service Bus emulator, asked by Azure's SDK", { timeout: 20_000 }, () => {
  let clock: ReturnType<typeof fixedClock>;
  let emulator: ServiceBusEmulator;
  let client: ServiceBusClient;

  beforeEach(async () => {
    clock = fixedClock();
    emulator = await startServiceBusEmulator({ clock });
    client = clientOf(emulator);
  });
  afterEach(async () => {
    await client.close();
    await emulator.close();
  });

  const send = (...messages: ServiceBusMessage[]) => client.createSender(QUEUE).sendMessages(messages);
  const bodies = (...all: string[]) => all.map((body) => ({ body, messageId: body, sessionId: "s" }));
  const accept = () => client.acceptSession(QUEUE, "s", NO_RENEWAL);
  const deadLetters = () => client.createReceiver(QUEUE, { subQueueType: "deadLetter", ...NO_RENEWAL });

  async function receiveBodies(receiver: Pick<ServiceBusSessionReceiver, "receiveMessages">, max: number) {
    const found = await receiver.receiveMessages(max, { maxWaitTimeInMs: 100 });
    return found.map((message) => message.body);
  }

  it("gives a session that is asked for by name to one receiver, whether or not it has messages", async () => {
    const receiver = await accept();
    await expect(accept()).rejects.toMatchObject({ code: "SessionCannotBeLocked" });
    await send(...bodies("a"));
    expect(await receiveBodies(receiver, 1)).toEqual(["a"]);
    await receiver.close();
    expect(await receiveBodies(await accept(), 1)).toEqual(["a"]);
  });

  it("lets a receiver wait for a session that comes", async () => {
    const waiting = client.acceptNextSession(QUEUE, NO_RENEWAL);
    await roundTrip(client);
    await send(...bodies("a"));
    expect((await waiting).sessionId).toBe("s");
  });

  it("gives no session to a receiver that went while it waited", async () => {
    const gone = clientOf(emulator);
    // The SDK hears nothing of its own closing, and waits on.
    void gone.acceptNextSession(QUEUE, NO_RENEWAL).catch(() => {});
    await roundTrip(gone);
    await gone.close();
    await send(...bodies("a"));
    expect(await receiveBodies(await client.acceptNextSession(QUEUE, NO_RENEWAL), 1)).toEqual(["a"]);
  });

  it("takes credit back that was not used, and hands out nothing on it later", async () => {
    await send(...bodies("a", "b"));
    const receiver = await accept();
    expect(await receiveBodies(receiver, 5)).toEqual(["a", "b"]);
    await send(...bodies("c"));
    // A link whose draining was not answered would have been closed by the SDK.
    expect(receiver.isClosed).toBe(false);
    expect(await receiveBodies(receiver, 5)).toEqual(["c"]);
  });

  it("hands out more than the SDK's buffer holds, as room is made", async () => {
    const count = 2500;
    const batch = await client.createSender(QUEUE).createMessageBatch();
    for (let index = 0; index < count; index++) batch.tryAddMessage({ body: index, sessionId: "s" });
    expect(batch.count).toBe(count);
    await client.createSender(QUEUE).sendMessages(batch);
    const receiver = await accept();
    const seen: unknown[] = [];
    while (seen.length < count) {
      for (const message of await receiver.receiveMessages(1000, { maxWaitTimeInMs: 100 })) {
        seen.push(message.body);
        await receiver.completeMessage(message);
      }
    }
    expect(seen).toEqual(Array.from({ length: count }, (_, index) => index));
  });

  it("parks what was abandoned too often, with the broker's own reason", async () => {
    await send(...bodies("a"));
    const receiver = await accept();
    for (let delivery = 1; delivery <= maxDeliveryCount; delivery++) {
      const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 1000 });
      if (message) await receiver.abandonMessage(message);
    }
    const [letter] = await deadLetters().receiveMessages(1, { maxWaitTimeInMs: 1000 });
    expect(letter).toMatchObject({
      body: "a",
      deadLetterReason: "MaxDeliveryCountExceeded",
      deliveryCount: maxDeliveryCount,
    });
    expect(await receiveBodies(receiver, 1)).toEqual([]);
  });

  it("keeps a dead letter's lock beyond its receiver, until it runs out", async () => {
    await send(...bodies("a"));
    const session = await accept();
    const [message] = await session.receiveMessages(1);
    if (message) await session.deadLetterMessage(message, { deadLetterReason: "r", deadLetterErrorDescription: "d" });
    const first = deadLetters();
    const [letter] = await first.receiveMessages(1);
    expect(letter).toMatchObject({ deadLetterReason: "r", deadLetterErrorDescription: "d" });
    await first.close();
    const second = deadLetters();
    expect(await receiveBodies(second, 1)).toEqual([]);
    const late = second.receiveMessages(1, { maxWaitTimeInMs: 5000 });
    clock.advance(lockSeconds * 1000);
    const [again] = await late;
    clock.advance(lockSeconds * 1000);
    await expect(again && second.completeMessage(again)).rejects.toMatchObject({ code: "MessageLockLost" });
  });

  it("takes no settlement once the session's lock has run out, and counts the delivery", async () => {
    await send(...bodies("a"));
    const receiver = await accept();
    const [message] = await receiver.receiveMessages(1);
    clock.advance(lockSeconds * 1000);
    await expect(message && receiver.completeMessage(message)).rejects.toMatchObject({ code: "SessionLockLost" });
    const [again] = await (await accept()).receiveMessages(1);
    expect(again).toMatchObject({ body: "a", deliveryCount: 1 });
  });

  it("closes the link of a session whose lock has run out, in the middle of a receive", async () => {
    const receiver = await accept();
    const waiting = receiver.receiveMessages(1, { maxWaitTimeInMs: 5000 });
    clock.advance(lockSeconds * 1000);
    await expect(waiting).rejects.toMatchObject({ code: "SessionLockLost" });
  });

  it.each([
    ["a queue that is not there", "nowhere", { body: 1, sessionId: "s" }, "MessagingEntityNotFound"],
    ["a message without a session", QUEUE, { body: 1 }, "GeneralError"],
    ["dead letters", `${QUEUE}/$deadletterqueue`, { body: 1, sessionId: "s" }, "GeneralError"],
    ["too large a message", QUEUE, { body: Buffer.alloc(257 * 1024), sessionId: "s" }, "MessageSizeExceeded"],
  ])("refuses at once %s", async (_, queue, message, code) => {
    await expect(client.createSender(queue).sendMessages(message)).rejects.toMatchObject({ code });
    await send(...bodies("goes on"));
  });

  it("ends with clients connected and receivers waiting, and can start again on its port", async () => {
    const waiting = expect(client.acceptNextSession(QUEUE)).rejects.toThrow();
    await roundTrip(client);
    await emulator.close();
    await waiting;
    const port = Number(emulator.host.split(":")[1]);
    emulator = await startServiceBusEmulator({ port });
    await expect(startServiceBusEmulator({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await send(...bodies("a"));
  });
});

/** What was asked for before has reached the broker: one connection keeps the order, and another link is open by now. */
async function roundTrip(client: ServiceBusClient): Promise<void> {
  await client.createSender("media").createMessageBatch();
}

function clientOf({ connectionString }: ServiceBusEmulator): ServiceBusClient {
  return new ServiceBusClient(connectionString, { retryOptions: { maxRetries: 1, timeoutInMs: 2000 } });
}
