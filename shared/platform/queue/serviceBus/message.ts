import type { ServiceBusMessage, ServiceBusReceivedMessage } from "@azure/service-bus";
import type { Envelope } from "../envelope.ts";
import type { Delivery } from "../port.ts";

/** The id a replayed message was first sent with. Its own must be new, or duplicate detection would swallow it. */
const ORIGINAL_ID = "originalMessageId";
const MAX_ID_LENGTH = 128;

/** What is read of a received message. */
export type ReceivedMessage = Pick<
  ServiceBusReceivedMessage,
  "messageId" | "sessionId" | "body" | "contentType" | "deliveryCount" | "enqueuedTimeUtc" | "applicationProperties"
> & { readonly sequenceNumber?: { toNumber(): number } };

/** `Diagnostic-Id` is where Azure's own tools and the Functions host look for the W3C trace. */
export function toServiceBusMessage(envelope: Envelope, traceparent: string | undefined): ServiceBusMessage {
  return {
    messageId: envelope.messageId,
    sessionId: envelope.sessionId,
    // Bytes are sent as they are; the SDK would serialise a string once more.
    body: Buffer.from(envelope.body),
    contentType: "application/json",
    ...(envelope.deliverAt && { scheduledEnqueueTimeUtc: envelope.deliverAt }),
    ...(traceparent && { applicationProperties: { traceparent, "Diagnostic-Id": traceparent } }),
  };
}

export function toDelivery(message: ReceivedMessage, sessionId: string): Delivery {
  return {
    messageId: originalId(message),
    sessionId,
    body: message.body,
    // AMQP counts the deliveries before this one.
    deliveryCount: (message.deliveryCount ?? 0) + 1,
    enqueuedAt: message.enqueuedTimeUtc ?? new Date(0),
    sequenceNumber: sequenceOf(message),
    traceparent: property(message, "traceparent"),
  };
}

/** Exact up to 2^53: the queues are not partitioned, so the numbers count from 1. */
export function sequenceOf(message: ReceivedMessage): number {
  return message.sequenceNumber?.toNumber() ?? 0;
}

export function originalId(message: ReceivedMessage): string {
  return property(message, ORIGINAL_ID) ?? String(message.messageId ?? "");
}

/**
 * A parked message to be sent once more. Its id is made of the parked message's number, so that a replay which is
 * interrupted between the send and the removal meets duplicate detection when it is repeated.
 */
export function toReplay(message: ReceivedMessage): ServiceBusMessage {
  const original = originalId(message);
  const suffix = `~${sequenceOf(message)}`;
  const {
    DeadLetterReason: _reason,
    DeadLetterErrorDescription: _description,
    ...kept
  } = message.applicationProperties ?? {};
  return {
    messageId: original.slice(0, MAX_ID_LENGTH - suffix.length) + suffix,
    body: message.body,
    ...(message.sessionId && { sessionId: message.sessionId }),
    ...(message.contentType && { contentType: message.contentType }),
    applicationProperties: { ...kept, [ORIGINAL_ID]: original },
  };
}

function property(message: ReceivedMessage, name: string): string | undefined {
  const value = message.applicationProperties?.[name];
  return typeof value === "string" ? value : undefined;
}
