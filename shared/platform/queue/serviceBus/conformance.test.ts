import { setTimeout as wait } from "node:timers/promises";
import { describe } from "vitest";
import { conformanceTraceparent, describeQueue } from "../conformance.ts";
import type { Queue } from "../port.ts";
import { QUEUES } from "../queues.ts";
import { openServiceBusQueue } from "./serviceBusQueue.ts";

/**
 * Against a namespace, or an emulator, whose queue `events` is made as `QUEUES` declares it: sessions, duplicate detection,
 * lock and delivery count. What is in it is thrown away. Takes minutes: locks run out in real time.
 */
const connectionString = process.env.SERVICEBUS_CONNECTION;

if (connectionString) {
  describeQueue(
    "Service Bus",
    async () => {
      const queue = openServiceBusQueue(
        { connectionString },
        { currentTraceparent: conformanceTraceparent, acceptWait: 1500 },
      );
      await empty(queue);
      return {
        queue,
        queues: QUEUES,
        pass: (seconds) => wait(seconds * 1000),
        close: async () => {
          await empty(queue);
          await queue.close();
        },
      };
    },
    { realTime: true, timeout: 5 * 60_000 },
  );
} else {
  describe.skip("queue port on Service Bus (set SERVICEBUS_CONNECTION)");
}

async function empty(queue: Queue): Promise<void> {
  await queue.deadLetters.replay("events");
  for (
    let session = await queue.acceptNextSession("events");
    session;
    session = await queue.acceptNextSession("events")
  ) {
    for (let found = await session.receive(50); found.length > 0; found = await session.receive(50)) {
      for (const delivery of found) await session.complete(delivery);
    }
    await session.close();
  }
}
