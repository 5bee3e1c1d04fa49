import type { ServiceBusReceivedMessage, ServiceBusSessionReceiver } from "@azure/service-bus";
import type { Delivery, QueueSession } from "../port.ts";
import type { QueueDeclaration } from "../queues.ts";
import { closeInTime, type Times, withDeadline } from "./deadline.ts";
import { toSessionProblem } from "./errors.ts";
import { toDelivery } from "./message.ts";

/** Service Bus allows 4096 characters. */
const MAX_REASON_LENGTH = 1024;

export function openSession(
  receiver: ServiceBusSessionReceiver,
  { maxDeliveryCount }: QueueDeclaration,
  { receiveWait, answerDeadline }: Times,
): QueueSession {
  const { sessionId } = receiver;
  const out = new Map<number, ServiceBusReceivedMessage>();

  async function inTime<T>(work: (signal: AbortSignal) => Promise<T>, wait = 0): Promise<T> {
    try {
      return await withDeadline(wait + answerDeadline, work);
    } catch (error) {
      throw toSessionProblem(error, sessionId);
    }
  }

  async function settle(
    delivery: Delivery,
    work: (message: ServiceBusReceivedMessage) => Promise<void>,
  ): Promise<void> {
    const message = out.get(delivery.sequenceNumber);
    if (!message) throw new Error(`Message ${delivery.sequenceNumber} is not out to this session`);
    await inTime(() => work(message));
    out.delete(delivery.sequenceNumber);
  }

  const park = (message: ServiceBusReceivedMessage, reason: string) =>
    receiver.deadLetterMessage(message, {
      deadLetterReason: reason.slice(0, MAX_REASON_LENGTH),
      deadLetterErrorDescription: "",
    });

  return {
    sessionId,
    get lockedUntil() {
      return receiver.sessionLockedUntilUtc;
    },
    receive: async (max) => {
      const wait = { maxWaitTimeInMs: receiveWait };
      const messages = await inTime(
        (abortSignal) => receiver.receiveMessages(max, { ...wait, abortSignal }),
        receiveWait,
      );
      return messages.map((message) => {
        const delivery = toDelivery(message, sessionId);
        out.set(delivery.sequenceNumber, message);
        return delivery;
      });
    },
    complete: (delivery) => settle(delivery, (message) => receiver.completeMessage(message)),
    abandon: (delivery, reason) =>
      settle(delivery, (message) =>
        // Left to the broker, the reason would be MaxDeliveryCountExceeded.
        delivery.deliveryCount >= maxDeliveryCount ? park(message, reason) : receiver.abandonMessage(message),
      ),
    deadLetter: (delivery, reason) => settle(delivery, (message) => park(message, reason)),
    renew: async () => {
      await inTime((abortSignal) => receiver.renewSessionLock({ abortSignal }));
    },
    close: () => closeInTime(answerDeadline, () => receiver.close()),
  };
}
