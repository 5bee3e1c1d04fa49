import type { WhatsAppInboundBody } from "./inboundBody.ts";
import { isObject, type RawObject } from "./raw.ts";

/** Below the queue's 200 KB, with room for what the queue adds. */
const MAX_INBOUND_BYTES = 190 * 1024;
/** Characters of an oversized message that are kept. */
const KEPT_CHARACTERS = 32 * 1024;

/**
 * The body, or a smaller one where it would not fit on the queue: a long text is cut and marked with an ellipsis; anything
 * else becomes `unsupported` and keeps who, when, what kind, and the beginning of its JSON. WhatsApp's own limits keep
 * messages far below this (4,096 characters of text); only cards and orders of hundreds of entries get here.
 */
export function fitForQueue(body: WhatsAppInboundBody): WhatsAppInboundBody {
  if (bytesOf(body) <= MAX_INBOUND_BYTES) return body;
  const slim = withoutBulkyContact(body);
  return slim.kind === "message" ? fitMessage(slim, slim.message) : fitStatus(slim);
}

function fitMessage(body: WhatsAppInboundBody & { kind: "message" }, message: RawObject): WhatsAppInboundBody {
  if (bytesOf(body) <= MAX_INBOUND_BYTES) return body;
  const cut = cutText(message);
  if (cut !== undefined && bytesOf({ ...body, message: cut }) <= MAX_INBOUND_BYTES) return { ...body, message: cut };
  const kept = {
    ...head(message, ["id", "from", "from_user_id", "timestamp", "group_id"]),
    type: "unsupported",
    unsupported: { type: short(message.type) ?? "unknown" },
  };
  const raw = jsonOf(message)?.slice(0, KEPT_CHARACTERS);
  return { ...body, message: raw === undefined ? kept : { ...kept, truncated: raw } };
}

function fitStatus(body: WhatsAppInboundBody & { kind: "status" }): WhatsAppInboundBody {
  if (bytesOf(body) <= MAX_INBOUND_BYTES) return body;
  const { status } = body;
  const [error] = Array.isArray(status.errors) ? status.errors : [];
  const kept = head(status, [
    "id",
    "status",
    "timestamp",
    "recipient_id",
    "recipient_user_id",
    "biz_opaque_callback_data",
  ]);
  const errors = isObject(error) ? { errors: [head(error, ["code", "title"])] } : {};
  return { ...body, status: { ...kept, ...errors } };
}

/** A text message with its body cut; its context stays when it is small. */
function cutText(message: RawObject): RawObject | undefined {
  const { text } = message;
  if (message.type !== "text" || !isObject(text) || typeof text.body !== "string") return undefined;
  return {
    ...head(message, ["id", "from", "from_user_id", "timestamp", "type", "group_id"]),
    ...(isObject(message.context) ? { context: head(message.context, ["id"]) } : {}),
    text: { body: `${text.body.slice(0, KEPT_CHARACTERS)}…` },
  };
}

function withoutBulkyContact<B extends WhatsAppInboundBody>(body: B): B {
  const { contact } = body;
  if (contact === undefined || bytesOf(contact) <= 4096) return body;
  const profile = isObject(contact.profile) ? { profile: head(contact.profile, ["name", "username"]) } : {};
  return { ...body, contact: { ...head(contact, ["wa_id", "user_id"]), ...profile } };
}

/** The named fields, where they are short text or numbers. */
function head(value: RawObject, names: readonly string[]): RawObject {
  return Object.fromEntries(
    names.flatMap((name) => {
      const kept = short(value[name]);
      return kept === undefined ? [] : [[name, kept]];
    }),
  );
}

function short(value: unknown): string | number | undefined {
  if (typeof value === "string") return value.slice(0, 600);
  return typeof value === "number" ? value : undefined;
}

/** Infinity for what cannot be written at all: JSON nested too deep for the stack. */
function bytesOf(value: unknown): number {
  const json = jsonOf(value);
  return json === undefined ? Number.POSITIVE_INFINITY : Buffer.byteLength(json);
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
