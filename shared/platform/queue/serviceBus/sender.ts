import type { ServiceBusMessage, ServiceBusSender } from "@azure/service-bus";
import { inTime } from "../../deadlines.ts";
import type { QueueName } from "../queues.ts";
import type { LazyClient } from "./client.ts";
import { toProblem } from "./errors.ts";

export interface BatchSender {
  /** In order, in as few batches as they fit into. Gives up after `deadlineMilliseconds`. */
  send(queue: QueueName, messages: readonly ServiceBusMessage[]): Promise<void>;
  /** Opens the connection and the queue's link, or finds them open. */
  check(queue: QueueName): Promise<void>;
}

/** Keeps one sender per queue: opening a link takes several round trips. */
export function createBatchSender(client: LazyClient, deadlineMilliseconds: number): BatchSender {
  const senders = new Map<QueueName, Promise<ServiceBusSender>>();

  function senderOf(queue: QueueName): Promise<ServiceBusSender> {
    const known = senders.get(queue);
    if (known) return known;
    const made = client.get().then((open) => open.createSender(queue));
    senders.set(queue, made);
    made.catch(() => senders.delete(queue));
    return made;
  }

  async function sendAll(sender: ServiceBusSender, messages: readonly ServiceBusMessage[], abortSignal: AbortSignal) {
    const [only] = messages;
    if (only && messages.length === 1) return sender.sendMessages(only, { abortSignal });
    let batch = await sender.createMessageBatch({ abortSignal });
    for (const message of messages) {
      if (batch.tryAddMessage(message)) continue;
      if (batch.count > 0) await sender.sendMessages(batch, { abortSignal });
      batch = await sender.createMessageBatch({ abortSignal });
      if (!batch.tryAddMessage(message)) await sender.sendMessages(message, { abortSignal });
    }
    if (batch.count > 0) await sender.sendMessages(batch, { abortSignal });
  }

  /** A webhook needs its 503 while the sender still listens. */
  async function answered(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await inTime("queue", work, deadlineMilliseconds);
    } catch (error) {
      throw toProblem(error);
    }
  }

  return {
    send: (queue, messages) => answered(async (signal) => sendAll(await senderOf(queue), messages, signal)),
    check: (queue) =>
      answered(async (abortSignal) => {
        await (await senderOf(queue)).createMessageBatch({ abortSignal });
      }),
  };
}
