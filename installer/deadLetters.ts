import type { DeadLetter, Queue } from "../shared/platform/queue/port.ts";
import type { QueueName } from "../shared/platform/queue/queues.ts";
import type { Output } from "./command.ts";
import { table } from "./table.ts";

/** As many per queue are shown at once. */
const SHOWN = 1000;

export async function listDeadLetters(queue: Queue, names: readonly QueueName[], output: Output): Promise<number> {
  const letters: DeadLetter[] = [];
  for (const name of names) {
    const found = await queue.deadLetters.list(name, SHOWN);
    letters.push(...found);
    if (found.length === SHOWN) output.fail(`Only the first ${SHOWN} of ${name} are shown.`);
  }
  if (letters.length === 0) {
    output.write(`No dead letters in ${names.join(", ")}.`);
    return 0;
  }
  output.write(table(["queue", "sequence", "lane", "deliveries", "reason", "since"], letters.map(toRow)));
  return 0;
}

function toRow(letter: DeadLetter): string[] {
  const { queue, sequenceNumber, sessionId, deliveryCount, reason, enqueuedAt } = letter;
  return [queue, String(sequenceNumber), sessionId, String(deliveryCount), reason, enqueuedAt.toISOString()];
}

export async function replayDeadLetters(
  queue: Queue,
  name: QueueName,
  sequenceNumbers: readonly number[] | undefined,
  output: Output,
): Promise<number> {
  const wanted = sequenceNumbers && new Set(sequenceNumbers);
  const replayed = await queue.deadLetters.replay(name, wanted && [...wanted]);
  output.write(`Replayed ${replayed} ${replayed === 1 ? "message" : "messages"} of ${name}.`);
  const missing = wanted ? wanted.size - replayed : 0;
  if (missing === 0) return 0;
  output.fail(
    `${missing} of the sequence numbers named ${missing === 1 ? "is" : "are"} not in the dead letters of ${name}.`,
  );
  return 1;
}
