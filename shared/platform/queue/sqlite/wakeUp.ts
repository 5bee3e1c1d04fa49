import type { DatabaseSync } from "node:sqlite";
import type { QueueName } from "../queues.ts";

/** See `SqliteQueue.nextDueAt`. Three looks into indexes. */
export function createWakeUp(db: DatabaseSync): (queue: QueueName) => Date | undefined {
  const free = db.prepare("SELECT min(waiting_since) AS at FROM lanes WHERE queue = ? AND lock IS NULL");
  const scheduled = db.prepare("SELECT min(due_at) AS at FROM scheduled WHERE queue = ?");
  // Walks the locked lanes only, which are as many as there are receivers; the planner would rather walk all of the queue's.
  const locked = db.prepare(
    `SELECT locked_until AS at FROM lanes INDEXED BY lanes_locked
     WHERE lock IS NOT NULL AND queue = ? ORDER BY locked_until LIMIT 1`,
  );
  return (queue) => {
    const times = [free, scheduled, locked].map((statement) => statement.get(queue)?.at);
    const earliest = times.filter((at) => typeof at === "number");
    return earliest.length > 0 ? new Date(Math.min(...earliest)) : undefined;
  };
}
