import { writeSync } from "node:fs";
import { systemClock } from "../../clock.ts";
import { openSqliteQueue } from "./sqliteQueue.ts";
import { testQueues } from "./testing.ts";

/**
 * The process that crash.test.ts kills: it reports each step on its standard output, before or after it as the name says,
 * with a synchronous write, so that what it has reported is not lost with it.
 * In mode "poison" it dies of a message, and ends by itself when nothing is left to accept.
 * Arguments: the file; "load" or "poison"; the number of the first message to send.
 */
const [file = "", mode = "load", first = "0"] = process.argv.slice(2);
const LANES = 7;
const report = (step: "accepted" | "completing" | "completed", id: unknown) => writeSync(1, `${step} ${id}\n`);
const queue = openSqliteQueue({ file, clock: systemClock, queues: testQueues(mode === "poison" ? 3 : 1000) });

let next = Number(first);

async function send(): Promise<void> {
  for (;;) {
    const id = next++;
    await queue.send("events", [{ messageId: `m${id}`, sessionId: `lane-${id % LANES}`, body: id }]);
    report("accepted", id);
  }
}

async function receive(): Promise<void> {
  for (;;) {
    const session = await queue.acceptNextSession("events");
    if (!session && mode === "poison") return;
    const deliveries = (await session?.receive(mode === "poison" ? 1 : 3)) ?? [];
    for (const delivery of deliveries) {
      if (mode === "poison" && delivery.body === "poison") process.kill(process.pid, "SIGKILL");
      report("completing", delivery.body);
      await session?.complete(delivery);
      report("completed", delivery.body);
    }
    await session?.close();
  }
}

await queue.releaseLocks();
await Promise.all(mode === "poison" ? [receive()] : [send(), send(), send(), receive(), receive()]);
await queue.close();
