import type { Delivery } from "../../shared/platform/queue/port.ts";
import type { TypedData } from "./coreTypes.ts";

const json = (value: unknown): TypedData => ({ json: JSON.stringify(value) });

const MAY_BE_JSON = /^\s*(?:[-\d{["]|(?:true|false|null)\s*$)/;

/**
 * A text as the Azure host sends it, in effect: the library tries to parse each as JSON and keeps it when that throws. What
 * cannot be JSON is sent as a JSON string, which gives the same and spares an exception per text and message.
 */
function text(value: string): TypedData {
  return MAY_BE_JSON.test(value) ? { string: value } : json(value);
}

function texts(values: readonly string[]): TypedData {
  return values.some((value) => MAY_BE_JSON.test(value)) ? { collectionString: { string: [...values] } } : json(values);
}

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
      MessageId: text(delivery.messageId),
      SessionId: text(delivery.sessionId),
      PartitionKey: text(delivery.sessionId),
      ContentType: text("application/json"),
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
  const strings = (of: (delivery: Delivery) => string): TypedData => texts(deliveries.map(of));
  const values = (of: (delivery: Delivery) => unknown): TypedData => json(deliveries.map(of));
  return {
    data: { collectionString: { string: deliveries.map(bodyText) } },
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
