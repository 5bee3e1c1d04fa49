import { QUEUES, type QueueDeclaration, type QueueName } from "../queues.ts";

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
