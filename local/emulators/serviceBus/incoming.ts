import type { EventContext, Receiver } from "rhea";
import type { Faults } from "./faults.ts";
import { messagesOf } from "./message.ts";
import type { EmulatedQueue } from "./queue.ts";
import { Refusal } from "./refusal.ts";

/** One link on which a client sends: each transfer is kept whole before it is accepted, or refused. */
export function takeMessages(link: Receiver, queue: EmulatedQueue, faults: Faults): void {
  link.on("message", ({ message, delivery, connection }: EventContext) => {
    try {
      queue.send(messagesOf(message, delivery?.format ?? 0));
      if (!faults.cut("send", connection)) delivery?.accept();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // AMQP 1.0, 2.8.19: too large a message is the link's error; everything else is the delivery's.
      if (error.condition === "amqp:link:message-size-exceeded") link.close(error.amqp);
      else delivery?.reject(error.amqp);
    }
  });
}
