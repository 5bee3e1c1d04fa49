/**
 * The queues, declared once: the functions' triggers, SQLite's queues and bicep's Service Bus queues come from here.
 * All have sessions: a session is one ordered lane with one receiver at a time (DOMAIN: lanes).
 */
export interface QueueDeclaration {
  /** What one lane is; the session id names it. */
  readonly lane: string;
  /** Deliveries after which a message is parked in the dead-letter queue. */
  readonly maxDeliveryCount: number;
  /** Seconds a delivery is locked before it is renewed or handed out again; Service Bus allows at most 300. */
  readonly lockSeconds: number;
  /** Seconds in which a second message with the same messageId is dropped; Service Bus allows at most 7 days. */
  readonly duplicateWindowSeconds: number;
}

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

export const QUEUES = {
  /** Verified events from outside. The window is Service Bus's longest; older replays meet the stored message. */
  inbound: { lane: "channel + contact", maxDeliveryCount: 5, lockSeconds: 60, duplicateWindowSeconds: 7 * DAY },
  /** Wake-ups to send what a conversation has queued. */
  outbound: { lane: "conversation", maxDeliveryCount: 10, lockSeconds: 60, duplicateWindowSeconds: 10 * MINUTE },
  /** Files to fetch. */
  media: { lane: "message", maxDeliveryCount: 5, lockSeconds: 300, duplicateWindowSeconds: DAY },
  /** Domain events for their consumers. */
  events: { lane: "subject", maxDeliveryCount: 10, lockSeconds: 60, duplicateWindowSeconds: DAY },
} as const satisfies Record<string, QueueDeclaration>;

export type QueueName = keyof typeof QUEUES;
