import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { agent, harness, inboundMessage, status } from "../shared/conversations/testing/harness.ts";
import { type MeteredDocuments, meteredDocuments } from "../shared/platform/documents/meteredDocuments.ts";
import type { QueueSender } from "../shared/platform/queue/port.ts";
import { QUEUES } from "../shared/platform/queue/queues.ts";

const host: { extensions: { serviceBus: { maxConcurrentSessions: number } } } = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../host.json"), "utf8"),
);

export const DAYS = 30;
export const HOURS = 730;
const MINUTES = DAYS * 24 * 60;

/**
 * What the model takes for granted. Executions are each counted alone and for the least that is billed, a second, though
 * several at once share an instance: so it is more than will be.
 */
export const ASSUMED = {
  /** Of the messages a day, as many are received as are sent. */
  receivedShare: 0.5,
  /** Requests of an agent's desk for each message received: the conversation, its thread, a read mark, a page of the list. */
  deskRequests: 4,
  /** Hours a day in which each queue has an instance that listens: it asks for `maxConcurrentSessions` lanes a minute. */
  listeningHours: 8,
  /** Seconds billed for an execution. */
  secondsBilled: 1,
  /** KB that a request sends to a desk or a provider, and that an operation leaves in the logs. */
  kilobytesOut: 4,
  kilobytesLogged: 3,
  /** KB that a message takes in the database, index and all. */
  kilobytesStored: 4,
  /** GB a month of logs that the resources themselves write: metrics, the entry's log. */
  gigabytesLoggedIdle: 1,
} as const;

/** What something takes, once or in a month. */
export interface Quantities {
  readonly requestUnits: number;
  readonly executions: number;
  readonly httpRequests: number;
  readonly queueOperations: number;
  readonly messagesKept: number;
}

const NOTHING: Quantities = { requestUnits: 0, executions: 0, httpRequests: 0, queueOperations: 0, messagesKept: 0 };

function plus(one: Quantities, other: Quantities, times = 1): Quantities {
  return {
    requestUnits: one.requestUnits + times * other.requestUnits,
    executions: one.executions + times * other.executions,
    httpRequests: one.httpRequests + times * other.httpRequests,
    queueOperations: one.queueOperations + times * other.queueOperations,
    messagesKept: one.messagesKept + times * other.messagesKept,
  };
}

/** Receiving, completing, and taking and leaving a lane: at most one of each for a message. */
const OPERATIONS_OF_A_DELIVERY = 4;

/** One message received, read by an agent, and one sent, with its three statuses. By the model that the budgets' tests use. */
export async function exchange(): Promise<{ readonly received: Quantities; readonly sent: Quantities }> {
  const meter = measured();
  const { h, cost } = meter;
  for (let n = 0; n < 20; n++) await h.takeIn(inboundMessage(n));
  await h.events();
  const { id } = await h.only();

  const webhook = { httpRequests: 1, enqueued: 1 };
  const received = await cost(() => h.takeIn(inboundMessage(100)), webhook);
  const desk = await cost(
    async () => {
      await h.conversations.read(agent(), id);
      await h.conversations.messages(agent(), id, { limit: 30 });
      await h.conversations.list(agent(), { status: "open", limit: 30 });
    },
    { httpRequests: ASSUMED.deskRequests },
  );
  const post = () => h.conversations.post(agent(), id, { type: "text", text: "A reply of a usual length." }, undefined);
  const posted = await cost(post, { httpRequests: 1, kept: 1 });
  const sent = await cost(() => h.runOutbound(), {});
  const outbound = (await h.thread(id)).findLast(({ direction }) => direction === "outbound");
  const reference = { conversationId: id, messageId: outbound?.id ?? "" };
  let reply = plus(posted, sent);
  for (const state of ["sent", "delivered", "read"] as const)
    reply = plus(reply, await cost(() => h.takeIn(status(reference, state)), webhook));
  return { received: plus({ ...received, messagesKept: 1 }, desk), sent: reply };
}

/** What belongs to the doors around a measured use case. */
interface Door {
  readonly httpRequests?: number;
  /** Messages that a door puts on a queue, as a webhook does. */
  readonly enqueued?: number;
  /** Messages that are kept from then on. */
  readonly kept?: number;
}

function measured() {
  let meter: MeteredDocuments | undefined;
  let sends = 0;
  let messages = 0;
  const counting = (queue: QueueSender): QueueSender => ({
    send: async (name, some) => {
      sends += new Set(some.map(({ sessionId }) => sessionId)).size;
      messages += some.length;
      await queue.send(name, some);
    },
  });
  const h = harness({
    documents: (documents) => {
      meter = meteredDocuments(documents);
      return meter;
    },
    queue: counting,
  });

  async function cost(work: () => Promise<unknown>, door: Door): Promise<Quantities> {
    const before = { requestUnits: meter?.requestUnits ?? 0, sends, messages };
    await work();
    const { httpRequests = 0, enqueued = 0, kept = 0 } = door;
    const deliveries = messages - before.messages + enqueued;
    return {
      requestUnits: (meter?.requestUnits ?? 0) - before.requestUnits,
      executions: httpRequests + deliveries,
      httpRequests,
      queueOperations: sends - before.sends + enqueued + deliveries * OPERATIONS_OF_A_DELIVERY,
      messagesKept: kept,
    };
  }
  return { h, cost };
}

/** A month in which nobody does anything: a timer each minute, which looks for what crashes left. */
export async function idleMonth(): Promise<Quantities> {
  const { h, cost } = measured();
  const sweep = await cost(() => h.outbox.sweep(60, 500), {});
  return plus(NOTHING, { ...sweep, executions: 1 }, MINUTES);
}

/** What a month of so many messages a day, received and sent, adds. */
export async function busyMonth(messagesADay: number): Promise<Quantities> {
  const { received, sent } = await exchange();
  const perMonth = messagesADay * DAYS;
  const listening =
    DAYS * ASSUMED.listeningHours * 60 * Object.keys(QUEUES).length * host.extensions.serviceBus.maxConcurrentSessions;
  const messages = plus(
    plus(NOTHING, received, perMonth * ASSUMED.receivedShare),
    sent,
    perMonth * (1 - ASSUMED.receivedShare),
  );
  return { ...messages, queueOperations: messages.queueOperations + listening };
}
