import type { DatabaseSync } from "node:sqlite";
import type { GroupCommit } from "../../sqlite/groupCommit.ts";
import { announceArrival } from "../arrivals.ts";
import type { DeadLetter, DeadLetters } from "../port.ts";
import type { QueueName } from "../queues.ts";
import type { Lanes } from "./lanes.ts";
import { integer, type Row, text } from "./rows.ts";

/** Messages moved back in one transaction. */
const CHUNK = 200;

/** A replay moves each message within one transaction, so that it is on exactly one side at any time. */
export function createDeadLetters(db: DatabaseSync, group: GroupCommit, lanes: Lanes): DeadLetters {
  const list = db.prepare("SELECT * FROM dead WHERE queue = ? ORDER BY seq LIMIT ?");
  const sequences = db.prepare("SELECT seq FROM dead WHERE queue = ? ORDER BY seq");
  const read = db.prepare("SELECT * FROM dead WHERE queue = ? AND seq = ?");
  const drop = db.prepare("DELETE FROM dead WHERE queue = ? AND seq = ?");

  function replayOne(queue: QueueName, seq: number, now: number): boolean {
    const row = read.get(queue, seq);
    if (!row) return false;
    lanes.append({
      queue,
      sessionId: text(row, "session_id"),
      messageId: text(row, "message_id"),
      enqueuedAt: now,
      traceparent: row.traceparent === null ? null : text(row, "traceparent"),
      body: text(row, "body"),
    });
    drop.run(queue, seq);
    return true;
  }

  return {
    list: async (queue, limit) => {
      if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new RangeError("limit must be 1 to 1000");
      return list.all(queue, limit).map(toDeadLetter(queue));
    },
    replay: async (queue, sequenceNumbers) => {
      // Fixed at the start: what is parked again meanwhile is not replayed twice by one command.
      const wanted = sequenceNumbers ?? sequences.all(queue).map((row) => integer(row, "seq"));
      let replayed = 0;
      for (let start = 0; start < wanted.length; start += CHUNK) {
        const chunk = wanted.slice(start, start + CHUNK);
        replayed += await group.run("durable", (now) => chunk.filter((seq) => replayOne(queue, seq, now)).length);
        announceArrival(queue);
      }
      return replayed;
    },
  };
}

function toDeadLetter(queue: QueueName): (row: Row) => DeadLetter {
  return (row) => ({
    queue,
    messageId: text(row, "message_id"),
    sessionId: text(row, "session_id"),
    reason: text(row, "reason"),
    deliveryCount: integer(row, "delivery_count"),
    enqueuedAt: new Date(integer(row, "enqueued_at")),
    sequenceNumber: integer(row, "seq"),
  });
}
