import type { EventContext, Receiver } from "rhea";
import type { Faults } from "./faults.ts";
import { messagesOf } from "./message.ts";
import type { EmulatedQueue } from "./queue.ts";
import { Refusal } from "./refusal.ts";

/**
 * One link on which a client sends: each transfer is kept whole before it is accepted, or refused. One that is too large
 * is refused like any other and does not end the link: https://github.com/Azure/azure-sdk-for-js/issues/23623
 */
export function takeMessages(link: Receiver, queue: EmulatedQueue, faults: Faults): void {
  link.on("message", ({ message, delivery, connection }: EventContext) => {
    try {
      queue.send(messagesOf(message, delivery?.format ?? 0));
      if (!faults.cut("send", connection)) delivery?.accept();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      delivery?.reject(error.amqp);
    }
  });
}
