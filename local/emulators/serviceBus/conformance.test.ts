import { setTimeout as wait } from "node:timers/promises";
import { conformanceTraceparent, describeQueue } from "../../../shared/platform/queue/conformance.ts";
import type { Queue } from "../../../shared/platform/queue/port.ts";
import { QUEUES } from "../../../shared/platform/queue/queues.ts";
import { openServiceBusQueue } from "../../../shared/platform/queue/serviceBus/serviceBusQueue.ts";
import { fixedClock } from "../../../shared/platform/testing/fixedClock.ts";
import { startServiceBusEmulator } from "./server.ts";

/**
 * A namespace whose queue `events` is made as `QUEUES` declares it: sessions, duplicate detection, lock and delivery count.
 * What is in it is thrown away. Takes minutes: locks run out in real time.
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
  describeQueue(
    "Service Bus's emulator",
    async () => {
      const clock = fixedClock(new Date().toISOString());
      const emulator = await startServiceBusEmulator({ clock });
      // Azure's SDK waits in real time.
      const queue = openServiceBusQueue(
        { connectionString: emulator.connectionString },
        { currentTraceparent: conformanceTraceparent, acceptWait: 500, receiveWait: 100 },
      );
      return {
        queue,
        queues: QUEUES,
        pass: async (seconds) => clock.advance(seconds * 1000),
        close: async () => {
          await queue.close();
          await emulator.close();
        },
      };
    },
    { realTime: false, timeout: 20_000 },
  );
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
