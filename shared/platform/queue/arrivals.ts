import { channel } from "node:diagnostics_channel";
import type { QueueName } from "./queues.ts";

/**
 * How the local host, in the same process but with its own copy of this code, hears at once that the bundle has put
 * something on a SQLite queue. Only a nudge: the host also polls, for messages that become due or come from another process.
 */
const arrivals = channel("cordboard.queue.arrivals");

export function announceArrival(queue: QueueName): void {
  arrivals.publish(queue);
}

/** Calls `listener` with the queue's name after each durable send in this process; returns how to stop. */
export function onArrival(listener: (queue: QueueName) => void): () => void {
  const handler = (message: unknown) => listener(message as QueueName);
  arrivals.subscribe(handler);
  return () => arrivals.unsubscribe(handler);
}
