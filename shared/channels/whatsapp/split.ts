import { derivedId } from "../../platform/ids.ts";
import type { OutgoingMessage } from "../../platform/queue/port.ts";
import { codeOf } from "./errors.ts";
import type { WhatsAppInboundBody } from "./inboundBody.ts";
import { contactFor, contactKey, recipientOf, senderOf } from "./person.ts";
import { isObject, objectsIn, type RawObject, textOf } from "./raw.ts";
import { fitForQueue } from "./shrink.ts";

/** What a payload held beside messages and statuses, or held in a shape nobody can read; counted and logged, never shown. */
export interface Leftover {
  readonly reason:
    | "no-entries"
    | "no-phone-number"
    | "foreign-phone-number"
    | "unreadable-message"
    | "unreadable-status"
    | "group-status"
    | "unused-field"
    | "provider-error";
  /** The webhook field or the provider's error code. */
  readonly detail?: string;
}

export interface Split {
  readonly messages: readonly OutgoingMessage[];
  readonly leftovers: readonly Leftover[];
}

interface SplitOptions {
  readonly receivedAt: Date;
  /** Bytes of the payload's JSON. */
  readonly bytes: number;
  /** Take in only this number's events: for a webhook that belongs to one channel. */
  readonly onlyPhoneNumberId?: string;
}

/** Below this size no part can be too large for the queue, even where numbers such as 1e20 grow when written out. */
const SURELY_SMALL_BYTES = 30 * 1024;

/**
 * Splits a webhook payload into one queue message for each message and status of every entry and change. Lanes are
 * (phone number id, person); message ids come from the wamid (with status and time for statuses), so that a redelivery
 * is recognised. What cannot be understood is reported, and hinders nothing else.
 */
export function splitPayload(payload: unknown, options: SplitOptions): Split {
  const messages: OutgoingMessage[] = [];
  const leftovers: Leftover[] = [];
  const receivedAt = options.receivedAt.toISOString();
  const small = options.bytes <= SURELY_SMALL_BYTES;
  const put = (part: Part | Leftover) => {
    if ("reason" in part) return leftovers.push(part);
    const body: WhatsAppInboundBody = { channel: "whatsapp", receivedAt, ...part.body };
    const sessionId = derivedId("lane", body.phoneNumberId, part.contactKey);
    return messages.push({ messageId: part.messageId, sessionId, body: small ? body : fitForQueue(body) });
  };
  const entries = isObject(payload) ? objectsIn(payload.entry) : [];
  if (entries.length === 0) put({ reason: "no-entries" });
  for (const entry of entries)
    for (const change of objectsIn(entry.changes)) readChange(change, options.onlyPhoneNumberId).forEach(put);
  return { messages, leftovers };
}

type WithoutCommon<B> = B extends unknown ? Omit<B, "channel" | "receivedAt"> : never;

interface Part {
  readonly messageId: string;
  readonly contactKey: string;
  readonly body: WithoutCommon<WhatsAppInboundBody>;
}

function readChange(change: RawObject, onlyPhoneNumberId: string | undefined): readonly (Part | Leftover)[] {
  const { value } = change;
  const field = textOf(change.field, 64) ?? "none";
  if (field !== "messages") return [{ reason: "unused-field", detail: /^[a-z_]+$/.test(field) ? field : "other" }];
  if (!isObject(value)) return [{ reason: "no-phone-number" }];
  const errors = objectsIn(value.errors).map(reportedError);
  const messages = listIn(value.messages);
  const statuses = listIn(value.statuses);
  // A change that only reports errors need not name a number.
  if (messages.length + statuses.length === 0) return errors;
  const phoneNumberId = isObject(value.metadata) ? textOf(value.metadata.phone_number_id, 64) : undefined;
  if (phoneNumberId === undefined) return [...errors, { reason: "no-phone-number" }];
  if (onlyPhoneNumberId !== undefined && onlyPhoneNumberId !== phoneNumberId)
    return [...errors, { reason: "foreign-phone-number" }];
  const contacts = objectsIn(value.contacts);
  return [
    ...errors,
    ...messages.map((message) => messagePart(phoneNumberId, message, contacts)),
    ...statuses.map((status) => statusPart(phoneNumberId, status, contacts)),
  ];
}

function reportedError(error: RawObject): Leftover {
  return { reason: "provider-error", detail: String(codeOf(error) ?? "none") };
}

function messagePart(phoneNumberId: string, message: unknown, contacts: readonly RawObject[]): Part | Leftover {
  if (!isObject(message)) return { reason: "unreadable-message" };
  const wamid = textOf(message.id, 512);
  const contact = contactFor(contacts, message.from, message.from_user_id);
  const key = contactKey(senderOf(message, contact));
  if (wamid === undefined || key === undefined) return { reason: "unreadable-message" };
  return {
    messageId: derivedId("wam", phoneNumberId, wamid),
    contactKey: key,
    body: { kind: "message", phoneNumberId, ...(contact === undefined ? {} : { contact }), message },
  };
}

function statusPart(phoneNumberId: string, status: unknown, contacts: readonly RawObject[]): Part | Leftover {
  if (!isObject(status)) return { reason: "unreadable-status" };
  if (status.recipient_type === "group") return { reason: "group-status" };
  const wamid = textOf(status.id, 512);
  const rank = textOf(status.status, 32);
  const contact = contactFor(contacts, status.recipient_id, status.recipient_user_id);
  const key = contactKey(recipientOf(status, contact));
  if (wamid === undefined || rank === undefined || key === undefined) return { reason: "unreadable-status" };
  return {
    messageId: derivedId("wam", phoneNumberId, wamid, rank, textOf(status.timestamp, 32) ?? ""),
    contactKey: key,
    body: { kind: "status", phoneNumberId, ...(contact === undefined ? {} : { contact }), status },
  };
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
