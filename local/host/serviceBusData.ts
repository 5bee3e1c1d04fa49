import type { Delivery } from "../../shared/platform/queue/port.ts";
import type { TypedData } from "./coreTypes.ts";
import { withOffset, withoutZone } from "./dotNetTime.ts";

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

/** The queues set no time to live: what .NET writes for the end of time. */
const END_OF_TIME = "9999-12-31T23:59:59.9999999";
const EXPIRES_AT_UTC = json(END_OF_TIME);
const EXPIRES_AT = json(`${END_OF_TIME}+00:00`);
const APPLICATION_JSON = json("application/json");

/** A body as the Azure host passes it: text, which the library parses when it is JSON. */
const bodyText = (delivery: Delivery): string => JSON.stringify(delivery.body);

/** What the extension tells of a message; what ours never have (a subject, a correlation id, ...) is left out there too. */
const NAMES = [
  "MessageId",
  "SessionId",
  "PartitionKey",
  "ContentType",
  "DeliveryCount",
  "SequenceNumber",
  "EnqueuedTimeUtc",
  "EnqueuedTime",
  "ExpiresAtUtc",
  "ExpiresAt",
  "ApplicationProperties",
  "UserProperties",
] as const;
type Name = (typeof NAMES)[number];

const NAME_IN_ANY_CASE: ReadonlyMap<string, Name> = new Map(NAMES.map((name) => [name.toLowerCase(), name]));

/** A member of a JSON body as .NET turns it into metadata: text or an object; nothing of null and lists. */
function member(value: unknown): TypedData | undefined {
  if (value === null || Array.isArray(value)) return undefined;
  if (typeof value === "object") return json(value);
  if (typeof value === "boolean") return json(value ? "True" : "False");
  return text(String(value));
}

/**
 * The Azure host lays the members of a JSON body over the trigger's metadata, in any case of letters, so that a body with
 * a `messageId` hides the message's own (ApplyBindingData in https://github.com/Azure/azure-functions-host,
 * src/WebJobs.Script/Utility.cs). Members that hide nothing are left out here: nobody looks for them there.
 */
function layBodyOver(metadata: Record<Name, TypedData>, body: unknown): void {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return;
  for (const key in body) {
    const name = NAME_IN_ANY_CASE.get(key.toLowerCase());
    const hiding = name && member(Reflect.get(body, key));
    if (name !== undefined && hiding !== undefined) metadata[name] = hiding;
  }
}

/**
 * One message and its metadata in the shapes and with the names that the Azure host sends for cardinality `one`
 * (the library lowers the first letters). Values that are text go the way of text there, so a message id of digits
 * reaches a handler as a number, here as on Azure.
 */
export function singleMessage(delivery: Delivery): { data: TypedData; triggerMetadata: Record<string, TypedData> } {
  const properties = json(applicationProperties(delivery));
  const sessionId = text(delivery.sessionId);
  const triggerMetadata: Record<Name, TypedData> = {
    MessageId: text(delivery.messageId),
    SessionId: sessionId,
    PartitionKey: sessionId,
    ContentType: APPLICATION_JSON,
    DeliveryCount: json(delivery.deliveryCount),
    SequenceNumber: json(delivery.sequenceNumber),
    EnqueuedTimeUtc: json(withoutZone(delivery.enqueuedAt)),
    EnqueuedTime: json(withOffset(delivery.enqueuedAt)),
    ExpiresAtUtc: EXPIRES_AT_UTC,
    ExpiresAt: EXPIRES_AT,
    ApplicationProperties: properties,
    UserProperties: properties,
  };
  layBodyOver(triggerMetadata, delivery.body);
  return { data: { string: bodyText(delivery) }, triggerMetadata };
}

/** Several messages of one session, for cardinality `many`: the same names with `Array` at the end. */
export function messageBatch(deliveries: readonly Delivery[]): {
  data: TypedData;
  triggerMetadata: Record<string, TypedData>;
} {
  const strings = (of: (delivery: Delivery) => string): TypedData => texts(deliveries.map(of));
  const values = (of: (delivery: Delivery) => unknown): TypedData => json(deliveries.map(of));
  const properties = values(applicationProperties);
  const sessionIds = strings((one) => one.sessionId);
  return {
    data: { collectionString: { string: deliveries.map(bodyText) } },
    triggerMetadata: {
      MessageIdArray: strings((one) => one.messageId),
      SessionIdArray: sessionIds,
      PartitionKeyArray: sessionIds,
      ContentTypeArray: strings(() => "application/json"),
      DeliveryCountArray: values((one) => one.deliveryCount),
      SequenceNumberArray: values((one) => one.sequenceNumber),
      EnqueuedTimeUtcArray: values((one) => withoutZone(one.enqueuedAt)),
      EnqueuedTimeArray: values((one) => withOffset(one.enqueuedAt)),
      ExpiresAtUtcArray: values(() => END_OF_TIME),
      ExpiresAtArray: values(() => `${END_OF_TIME}+00:00`),
      ApplicationPropertiesArray: properties,
      UserPropertiesArray: properties,
    },
  };
}
