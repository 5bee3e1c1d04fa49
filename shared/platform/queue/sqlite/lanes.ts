import { randomInt } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { QueueDeclaration, QueueName } from "../queues.ts";
import { integer, type Row, text } from "./rows.ts";

const LOCKS = 2 ** 47;
/** Bounds what one transaction tidies up; the rest follows with the next one. */
const MAX_TIDIED = 5000;
/** Milliseconds after which to look what other processes have scheduled and locked. */
const LOOK_MILLISECONDS = 250;

/** A lane locked for one receiver. */
export interface LockedLane {
  readonly id: number;
  readonly sessionId: string;
  readonly lock: number;
  /** Milliseconds since 1970. */
  readonly lockedUntil: number;
}

/** What is appended to a lane. Times are milliseconds since 1970, `body` is JSON. */
export interface LaneMessage {
  readonly queue: string;
  readonly sessionId: string;
  readonly messageId: string;
  readonly enqueuedAt: number;
  readonly traceparent: string | null;
  readonly body: string;
}

export type Lanes = ReturnType<typeof createLanes>;

/** Everything that touches lanes and their messages. Synchronous; every function runs inside a transaction of its caller. */
export function createLanes(db: DatabaseSync, queues: Readonly<Record<QueueName, QueueDeclaration>>) {
  const sql = prepare(db);
  let sequence = 0;
  let storedSequence = 0;

  const readSequence = () => {
    storedSequence = sequence = integer(sql.readSequence.get() ?? {}, "last");
  };
  const writeSequence = () => {
    if (sequence !== storedSequence) sql.writeSequence.run(sequence);
  };
  const nextSequence = () => ++sequence;

  let nextDue = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;
  /** Something becomes due, or a lock runs out, at this time. */
  const expect = (at: number) => {
    nextDue = Math.min(nextDue, at);
  };

  /** Puts in their lanes what has become due and frees lanes whose locks ran out, where there is something to be done. */
  function tidy(now: number): void {
    const sinceLook = now - lookedAt;
    if (now < nextDue && sinceLook >= 0 && sinceLook < LOOK_MILLISECONDS) return;
    appendDue(now);
    freeExpired(now);
    lookedAt = now;
    nextDue = Number.POSITIVE_INFINITY;
    for (const statement of [sql.firstDue, sql.firstExpiry]) {
      const at = statement.get()?.at;
      if (typeof at === "number") expect(at);
    }
  }

  function schedule(message: LaneMessage & { readonly dueAt: number }): void {
    const { queue, sessionId, messageId, dueAt, traceparent, body } = message;
    sql.schedule.run(nextSequence(), queue, sessionId, messageId, dueAt, traceparent, body);
    expect(dueAt);
  }

  function append(message: LaneMessage): void {
    const { queue, sessionId, enqueuedAt } = message;
    const lane =
      sql.findLane.get(queue, sessionId) ?? sql.addLane.get(queue, sessionId, enqueuedAt) ?? ({} satisfies Row);
    sql.addMessage.run(
      nextSequence(),
      integer(lane, "id"),
      message.messageId,
      enqueuedAt,
      message.traceparent,
      message.body,
    );
  }

  /** Scheduled messages whose time has come join their lanes, as if they had been sent at that moment. */
  function appendDue(now: number): void {
    for (const row of sql.dueScheduled.all(now, MAX_TIDIED)) {
      append({
        queue: text(row, "queue"),
        sessionId: text(row, "session_id"),
        messageId: text(row, "message_id"),
        enqueuedAt: integer(row, "due_at"),
        traceparent: row.traceparent === null ? null : text(row, "traceparent"),
        body: text(row, "body"),
      });
      sql.dropScheduled.run(integer(row, "seq"));
    }
  }

  /** The longest-waiting free lane of the queue, locked; undefined when no lane has anything to hand out. */
  function lock(queue: QueueName, now: number): LockedLane | undefined {
    const row = sql.firstFree.get(queue);
    if (!row) return undefined;
    const locked = {
      id: integer(row, "id"),
      sessionId: text(row, "session_id"),
      lock: randomInt(LOCKS),
      lockedUntil: now + queues[queue].lockSeconds * 1000,
    };
    sql.lockLane.run(locked.lock, locked.lockedUntil, locked.id);
    expect(locked.lockedUntil);
    return locked;
  }

  /** Frees a lane at its oldest message's place in the line of lanes, or drops it when it is empty. */
  function free(laneId: number): void {
    const head = sql.head.get(laneId);
    if (head) sql.freeLane.run(integer(head, "enqueued_at"), laneId);
    else sql.dropLane.run(laneId);
  }

  function park(seq: number, reason: string): void {
    sql.copyToDead.run(reason, seq);
    sql.dropMessage.run(seq);
  }

  /**
   * Frees lanes whose locks ran out by `now`, and parks what was on its last delivery then: its receiver most likely
   * died of it. Only the head of a lane is looked at, since nothing is handed out past a message never delivered.
   */
  function freeExpired(now: number): number {
    const expired = sql.expiredLanes.all(now, MAX_TIDIED);
    for (const row of expired) {
      const lane = integer(row, "id");
      const { maxDeliveryCount } = declarationOf(text(row, "queue"));
      for (const seq of takenSequences(lane, integer(row, "lock"), maxDeliveryCount)) {
        park(seq, `The receiver stopped or lost its lock on delivery ${maxDeliveryCount}, the last allowed.`);
      }
      free(lane);
    }
    return expired.length;
  }

  function takenSequences(lane: number, lockNumber: number, minDeliveries: number): number[] {
    const sequences: number[] = [];
    for (const row of sql.laneInOrder.iterate(lane)) {
      const deliveries = integer(row, "delivery_count");
      if (deliveries === 0) break;
      if (row.taken_by === lockNumber && deliveries >= minDeliveries) sequences.push(integer(row, "seq"));
    }
    return sequences;
  }

  function declarationOf(queue: string): QueueDeclaration {
    const found = Object.entries(queues).find(([name]) => name === queue);
    if (!found) throw new Error(`The queue file holds a queue that is not declared: ${queue}`);
    return found[1];
  }

  return { readSequence, writeSequence, append, schedule, tidy, lock, free, park, freeExpired };
}

function prepare(db: DatabaseSync) {
  return {
    readSequence: db.prepare("SELECT last FROM sequence"),
    writeSequence: db.prepare("UPDATE sequence SET last = ?"),
    findLane: db.prepare("SELECT id FROM lanes WHERE queue = ? AND session_id = ?"),
    addLane: db.prepare("INSERT INTO lanes (queue, session_id, waiting_since) VALUES (?, ?, ?) RETURNING id"),
    addMessage: db.prepare(
      "INSERT INTO messages (seq, lane, message_id, enqueued_at, traceparent, body) VALUES (?, ?, ?, ?, ?, ?)",
    ),
    schedule: db.prepare(
      "INSERT INTO scheduled (seq, queue, session_id, message_id, due_at, traceparent, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ),
    firstDue: db.prepare("SELECT min(due_at) AS at FROM scheduled"),
    firstExpiry: db.prepare("SELECT min(locked_until) AS at FROM lanes WHERE lock IS NOT NULL"),
    dueScheduled: db.prepare("SELECT * FROM scheduled WHERE due_at <= ? ORDER BY due_at, seq LIMIT ?"),
    dropScheduled: db.prepare("DELETE FROM scheduled WHERE seq = ?"),
    firstFree: db.prepare(
      "SELECT id, session_id FROM lanes WHERE queue = ? AND lock IS NULL ORDER BY waiting_since, id LIMIT 1",
    ),
    lockLane: db.prepare("UPDATE lanes SET lock = ?, locked_until = ? WHERE id = ?"),
    head: db.prepare("SELECT enqueued_at FROM messages WHERE lane = ? ORDER BY seq LIMIT 1"),
    freeLane: db.prepare("UPDATE lanes SET lock = NULL, waiting_since = ? WHERE id = ?"),
    dropLane: db.prepare("DELETE FROM lanes WHERE id = ?"),
    expiredLanes: db.prepare(
      "SELECT id, queue, lock FROM lanes WHERE lock IS NOT NULL AND locked_until <= ? ORDER BY locked_until LIMIT ?",
    ),
    laneInOrder: db.prepare("SELECT seq, delivery_count, taken_by FROM messages WHERE lane = ? ORDER BY seq"),
    copyToDead: db.prepare(
      `INSERT INTO dead (queue, seq, session_id, message_id, enqueued_at, delivery_count, reason, traceparent, body)
       SELECT lanes.queue, seq, session_id, message_id, enqueued_at, delivery_count, ?, traceparent, body
       FROM messages JOIN lanes ON lanes.id = messages.lane WHERE seq = ?`,
    ),
    dropMessage: db.prepare("DELETE FROM messages WHERE seq = ?"),
  };
}
