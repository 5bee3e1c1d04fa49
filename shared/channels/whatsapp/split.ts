import { derivedId } from "../../platform/ids.ts";
import type { OutgoingMessage } from "../../platform/queue/port.ts";
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
  const split = new Splitter(options);
  const entries = isObject(payload) ? objectsIn(payload["entry"]) : [];
  if (entries.length === 0) split.leave("no-entries");
  for (const entry of entries) for (const change of objectsIn(entry["changes"])) split.takeChange(change);
  return split;
}

class Splitter implements Split {
  readonly messages: OutgoingMessage[] = [];
  readonly leftovers: Leftover[] = [];
  readonly #options: SplitOptions;
  readonly #receivedAt: string;

  constructor(options: SplitOptions) {
    this.#options = options;
    this.#receivedAt = options.receivedAt.toISOString();
  }

  leave(reason: Leftover["reason"], detail?: string): void {
    this.leftovers.push(detail === undefined ? { reason } : { reason, detail });
  }

  takeChange(change: RawObject): void {
    const { value } = change;
    const field = textOf(change["field"], 64) ?? "none";
    if (field !== "messages") return this.leave("unused-field", /^[a-z_]+$/.test(field) ? field : "other");
    if (!isObject(value)) return this.leave("no-phone-number");
    for (const error of objectsIn(value["errors"])) this.leave("provider-error", textOf(error["code"], 10) ?? "none");
    const metadata = isObject(value["metadata"]) ? value["metadata"] : {};
    const phoneNumberId = textOf(metadata["phone_number_id"], 64);
    if (phoneNumberId === undefined) return this.#leaveWithoutNumber(value);
    const only = this.#options.onlyPhoneNumberId;
    if (only !== undefined && only !== phoneNumberId) return this.leave("foreign-phone-number");
    const contacts = objectsIn(value["contacts"]);
    for (const message of listIn(value["messages"])) this.#takeMessage(phoneNumberId, message, contacts);
    for (const status of listIn(value["statuses"])) this.#takeStatus(phoneNumberId, status, contacts);
  }

  /** A change that only reports errors names no number; one with messages should have. */
  #leaveWithoutNumber(value: RawObject): void {
    if (listIn(value["messages"]).length + listIn(value["statuses"]).length > 0) this.leave("no-phone-number");
  }

  #takeMessage(phoneNumberId: string, message: unknown, contacts: readonly RawObject[]): void {
    if (!isObject(message)) return this.leave("unreadable-message");
    const wamid = textOf(message["id"], 512);
    const contact = contactFor(contacts, message["from"], message["from_user_id"]);
    const key = contactKey(senderOf(message, contact));
    if (wamid === undefined || key === undefined) return this.leave("unreadable-message");
    this.#put(derivedId("wam", phoneNumberId, wamid), key, {
      ...this.#common(phoneNumberId, contact),
      kind: "message",
      message,
    });
  }

  #takeStatus(phoneNumberId: string, status: unknown, contacts: readonly RawObject[]): void {
    if (!isObject(status)) return this.leave("unreadable-status");
    if (status["recipient_type"] === "group") return this.leave("group-status");
    const wamid = textOf(status["id"], 512);
    const rank = textOf(status["status"], 32);
    const contact = contactFor(contacts, status["recipient_id"], status["recipient_user_id"]);
    const key = contactKey(recipientOf(status, contact));
    if (wamid === undefined || rank === undefined || key === undefined) return this.leave("unreadable-status");
    const messageId = derivedId("wam", phoneNumberId, wamid, rank, textOf(status["timestamp"], 32) ?? "");
    this.#put(messageId, key, { ...this.#common(phoneNumberId, contact), kind: "status", status });
  }

  #common(phoneNumberId: string, contact: RawObject | undefined) {
    const common = { channel: "whatsapp", phoneNumberId, receivedAt: this.#receivedAt } as const;
    return contact === undefined ? common : { ...common, contact };
  }

  #put(messageId: string, key: string, body: WhatsAppInboundBody): void {
    const small = this.#options.bytes <= SURELY_SMALL_BYTES;
    const sessionId = derivedId("lane", body.phoneNumberId, key);
    this.messages.push({ messageId, sessionId, body: small ? body : fitForQueue(body) });
  }
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
