import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixedClock } from "../../testing/fixedClock.ts";
import { conformanceTraceparent, describeQueue, type QueueHarness } from "../conformance.ts";
import { openSqliteQueue } from "./sqliteQueue.ts";
import { testQueues } from "./testing.ts";

function openHarness(file: string, cleanUp: () => Promise<void>): QueueHarness {
  const clock = fixedClock(new Date().toISOString());
  const queues = testQueues(3);
  const queue = openSqliteQueue({ file, clock, queues, currentTraceparent: conformanceTraceparent });
  return {
    queue,
    queues,
    pass: async (seconds) => clock.advance(seconds * 1000),
    close: async () => {
      await queue.close();
      await cleanUp();
    },
  };
}

describeQueue("SQLite in memory", async () => openHarness(":memory:", async () => {}), { realTime: false });

describeQueue(
  "SQLite in a file",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "cordboard-queue-"));
    return openHarness(join(folder, "data", "queue.db"), () => rm(folder, { recursive: true }));
  },
  { realTime: false },
);
