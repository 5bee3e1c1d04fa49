import type { ServiceBusClientOptions } from "@azure/service-bus";
import { DEADLINES } from "../../deadlines.ts";
import { seal } from "../envelope.ts";
import type { Queue } from "../port.ts";
import { QUEUES, type QueueDeclaration, type QueueName } from "../queues.ts";
import { type ClientFactory, clientFactory, lazyClient, type ServiceBusConnection } from "./client.ts";
import { createDeadLetters } from "./deadLetters.ts";
import { closeInTime, withDeadline } from "./deadline.ts";
import { codeOf, toProblem } from "./errors.ts";
import { toServiceBusMessage } from "./message.ts";
import { createBatchSender } from "./sender.ts";
import { openSession } from "./session.ts";

export interface ServiceBusQueueOptions {
  /** Default: the product's `QUEUES`; the broker's queues must be declared alike (bicep is tested against them). */
  readonly queues?: Readonly<Record<QueueName, QueueDeclaration>>;
  /** The W3C `traceparent` of whoever calls `send`. Default: none. */
  readonly currentTraceparent?: () => string | undefined;
  /** Milliseconds after which a send is given up, retries included. Default 5000: a webhook must get its 503 in time. */
  readonly sendDeadline?: number;
  /** Milliseconds `acceptNextSession` waits for one. Default 3000. */
  readonly acceptWait?: number;
  /** Milliseconds `receive` waits for a first message. Default 1000. */
  readonly receiveWait?: number;
  /**
   * Milliseconds after which everything but a send is given up: opening a link, settling a message, one step of a replay.
   * Waits come on top. Default 10,000.
   */
  readonly answerDeadline?: number;
  /** In place of Azure's SDK, for tests. */
  readonly createClient?: ClientFactory;
}

const SENDING: ServiceBusClientOptions = {
  retryOptions: { maxRetries: 2, retryDelayInMs: 200, maxRetryDelayInMs: 1000, timeoutInMs: 2500 },
};

/** One try more for a connection that was lost. When a step is given up, `answerDeadline` says. */
const OPERATING: ServiceBusClientOptions = { retryOptions: { maxRetries: 1, retryDelayInMs: 200 } };

/**
 * The queues on Azure Service Bus. They need sessions and duplicate detection and must not be partitioned, since one batch
 * carries messages of several sessions. Nothing is connected, nor the SDK loaded, before the first use.
 */
export function openServiceBusQueue(connection: ServiceBusConnection, options: ServiceBusQueueOptions = {}): Queue {
  const {
    queues = QUEUES,
    sendDeadline = DEADLINES.queue,
    acceptWait = 3000,
    receiveWait = 1000,
    answerDeadline = 10_000,
  } = options;
  const { currentTraceparent = () => undefined, createClient = clientFactory(connection) } = options;
  const sending = lazyClient(createClient, SENDING);
  // The SDK takes the wait for a session from the client's timeout, so receivers have a client of their own.
  const receiving = lazyClient(createClient, { retryOptions: { maxRetries: 0, timeoutInMs: acceptWait } });
  const sender = createBatchSender(sending, sendDeadline);

  return {
    send: async (queue, messages) => {
      const traceparent = currentTraceparent();
      const sealed = messages.map((message) => toServiceBusMessage(seal(message), traceparent));
      if (sealed.length > 0) await sender.send(queue, sealed);
    },
    acceptNextSession: async (queue) => {
      try {
        const client = await receiving.get();
        const receiver = await withDeadline(acceptWait + answerDeadline, (abortSignal) =>
          client.acceptNextSession(queue, { maxAutoLockRenewalDurationInMs: 0, abortSignal }),
        );
        return openSession(receiver, queues[queue], { receiveWait, answerDeadline });
      } catch (error) {
        if (isNoneFree(error)) return undefined;
        throw toProblem(error);
      }
    },
    deadLetters: createDeadLetters(() => createClient(OPERATING), sender, { receiveWait, answerDeadline }),
    ping: () => sender.check("inbound"),
    close: async () => {
      await Promise.all([sending, receiving].map((client) => closeInTime(answerDeadline, () => client.close())));
    },
  };
}

/** The broker's answer, after the wait, when no session has a message or all that have one are locked. */
function isNoneFree(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ServiceTimeout" || code === "SessionCannotBeLocked";
}
