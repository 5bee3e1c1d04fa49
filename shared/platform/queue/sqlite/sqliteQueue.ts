import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../clock.ts";
import { createGroupCommit, unavailable } from "../../sqlite/groupCommit.ts";
import { announceArrival } from "../arrivals.ts";
import { type Envelope, seal } from "../envelope.ts";
import type { Queue } from "../port.ts";
import { QUEUES, type QueueDeclaration, type QueueName } from "../queues.ts";
import { createDeadLetters } from "./deadLetters.ts";
import { createLanes } from "./lanes.ts";
import { prepareDatabase } from "./schema.ts";
import { createSeen } from "./seen.ts";
import { createSessions } from "./session.ts";
import { createWakeUp } from "./wakeUp.ts";

export interface SqliteQueueOptions {
  /** Path of the database, made with its folder where missing; or ":memory:". */
  readonly file: string;
  readonly clock: Clock;
  /** Default: the product's `QUEUES`. */
  readonly queues?: Readonly<Record<QueueName, QueueDeclaration>>;
  /** The W3C `traceparent` of whoever calls `send`, kept with the message. Default: none. */
  readonly currentTraceparent?: () => string | undefined;
}

export interface SqliteQueue extends Queue {
  /**
   * Frees every lane: for the local host's start, which alone owns the data folder, so that locks left by a kill need not
   * run out. Deliveries that were out stay counted; those on their last one are parked. Resolves to the number of lanes.
   */
  releaseLocks(): Promise<number>;
  /**
   * When an accept may next find something: a time that has passed when a lane waits now, else the next scheduled message
   * or the next lock to run out; undefined when the queue is empty.
   */
  nextDueAt(queue: QueueName): Date | undefined;
}

/**
 * The queues in one SQLite file, for one machine. Several processes may open it. Throws when the file cannot be opened
 * or was written by a newer version.
 */
export function openSqliteQueue({
  file,
  clock,
  queues = QUEUES,
  currentTraceparent = () => undefined,
}: SqliteQueueOptions): SqliteQueue {
  if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true });
  const db = new DatabaseSync(file);
  prepareDatabase(db);
  const lanes = createLanes(db, queues);
  const seen = createSeen(db);
  const nextDueAt = createWakeUp(db);
  const group = createGroupCommit(db, {
    now: () => clock.now().getTime(),
    before: (now) => {
      lanes.readSequence();
      lanes.tidy(now);
      seen.purge(now);
    },
    after: lanes.writeSequence,
  });
  const sessions = createSessions(db, group, lanes);

  function enqueue(
    queue: QueueName,
    { messageId, sessionId, body, deliverAt }: Envelope,
    trace: string | null,
    now: number,
  ) {
    if (!seen.add(queue, messageId, now, queues[queue].duplicateWindowSeconds * 1000)) return;
    const dueAt = deliverAt?.getTime() ?? now;
    const message = { queue, sessionId, messageId, enqueuedAt: now, traceparent: trace, body };
    if (dueAt > now) lanes.schedule({ ...message, dueAt });
    else lanes.append(message);
  }

  return {
    send: async (queue, messages) => {
      const envelopes = messages.map(seal);
      const traceparent = currentTraceparent() ?? null;
      if (envelopes.length === 0) return;
      await group.run("durable", (now) => {
        for (const envelope of envelopes) enqueue(queue, envelope, traceparent, now);
      });
      announceArrival(queue);
    },
    acceptNextSession: async (queue) => {
      const lane = await group.run("cheap", (now) => lanes.lock(queue, now), "writes-last");
      return lane && sessions.open(lane, queues[queue]);
    },
    deadLetters: createDeadLetters(db, group, lanes),
    releaseLocks: () =>
      group.run("durable", () => {
        sessions.loseAll();
        return lanes.freeExpired(Number.MAX_SAFE_INTEGER);
      }),
    nextDueAt,
    ping: async () => {
      try {
        db.prepare("SELECT last FROM sequence").get();
      } catch (error) {
        throw unavailable(error);
      }
    },
    close: async () => {
      await group.close();
      if (db.isOpen) db.close();
    },
  };
}
