import type { Delivery } from "../../shared/platform/queue/port.ts";
import type { TypedData } from "./coreTypes.ts";

const json = (value: unknown): TypedData => ({ json: JSON.stringify(value) });

function applicationProperties({ traceparent }: Delivery): Record<string, string> {
  return traceparent === undefined ? {} : { traceparent };
}

/** A body as the Azure host passes it: text, which the library parses when it is JSON. */
const bodyText = (delivery: Delivery): string => JSON.stringify(delivery.body);

/**
 * One message and its metadata in the shapes and with the names that the Azure host sends for cardinality `one`
 * (the library lowers the first letters). Values that are text go the way of text there, so a message id of digits
 * reaches a handler as a number, here as on Azure.
 */
export function singleMessage(delivery: Delivery): { data: TypedData; triggerMetadata: Record<string, TypedData> } {
  return {
    data: { string: bodyText(delivery) },
    triggerMetadata: {
      MessageId: { string: delivery.messageId },
      SessionId: { string: delivery.sessionId },
      PartitionKey: { string: delivery.sessionId },
      ContentType: { string: "application/json" },
      DeliveryCount: { int: delivery.deliveryCount },
      SequenceNumber: json(delivery.sequenceNumber),
      EnqueuedTimeUtc: json(delivery.enqueuedAt),
      EnqueuedTime: json(delivery.enqueuedAt),
      ApplicationProperties: json(applicationProperties(delivery)),
    },
  };
}

/** Several messages of one session, for cardinality `many`: the same names with `Array` at the end. */
export function messageBatch(deliveries: readonly Delivery[]): {
  data: TypedData;
  triggerMetadata: Record<string, TypedData>;
} {
  const strings = (of: (delivery: Delivery) => string): TypedData => ({
    collectionString: { string: deliveries.map(of) },
  });
  const values = (of: (delivery: Delivery) => unknown): TypedData => json(deliveries.map(of));
  return {
    data: strings(bodyText),
    triggerMetadata: {
      MessageIdArray: strings((one) => one.messageId),
      SessionIdArray: strings((one) => one.sessionId),
      PartitionKeyArray: strings((one) => one.sessionId),
      ContentTypeArray: strings(() => "application/json"),
      DeliveryCountArray: values((one) => one.deliveryCount),
      SequenceNumberArray: values((one) => one.sequenceNumber),
      EnqueuedTimeUtcArray: values((one) => one.enqueuedAt),
      EnqueuedTimeArray: values((one) => one.enqueuedAt),
      ApplicationPropertiesArray: values(applicationProperties),
    },
  };
}
