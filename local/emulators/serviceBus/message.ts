import rhea, { type Message } from "rhea";
import { notImplemented, Refusal } from "./refusal.ts";

/** Service Bus Standard: https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas */
export const MAX_MESSAGE_BYTES = 256 * 1024;

/** AMQP's own format, and the one in which Azure's SDKs send several messages as data sections of one. */
const PLAIN_FORMAT = 0;
const BATCH_FORMAT = 0x80013700;

/** A message as a queue keeps it. */
export interface StoredMessage {
  readonly sequenceNumber: number;
  readonly enqueuedAt: Date;
  readonly content: Message;
  /** Deliveries before the next one. */
  deliveryCount: number;
}

/** What a client sent in one transfer. Throws a `Refusal` for what Service Bus, or this emulator, does not take. */
export function messagesOf(received: Message | undefined, format: number): readonly Message[] {
  if (received === undefined) throw new Refusal("amqp:decode-error", "A transfer without a message.");
  // rhea hands over a format of its own decoded, and any other as bytes.
  const bytes = Buffer.isBuffer(received) ? received : rhea.message.encode(received);
  if (bytes.length > MAX_MESSAGE_BYTES) {
    throw new Refusal(
      "amqp:link:message-size-exceeded",
      `The message has ${bytes.length} bytes; the link takes ${MAX_MESSAGE_BYTES}.`,
    );
  }
  if (format !== PLAIN_FORMAT && format !== BATCH_FORMAT) {
    throw notImplemented("message formats beside AMQP's and batches");
  }
  const messages = format === BATCH_FORMAT ? unpack(bytes) : [received];
  messages.forEach(check);
  return messages;
}

function unpack(batch: Buffer): readonly Message[] {
  const { body } = rhea.message.decode(batch);
  const sections: readonly unknown[] = body?.multiple ? body.content : [body?.content];
  if (!sections.every((section) => Buffer.isBuffer(section))) {
    throw new Refusal("amqp:decode-error", "A batch that does not consist of data sections.");
  }
  return sections.map((section) => ({ body: undefined, ...rhea.message.decode(section) }));
}

function check(message: Message): void {
  if (!message.group_id) {
    // https://learn.microsoft.com/azure/service-bus-messaging/message-sessions
    throw new Refusal("amqp:not-allowed", "A queue with sessions takes no message without a session id.");
  }
  if (message.ttl !== undefined) throw notImplemented("time to live");
  if (message.message_annotations?.["x-opt-partition-key"] !== undefined) throw notImplemented("partition keys");
}

/** When the message is to appear on the queue. Undefined: at once. */
export function scheduledFor(message: Message): Date | undefined {
  const time: unknown = message.message_annotations?.["x-opt-scheduled-enqueue-time"];
  if (time instanceof Date) return time;
  return typeof time === "number" ? new Date(time) : undefined;
}

/**
 * As it goes out, with the broker's annotations:
 * https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide#message-annotations
 */
export function toAmqp(stored: StoredMessage, lockedUntil?: Date): Message {
  return {
    ...stored.content,
    delivery_count: stored.deliveryCount,
    message_annotations: {
      ...stored.content.message_annotations,
      "x-opt-sequence-number": rhea.types.wrap_long(stored.sequenceNumber),
      "x-opt-enqueued-time": stored.enqueuedAt,
      ...(lockedUntil && { "x-opt-locked-until": lockedUntil }),
    },
  };
}
