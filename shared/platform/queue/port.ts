import type { QueueName } from "./queues.ts";

/**
 * Queues as both engines keep them: Service Bus and SQLite, held to one conformance suite. At least once, in order within
 * a session, one receiver of a session at a time.
 */
export interface OutgoingMessage {
  /** Deterministic where a replay is possible: a second one within the queue's duplicate window is dropped. ≤ 128 characters. */
  readonly messageId: string;
  /** The lane. ≤ 128 characters. */
  readonly sessionId: string;
  /** JSON; at most 200 KB serialised, below Service Bus Standard's 256 KB a message. */
  readonly body: unknown;
  /** Not delivered before this time. Default: at once. */
  readonly deliverAt?: Date;
}

export interface QueueSender {
  /**
   * Durable when it resolves. All messages or none per call on SQLite; on Service Bus per batch of one session.
   * Carries the current trace as the application property `traceparent`.
   * Throws `Problem("unavailable")` when the queue refuses, `Problem("too-large")` over the size.
   */
  send(queue: QueueName, messages: readonly OutgoingMessage[]): Promise<void>;
}

/** A message handed out under a lock. */
export interface Delivery {
  readonly messageId: string;
  readonly sessionId: string;
  readonly body: unknown;
  /** 1 on the first delivery. */
  readonly deliveryCount: number;
  readonly enqueuedAt: Date;
  readonly sequenceNumber: number;
  readonly traceparent: string | undefined;
}

/** One lane, locked for this receiver until `lockedUntil`; `renew` prolongs it by the queue's lockSeconds. */
export interface QueueSession {
  readonly sessionId: string;
  readonly lockedUntil: Date;
  /** Up to `max` messages that are due, in order; an empty array when none is. Each stays locked with the session. */
  receive(max: number): Promise<readonly Delivery[]>;
  complete(delivery: Delivery): Promise<void>;
  /** Hands it back; the next delivery counts one more. On the last allowed delivery it is dead-lettered with `reason`. */
  abandon(delivery: Delivery, reason: string): Promise<void>;
  deadLetter(delivery: Delivery, reason: string): Promise<void>;
  /** Throws `SessionLost` when another receiver may have it already. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

export class SessionLost extends Error {
  override readonly name = "SessionLost";
}

export interface QueueReceiver {
  /** Locks a session that has a message due and is not locked, the longest-waiting first; undefined when there is none. */
  acceptNextSession(queue: QueueName): Promise<QueueSession | undefined>;
}

export interface DeadLetter {
  readonly queue: QueueName;
  readonly messageId: string;
  readonly sessionId: string;
  readonly reason: string;
  readonly deliveryCount: number;
  readonly enqueuedAt: Date;
  readonly sequenceNumber: number;
}

/** The operator's hand on what was parked. Bodies are not shown: they are people's messages. */
export interface DeadLetters {
  /** Oldest first; `limit` 1 to 1000. */
  list(queue: QueueName, limit: number): Promise<readonly DeadLetter[]>;
  /**
   * Puts parked messages back at the end of their lanes with a fresh delivery count; all of the queue's, or those named by
   * sequence number. Nothing is lost when it is interrupted: a message is on one of the two sides, at worst on both.
   * Resolves to how many were replayed.
   */
  replay(queue: QueueName, sequenceNumbers?: readonly number[]): Promise<number>;
}

export interface Queue extends QueueSender, QueueReceiver {
  readonly deadLetters: DeadLetters;
  /** Throws when the queue cannot be reached. For health. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
