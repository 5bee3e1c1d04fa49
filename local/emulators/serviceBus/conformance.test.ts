import type { Clock } from "../../../shared/platform/clock.ts";
import { conformanceTraceparent, describeQueue } from "../../../shared/platform/queue/conformance.ts";
import { openServiceBusQueue } from "../../../shared/platform/queue/serviceBus/serviceBusQueue.ts";
import { testQueues } from "../../../shared/platform/queue/sqlite/testing.ts";
import { startServiceBusEmulator } from "./server.ts";

/** Azure's SDK waits in real time, while locks, schedules and the duplicate window go by a clock that can be put forward. */
function movableClock(): Clock & { advance(milliseconds: number): void } {
  let ahead = 0;
  return {
    now: () => new Date(Date.now() + ahead),
    sleep: async () => {},
    advance: (milliseconds) => {
      ahead += milliseconds;
    },
  };
}

describeQueue(
  "Service Bus, on the emulator",
  async () => {
    const clock = movableClock();
    const queues = testQueues(3);
    const emulator = await startServiceBusEmulator({ queues, clock });
    const queue = openServiceBusQueue(
      { connectionString: emulator.connectionString },
      { queues, currentTraceparent: conformanceTraceparent, acceptWait: 500, receiveWait: 100 },
    );
    return {
      queue,
      queues,
      pass: async (seconds) => clock.advance(seconds * 1000),
      close: async () => {
        await queue.close();
        await emulator.close();
      },
    };
  },
  { realTime: false, timeout: 20_000 },
);
