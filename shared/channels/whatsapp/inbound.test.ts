import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MessageContent } from "../../conversations/content.ts";
import { toInboundEvent } from "./inbound.ts";
import { WhatsAppInboundBody } from "./inboundBody.ts";
import type { RawObject } from "./raw.ts";
import {
  ANSWERED_WAMID,
  contact,
  MESSAGES,
  messageBody,
  PHONE,
  STATUSES,
  statusBody,
  USER_ID,
  usernameContact,
  WAMID,
} from "./testing/payloads.ts";

const CHANNEL = "chn_1";
const eventOf = (message: RawObject, of?: RawObject) =>
  toInboundEvent(WhatsAppInboundBody.parse(messageBody(message, of)), CHANNEL);
const media = (mimeType: string, more = {}) => ({
  id: expect.stringMatching(/^med_/),
  status: "pending",
  mimeType,
  ...more,
});

const EXPECTED = {
  text: { type: "text", text: "Does it come in another color?" },
  image: { type: "image", media: media("image/jpeg"), caption: "Taj Mahal" },
  voice: { type: "audio", media: media("audio/ogg; codecs=opus"), voice: true },
  audio: { type: "audio", media: media("audio/mpeg"), voice: false },
  video: { type: "video", media: media("video/mp4"), caption: "Watch this" },
  document: { type: "document", media: media("application/pdf", { fileName: "Invoice 12.pdf" }) },
  sticker: { type: "sticker", media: media("image/webp"), animated: true },
  location: {
    type: "location",
    latitude: 38.9806263495,
    longitude: -131.9428612257,
    name: "Main Street Beach",
    address: "Main Street Beach, Santa Cruz, CA",
  },
  contacts: {
    type: "contacts",
    contacts: [
      {
        name: "Barbara J. Johnson",
        phones: ["+1 (650) 555-9999"],
        emails: ["bjohnson@example.com"],
        organization: "Social Tsunami",
      },
    ],
  },
  buttonReply: { type: "choice", id: "cancel-button", title: "Cancel" },
  listReply: {
    type: "choice",
    id: "priority_express",
    title: "Priority Mail Express",
    description: "Next Day to 2 Days",
  },
  formReply: { type: "choice", id: "flow", title: "Sent", description: 'size: L\ncolours: ["red"]' },
  button: { type: "choice", id: "Unsubscribe", title: "Unsubscribe" },
  order: { type: "unsupported", providerType: "order" },
  system: { type: "unsupported", providerType: "system" },
  unsupported: { type: "unsupported", providerType: "poll_creation" },
  group: { type: "unsupported", providerType: "group" },
} as const;

describe("a message", () => {
  it.each(Object.entries(EXPECTED))("of type %s is read", (name, content) => {
    const event = eventOf(MESSAGES[name as keyof typeof EXPECTED]);
    expect(event).toMatchObject({
      type: "message",
      channelId: CHANNEL,
      providerId: WAMID,
      at: new Date(1749416383_000),
      contact: { identities: [{ kind: "phone", value: PHONE }], name: "Sheena Nelson" },
    });
    if (event?.type !== "message") throw new Error("no message");
    expect(MessageContent.parse(event.content)).toEqual(content);
    expect(event.providerMediaId).toBe("media" in content ? "1003383421387256" : undefined);
  });

  it("says what it answers, and that it was forwarded", () => {
    expect(eventOf(MESSAGES.button)).toMatchObject({ replyToProviderId: ANSWERED_WAMID });
    expect(eventOf(MESSAGES.forwarded)).toMatchObject({ forwarded: true });
    expect(eventOf(MESSAGES.text)).not.toHaveProperty("forwarded");
  });

  it("may come from a person without a phone", () => {
    expect(eventOf(MESSAGES.username, usernameContact)).toMatchObject({
      contact: { identities: [{ kind: "whatsapp-user", value: USER_ID }], name: "@sheena" },
    });
    expect(eventOf({ ...MESSAGES.text, from_user_id: USER_ID })).toMatchObject({
      contact: {
        identities: [
          { kind: "whatsapp-user", value: USER_ID },
          { kind: "phone", value: PHONE },
        ],
      },
    });
  });

  it("with broken fields is kept as unsupported", () => {
    for (const broken of [
      { image: {} },
      { image: null },
      { image: { id: 3 } },
      { type: "location", location: { latitude: 91, longitude: 0 } },
      { type: "interactive", interactive: { type: "x" } },
      { type: "contacts", contacts: {} },
      { type: "constructor" },
      { type: "__proto__" },
      { type: {} },
      { type: "text", text: {} },
    ])
      expect(eventOf({ ...MESSAGES.image, ...broken }), JSON.stringify(broken)).toMatchObject({
        content: { type: "unsupported" },
        providerId: WAMID,
      });
  });

  it("without a believable time has the time it came", () => {
    for (const timestamp of [undefined, "soon", "-1", "1e9", "99999999999", 0])
      expect(eventOf({ ...MESSAGES.text, timestamp })?.at).toEqual(new Date("2025-06-08T18:39:45.000Z"));
  });

  it("of any shape is read without a throw, and always the same", () => {
    const types = Object.values(MESSAGES).map(({ type }) => type);
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.jsonValue(), fc.jsonValue(), (type, value, other) => {
        const message = { id: WAMID, from: PHONE, timestamp: "1749416383", type, [type]: value, context: other };
        const event = eventOf(message);
        expect(event).toEqual(eventOf(structuredClone(message)));
        if (event?.type === "message") MessageContent.parse(event.content);
      }),
    );
  });
});

describe("a reaction", () => {
  it("names its message, and is taken back by leaving out the emoji", () => {
    expect(eventOf(MESSAGES.reaction)).toMatchObject({
      type: "reaction",
      targetProviderId: ANSWERED_WAMID,
      emoji: "👍",
    });
    expect(eventOf(MESSAGES.reactionTaken)).toMatchObject({ type: "reaction", emoji: "" });
    expect(eventOf({ ...MESSAGES.reaction, reaction: {} })).toMatchObject({
      type: "message",
      content: { type: "unsupported", providerType: "reaction" },
    });
  });
});

describe("a status", () => {
  const statusOf = (status: RawObject) => toInboundEvent(WhatsAppInboundBody.parse(statusBody(status)), CHANNEL);
  const reference = { conversationId: "cnv_00000000000000000001", messageId: "msg_00000000000000000002" };

  it.each([
    ["sent", "sent"],
    ["delivered", "delivered"],
    ["read", "read"],
    ["played", "read"],
  ] as const)("%s has the rank %s", (name, status) => {
    const event = statusOf(STATUSES[name]);
    expect(event).toEqual({
      type: "status",
      channelId: CHANNEL,
      providerId: WAMID,
      status,
      reference,
      at: new Date(1750030073_000),
      contact: { identities: [{ kind: "phone", value: PHONE }] },
    });
  });

  it("that failed says why", () => {
    expect(statusOf(STATUSES.failed)).toMatchObject({
      status: "failed",
      error: { code: "whatsapp:131047", remedy: "use-template" },
    });
    expect(statusOf({ ...STATUSES.failed, errors: [] })).toMatchObject({ error: { code: "whatsapp:unknown" } });
  });

  it("may lack phone and reference", () => {
    expect(statusOf(STATUSES.username)).toMatchObject({
      reference: undefined,
      contact: { identities: [{ kind: "whatsapp-user", value: USER_ID }] },
    });
    for (const hostile of ["", "cnv_1:msg_2", `${STATUSES.read.biz_opaque_callback_data}\n`, {}, 7, "x".repeat(600)])
      expect(statusOf({ ...STATUSES.read, biz_opaque_callback_data: hostile })).toMatchObject({ reference: undefined });
  });

  it("of no rank means nothing", () => {
    for (const status of ["deleted", "warning", "constructor", "queued"])
      expect(statusOf({ ...STATUSES.read, status })).toBeUndefined();
  });
});

it("keeps the profile beside the message optional", () => {
  expect(eventOf(MESSAGES.system, {})).toMatchObject({ contact: { identities: [{ kind: "phone" }] } });
  expect(eventOf(MESSAGES.text, { ...contact, profile: null })).not.toHaveProperty("contact.name");
});
