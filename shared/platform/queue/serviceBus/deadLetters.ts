import type { ServiceBusClient, ServiceBusReceivedMessage, ServiceBusReceiver } from "@azure/service-bus";
import type { DeadLetter, DeadLetters } from "../port.ts";
import type { QueueName } from "../queues.ts";
import { closeInTime, type Times, withDeadline } from "./deadline.ts";
import { toProblem } from "./errors.ts";
import { originalId, sequenceOf, toReplay } from "./message.ts";
import type { BatchSender } from "./sender.ts";

const PAGE = 100;

/**
 * A replay sends a copy and removes the parked message only then: an interruption leaves it on both sides at worst, and
 * the copy's id lets duplicate detection drop the second copy of a repeated replay.
 */
export function createDeadLetters(
  openClient: () => Promise<ServiceBusClient>,
  sender: BatchSender,
  { receiveWait, answerDeadline }: Times,
): DeadLetters {
  async function withReceiver<T>(queue: QueueName, work: (receiver: ServiceBusReceiver) => Promise<T>): Promise<T> {
    let close = async () => {};
    try {
      // Each time a new one: a client's first peek goes on where its last one ended, whichever receiver asks.
      const client = await openClient();
      close = () => client.close();
      const receiver = client.createReceiver(queue, {
        subQueueType: "deadLetter",
        receiveMode: "peekLock",
        maxAutoLockRenewalDurationInMs: 0,
      });
      return await work(receiver);
    } catch (error) {
      throw toProblem(error);
    } finally {
      await closeInTime(answerDeadline, close);
    }
  }

  async function peek(receiver: ServiceBusReceiver, limit: number): Promise<ServiceBusReceivedMessage[]> {
    const found: ServiceBusReceivedMessage[] = [];
    while (found.length < limit) {
      const next = found.at(-1)?.sequenceNumber?.add(1);
      const page = await withDeadline(answerDeadline, (abortSignal) =>
        receiver.peekMessages(Math.min(PAGE, limit - found.length), {
          ...(next && { fromSequenceNumber: next }),
          abortSignal,
        }),
      );
      if (page.length === 0) break;
      found.push(...page);
    }
    return found;
  }

  async function replayWanted(queue: QueueName, receiver: ServiceBusReceiver, wanted: Set<number>): Promise<number> {
    const passedBy = new Map<number, ServiceBusReceivedMessage>();
    let replayed = 0;
    try {
      while (wanted.size > 0) {
        const messages = await withDeadline(receiveWait + answerDeadline, (abortSignal) =>
          receiver.receiveMessages(PAGE, { maxWaitTimeInMs: receiveWait, abortSignal }),
        );
        // Nothing more, or only what was passed by and whose lock has run out meanwhile.
        if (messages.every((message) => passedBy.has(sequenceOf(message)))) break;
        for (const message of messages) {
          if (wanted.delete(sequenceOf(message))) {
            await sender.send(queue, [toReplay(message)]);
            await withDeadline(answerDeadline, () => receiver.completeMessage(message));
            replayed++;
          } else passedBy.set(sequenceOf(message), message);
        }
      }
    } finally {
      // Otherwise, and where this fails, they stay hidden from the next replay until their locks run out.
      await release(receiver, passedBy.values()).catch(() => {});
    }
    return replayed;
  }

  async function release(receiver: ServiceBusReceiver, messages: Iterable<ServiceBusReceivedMessage>): Promise<void> {
    for (const message of messages) await withDeadline(answerDeadline, () => receiver.abandonMessage(message));
  }

  return {
    list: async (queue, limit) => {
      if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new RangeError("limit must be 1 to 1000");
      return withReceiver(queue, async (receiver) => (await peek(receiver, limit)).map(toDeadLetter(queue)));
    },
    replay: (queue, sequenceNumbers) =>
      withReceiver(queue, async (receiver) => {
        // Fixed at the start: what is parked again meanwhile is not replayed twice by one command.
        const all = sequenceNumbers ?? (await peek(receiver, Number.POSITIVE_INFINITY)).map(sequenceOf);
        return replayWanted(queue, receiver, new Set(all));
      }),
  };
}

function toDeadLetter(queue: QueueName): (message: ServiceBusReceivedMessage) => DeadLetter {
  return (message) => ({
    queue,
    messageId: originalId(message),
    sessionId: message.sessionId ?? "",
    // The broker's own reasons are code words with the sentence in the description.
    reason: [message.deadLetterReason, message.deadLetterErrorDescription].filter(Boolean).join(": "),
    deliveryCount: message.deliveryCount ?? 0,
    enqueuedAt: message.enqueuedTimeUtc ?? new Date(0),
    sequenceNumber: sequenceOf(message),
  });
}
