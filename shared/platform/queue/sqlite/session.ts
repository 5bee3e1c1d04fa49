import type { DatabaseSync } from "node:sqlite";
import type { GroupCommit } from "../../sqlite/groupCommit.ts";
import { type Delivery, type QueueSession, SessionLost } from "../port.ts";
import type { QueueDeclaration } from "../queues.ts";
import type { Lanes, LockedLane } from "./lanes.ts";
import { integer, optionalText, type Row, text } from "./rows.ts";

const MAX_REASON_LENGTH = 1024;

/** Makes the sessions of one connection, which share its prepared statements. */
export function createSessions(db: DatabaseSync, group: GroupCommit, lanes: Lanes) {
  const shared: Shared = { sql: prepare(db), group, lanes, generation: 0 };
  return {
    open: (lane: LockedLane, declaration: QueueDeclaration) => openSession(shared, lane, declaration),
    /** All that are open have lost their lanes. */
    loseAll: () => {
      shared.generation++;
    },
  };
}

interface Shared {
  readonly sql: Statements;
  readonly group: GroupCommit;
  readonly lanes: Lanes;
  /** Counts the times that all sessions were lost at once. */
  generation: number;
}

type Statements = ReturnType<typeof prepare>;

function openSession(
  shared: Shared,
  { id, sessionId, lock, lockedUntil }: LockedLane,
  { lockSeconds, maxDeliveryCount }: QueueDeclaration,
): QueueSession {
  const { sql, group, lanes, generation } = shared;
  let until = lockedUntil;
  /** Sequence numbers handed out and not settled. */
  const out = new Set<number>();

  /** Until then nobody else can have taken the lane, so the file need not be asked. */
  function requireLock(now: number): void {
    if (now >= until || shared.generation !== generation)
      throw new SessionLost(`The lock on session ${sessionId} was lost`);
  }

  function requireOut(delivery: Delivery): void {
    if (!out.has(delivery.sequenceNumber))
      throw new Error(`Message ${delivery.sequenceNumber} is not out to this session`);
  }

  /**
   * Runs `change` when the lane and the delivery are still this session's, and forgets the delivery once it is committed.
   * Cheap: a power cut that undoes it brings the message back, which delivery at least once allows and a send never may.
   */
  async function settle(delivery: Delivery, change: () => void): Promise<void> {
    const run = (now: number) => {
      requireLock(now);
      requireOut(delivery);
      change();
    };
    await group.run("cheap", run, "writes-last");
    out.delete(delivery.sequenceNumber);
  }

  return {
    sessionId,
    get lockedUntil() {
      return new Date(until);
    },
    receive: async (max) => {
      const take = (now: number) => {
        requireLock(now);
        const found = sql.receive.all(id, lock, max);
        for (const row of found) sql.take.run(lock, integer(row, "seq"));
        return found;
      };
      const rows = await group.run("cheap", take, "writes-last");
      for (const row of rows) out.add(integer(row, "seq"));
      return rows.map((row) => toDelivery(row, sessionId));
    },
    complete: (delivery) => settle(delivery, () => sql.drop.run(delivery.sequenceNumber)),
    abandon: (delivery, reason) =>
      settle(delivery, () => {
        if (delivery.deliveryCount >= maxDeliveryCount) lanes.park(delivery.sequenceNumber, shorten(reason));
        else sql.giveBack.run(delivery.sequenceNumber);
      }),
    deadLetter: (delivery, reason) => settle(delivery, () => lanes.park(delivery.sequenceNumber, shorten(reason))),
    renew: async () => {
      const prolong = (now: number) => {
        requireLock(now);
        const next = now + lockSeconds * 1000;
        sql.renew.run(next, id);
        return next;
      };
      until = await group.run("cheap", prolong, "writes-last");
    },
    close: async () => {
      const free = (now: number) => {
        if (!sql.isLocked.get(id, lock, now)) return;
        for (const seq of out) sql.untake.run(seq);
        lanes.free(id);
      };
      await group.run("cheap", free, "writes-last");
      until = 0;
      out.clear();
    },
  };
}

function toDelivery(row: Row, sessionId: string): Delivery {
  return {
    messageId: text(row, "message_id"),
    sessionId,
    body: JSON.parse(text(row, "body")),
    deliveryCount: integer(row, "delivery_count") + 1,
    enqueuedAt: new Date(integer(row, "enqueued_at")),
    sequenceNumber: integer(row, "seq"),
    traceparent: optionalText(row, "traceparent"),
  };
}

function shorten(reason: string): string {
  return reason.length > MAX_REASON_LENGTH ? `${reason.slice(0, MAX_REASON_LENGTH - 1)}…` : reason;
}

function prepare(db: DatabaseSync) {
  return {
    isLocked: db.prepare("SELECT 1 FROM lanes WHERE id = ? AND lock = ? AND locked_until > ?"),
    receive: db.prepare(
      `SELECT seq, message_id, enqueued_at, delivery_count, traceparent, body
       FROM messages WHERE lane = ? AND taken_by IS NOT ? ORDER BY seq LIMIT ?`,
    ),
    take: db.prepare("UPDATE messages SET taken_by = ?, delivery_count = delivery_count + 1 WHERE seq = ?"),
    giveBack: db.prepare("UPDATE messages SET taken_by = NULL WHERE seq = ?"),
    // Closed without having been settled: Service Bus does not count that as a delivery either.
    untake: db.prepare("UPDATE messages SET taken_by = NULL, delivery_count = delivery_count - 1 WHERE seq = ?"),
    drop: db.prepare("DELETE FROM messages WHERE seq = ?"),
    renew: db.prepare("UPDATE lanes SET locked_until = ? WHERE id = ?"),
  };
}
