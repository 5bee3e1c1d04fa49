import { once } from "node:events";
import { ServiceBusClient, type ServiceBusMessage } from "@azure/service-bus";
import rhea, { type EventContext } from "rhea";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fixedClock } from "../../../shared/platform/testing/fixedClock.ts";
import { DEPARTURES, LEFT_OUT, type LeftOut } from "./departures.ts";
import { type ServiceBusEmulator, startServiceBusEmulator } from "./server.ts";

const QUEUE = "events";
const HELD = { maxAutoLockRenewalDurationInMs: 0 };
const MESSAGE = { body: "a", sessionId: "s" };

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

function clientOf({ connectionString }: ServiceBusEmulator): ServiceBusClient {
  return new ServiceBusClient(connectionString, { retryOptions: { maxRetries: 0, timeoutInMs: 1000 } });
}

const send = (...messages: ServiceBusMessage[]) => client.createSender(QUEUE).sendMessages(messages);

async function receiveOne() {
  const receiver = await client.acceptNextSession(QUEUE, HELD);
  const [message] = await receiver.receiveMessages(1);
  if (!message) throw new Error("No message to receive");
  return { receiver, message };
}

const ASKED: Readonly<Record<LeftOut, () => Promise<unknown>>> = {
  "receive-and-delete": () =>
    client.createReceiver(QUEUE, { subQueueType: "deadLetter", receiveMode: "receiveAndDelete" }).receiveMessages(1),
  deferral: async () => {
    await send(MESSAGE);
    const { receiver, message } = await receiveOne();
    await receiver.deferMessage(message);
  },
  "time to live": () => send({ ...MESSAGE, timeToLive: 1000 }),
  "partition keys": () => send({ ...MESSAGE, partitionKey: "s" }),
  "message formats beside AMQP's and batches": async () => {
    const connection = rhea
      .create_container()
      .connect({ host: "127.0.0.1", port: Number(emulator.host.split(":")[1]) });
    const sender = connection.open_sender(QUEUE);
    await once(sender, "sendable");
    const answer = new Promise<EventContext>((resolve) => sender.once("rejected", resolve));
    sender.send(Buffer.from("bytes"), "tag", 7);
    const { delivery } = await answer;
    connection.close();
    await once(connection, "connection_close");
    throw new Error(delivery?.remote_state?.error.description);
  },
  "dead-lettering a dead letter": async () => {
    await send(MESSAGE);
    const { receiver, message } = await receiveOne();
    await receiver.deadLetterMessage(message);
    const letters = client.createReceiver(QUEUE, { ...HELD, subQueueType: "deadLetter" });
    const [letter] = await letters.receiveMessages(1);
    if (letter) await letters.deadLetterMessage(letter);
  },
  "$management beside renewing sessions and peeking at dead letters": () =>
    client.createSender(QUEUE).scheduleMessages(MESSAGE, new Date()),
};

describe("what the Service Bus emulator leaves out", () => {
  it.each(Object.keys(LEFT_OUT))("is refused by name: %s", async (name) => {
    const asked = Object.entries(ASKED).find(([known]) => known === name)?.[1];
    await expect(asked?.()).rejects.toThrow(`This emulator leaves out ${name}. See https://learn.microsoft.com/`);
  });
});

/** Each departure is shown, so that the list loses what the emulator one day learns. */
const SHOWN: readonly (() => Promise<void>)[] = [
  async function forgets() {
    await send(MESSAGE);
    await client.close();
    await emulator.close();
    emulator = await startServiceBusEmulator();
    client = clientOf(emulator);
    await expect(receiveOne()).rejects.toMatchObject({ code: "ServiceTimeout" });
  },
  async function takesAnyKey() {
    const other = new ServiceBusClient(emulator.connectionString.replace(/Key=\w+/, "Key=another"));
    await other.createSender(QUEUE).sendMessages(MESSAGE);
    await other.close();
  },
  async function givesSessionsInTurn() {
    const sessions = ["x", "y", "z"];
    for (const sessionId of sessions) await send({ body: 1, sessionId });
    for (const sessionId of sessions) expect((await receiveOne()).receiver.sessionId).toBe(sessionId);
  },
  async function freesBrokenSessionsAtOnce() {
    await send(MESSAGE);
    await receiveOne();
    const other = new ServiceBusClient(emulator.connectionString);
    emulator.dropConnections();
    await (await other.acceptSession(QUEUE, "s", HELD)).close();
    await other.close();
  },
  async function closesNoIdleLink() {
    const sender = client.createSender(QUEUE);
    await sender.sendMessages(MESSAGE);
    clock.advance(60 * 60_000);
    await sender.sendMessages(MESSAGE);
  },
  async function throttlesNobody() {
    const sender = client.createSender(QUEUE);
    const started = performance.now();
    for (let index = 0; index < 1500; index += 500) {
      await Promise.all(Array.from({ length: 500 }, () => sender.sendMessages(MESSAGE)));
    }
    expect(performance.now() - started).toBeLessThan(30_000);
  },
  async function numbersScheduledMessagesLate() {
    await send({ ...MESSAGE, scheduledEnqueueTimeUtc: new Date(clock.now().getTime() + 1000) }, MESSAGE);
    expect((await receiveOne()).message.sequenceNumber?.toNumber()).toBe(1);
  },
];

describe("where the Service Bus emulator departs from Service Bus", () => {
  it.each(DEPARTURES.map(({ emulator: what }, index) => [what, index] as const))("%s", async (_, index) => {
    await SHOWN[index]?.();
    expect(SHOWN).toHaveLength(DEPARTURES.length);
  });
});
