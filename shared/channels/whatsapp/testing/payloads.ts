import type { WhatsAppInboundBody } from "../inboundBody.ts";
import type { RawObject } from "../raw.ts";

/** Payloads as Meta documents them, with the documentation's own sample values. */
export const PHONE_NUMBER_ID = "106540352242922";
export const PHONE = "16505551234";
export const USER_ID = "US.13491208655302741918";
export const WAMID = "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=";
export const ANSWERED_WAMID = "wamid.HBgLMTY0NjcwNDM1OTUVAgARGBI4MjZGRDA0OUE2OTQ3RkEyMzcA";
const RECEIVED_AT = "2025-06-08T18:39:45.000Z";

const metadata = { display_phone_number: "15550783881", phone_number_id: PHONE_NUMBER_ID };
export const contact = { profile: { name: "Sheena Nelson" }, wa_id: PHONE };
export const usernameContact = { profile: { name: "", username: "@sheena" }, user_id: USER_ID };

export function payload(value: RawObject, field = "messages"): RawObject {
  return {
    object: "whatsapp_business_account",
    entry: [
      { id: "102290129340398", changes: [{ value: { messaging_product: "whatsapp", metadata, ...value }, field }] },
    ],
  };
}

const said = { from: PHONE, id: WAMID, timestamp: "1749416383" };
const file = { id: "1003383421387256", sha256: "SfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUI=" };

export const MESSAGES = {
  text: { ...said, type: "text", text: { body: "Does it come in another color?" } },
  image: {
    ...said,
    type: "image",
    image: {
      ...file,
      caption: "Taj Mahal",
      mime_type: "image/jpeg",
      url: "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1",
    },
  },
  voice: { ...said, type: "audio", audio: { ...file, mime_type: "audio/ogg; codecs=opus", voice: true } },
  audio: { ...said, type: "audio", audio: { ...file, mime_type: "audio/mpeg", voice: false } },
  video: { ...said, type: "video", video: { ...file, mime_type: "video/mp4", caption: "Watch this" } },
  document: {
    ...said,
    type: "document",
    document: { ...file, filename: "Invoice 12.pdf", mime_type: "application/pdf" },
  },
  sticker: { ...said, type: "sticker", sticker: { ...file, mime_type: "image/webp", animated: true } },
  location: {
    ...said,
    type: "location",
    location: {
      latitude: 38.9806263495,
      longitude: -131.9428612257,
      name: "Main Street Beach",
      address: "Main Street Beach, Santa Cruz, CA",
    },
  },
  contacts: {
    ...said,
    type: "contacts",
    contacts: [
      {
        name: { first_name: "Barbara", last_name: "Johnson", formatted_name: "Barbara J. Johnson" },
        org: { company: "Social Tsunami" },
        phones: [{ phone: "+1 (650) 555-9999", wa_id: "16505559999", type: "MOBILE" }, { type: "HOME" }],
        emails: [{ email: "bjohnson@example.com", type: "WORK" }],
      },
    ],
  },
  buttonReply: {
    ...said,
    context: { from: "15550783881", id: ANSWERED_WAMID },
    type: "interactive",
    interactive: { type: "button_reply", button_reply: { id: "cancel-button", title: "Cancel" } },
  },
  listReply: {
    ...said,
    context: { from: "15550783881", id: ANSWERED_WAMID },
    type: "interactive",
    interactive: {
      type: "list_reply",
      list_reply: { id: "priority_express", title: "Priority Mail Express", description: "Next Day to 2 Days" },
    },
  },
  formReply: {
    ...said,
    type: "interactive",
    interactive: {
      type: "nfm_reply",
      nfm_reply: { name: "flow", body: "Sent", response_json: '{"flow_token":"t","size":"L","colours":["red"]}' },
    },
  },
  button: {
    ...said,
    context: { from: "15550783881", id: ANSWERED_WAMID },
    type: "button",
    button: { payload: "Unsubscribe", text: "Unsubscribe" },
  },
  reaction: { ...said, type: "reaction", reaction: { message_id: ANSWERED_WAMID, emoji: "👍" } },
  reactionTaken: { ...said, type: "reaction", reaction: { message_id: ANSWERED_WAMID } },
  order: { ...said, type: "order", order: { catalog_id: "194836987003835", product_items: [] } },
  system: {
    ...said,
    type: "system",
    system: {
      body: "User Sheena changed from 16505551234 to 12195555358",
      wa_id: "12195555358",
      type: "user_changed_number",
    },
  },
  unsupported: {
    ...said,
    type: "unsupported",
    errors: [
      {
        code: 131051,
        title: "Message type unknown",
        error_data: { details: "Message type is currently not supported." },
      },
    ],
    unsupported: { type: "poll_creation" },
  },
  forwarded: { ...said, context: { frequently_forwarded: true }, type: "text", text: { body: "Look" } },
  group: { ...said, group_id: "Y2FwaV9ncm91cDo", type: "text", text: { body: "Hello all" } },
  username: { from_user_id: USER_ID, id: WAMID, timestamp: "1749416383", type: "text", text: { body: "Hi" } },
} as const satisfies Record<string, RawObject>;

const CALLBACK = "cnv_00000000000000000001:msg_00000000000000000002";
const status = { id: WAMID, timestamp: "1750030073", recipient_id: PHONE, biz_opaque_callback_data: CALLBACK };
const pricing = { billable: true, pricing_model: "PMP", category: "service", type: "regular" };

export const STATUSES = {
  sent: { ...status, status: "sent", pricing },
  delivered: { ...status, status: "delivered", pricing },
  read: { ...status, status: "read" },
  played: { ...status, status: "played" },
  failed: {
    ...status,
    status: "failed",
    errors: [
      {
        code: 131047,
        title: "Re-engagement message",
        message: "Re-engagement message",
        error_data: {
          details: "Message failed to send because more than 24 hours have passed since the customer last replied.",
        },
      },
    ],
  },
  username: { id: WAMID, timestamp: "1750030073", recipient_user_id: USER_ID, status: "delivered" },
  group: { ...status, status: "read", recipient_type: "group", recipient_participant_id: PHONE },
} as const satisfies Record<string, RawObject>;

export function messageBody(message: RawObject, of: RawObject | undefined = contact): WhatsAppInboundBody {
  const common = { channel: "whatsapp", phoneNumberId: PHONE_NUMBER_ID, receivedAt: RECEIVED_AT } as const;
  return { ...common, kind: "message", message, ...(of === undefined ? {} : { contact: of }) };
}

export function statusBody(of: RawObject): WhatsAppInboundBody {
  return {
    channel: "whatsapp",
    phoneNumberId: PHONE_NUMBER_ID,
    receivedAt: "2025-06-15T23:28:00.000Z",
    kind: "status",
    status: of,
  };
}
