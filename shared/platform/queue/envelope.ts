import { Problem } from "../errors.ts";
import type { OutgoingMessage } from "./port.ts";

/** 200 KB of JSON, in bytes: what both engines carry in one message, below Service Bus Standard's 256 KB. */
export const MAX_BODY_BYTES = 200 * 1024;
const MAX_ID_LENGTH = 128;
/**
 * What queue functions read of a message beside its body. Azure lays the members of a JSON body over these, in any case of
 * letters, so a body with a `messageId` would hide the message's own there (ApplyBindingData in
 * https://github.com/Azure/azure-functions-host, src/WebJobs.Script/Utility.cs).
 */
const HIDEABLE: ReadonlySet<string> = new Set(["messageid", "sessionid", "deliverycount", "applicationproperties"]);

/** A message as it is stored or sent: checked, and its body serialised. */
export interface Envelope {
  readonly messageId: string;
  readonly sessionId: string;
  /** JSON. */
  readonly body: string;
  readonly deliverAt: Date | undefined;
}

/**
 * Checks a message against the limits both engines share, so that neither accepts what the other would refuse.
 * Throws `Problem("too-large")` for a body over 200 KB, and `RangeError` for an id that is empty or over 128 characters,
 * a body that is no JSON or hides what a function must know of its message, or an invalid date: those are mistakes of the
 * program.
 */
export function seal(message: OutgoingMessage): Envelope {
  requireId("messageId", message.messageId);
  requireId("sessionId", message.sessionId);
  const { deliverAt } = message;
  if (deliverAt && Number.isNaN(deliverAt.getTime())) throw new RangeError("deliverAt is not a valid date");
  requireOpenBody(message.body);
  const body: string | undefined = JSON.stringify(message.body);
  if (body === undefined) throw new RangeError("The body of a queue message must be JSON");
  const bytes = Buffer.byteLength(body);
  if (bytes > MAX_BODY_BYTES) {
    throw new Problem("too-large", {
      detail: `A queue message has ${bytes} bytes; at most ${MAX_BODY_BYTES} are kept.`,
    });
  }
  return { messageId: message.messageId, sessionId: message.sessionId, body, deliverAt };
}

function requireId(name: string, value: string): void {
  if (value.length === 0 || value.length > MAX_ID_LENGTH) {
    throw new RangeError(`${name} must have 1 to ${MAX_ID_LENGTH} characters, and has ${value.length}`);
  }
}

function requireOpenBody(body: unknown): void {
  if (typeof body !== "object" || body === null) return;
  for (const name in body) {
    if (HIDEABLE.has(name.toLowerCase()))
      throw new RangeError(`The member "${name}" of a body would hide the message's own`);
  }
}
