import type { Clock } from "../../clock.ts";
import { QUEUES, type QueueDeclaration, type QueueName } from "../queues.ts";

/** A clock that stands still until it is told to move. */
export interface SteppedClock extends Clock {
  advance(milliseconds: number): void;
}

export function createSteppedClock(start = Date.now()): SteppedClock {
  let now = start;
  return {
    now: () => new Date(now),
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
    advance: (milliseconds) => {
      now += milliseconds;
    },
  };
}

/** The product's queues with fewer deliveries, so that tests reach the last one soon. */
export function testQueues(maxDeliveryCount: number): Record<QueueName, QueueDeclaration> {
  const few = { maxDeliveryCount };
  return {
    inbound: { ...QUEUES.inbound, ...few },
    outbound: { ...QUEUES.outbound, ...few },
    media: { ...QUEUES.media, ...few },
    events: { ...QUEUES.events, ...few },
  };
}
