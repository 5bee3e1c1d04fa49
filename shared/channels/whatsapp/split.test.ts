import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_BODY_BYTES } from "../../platform/queue/envelope.ts";
import { WhatsAppInboundBody } from "./inboundBody.ts";
import { splitPayload } from "./split.ts";
import { contact, MESSAGES, PHONE, PHONE_NUMBER_ID, payload, STATUSES, USER_ID } from "./testing/payloads.ts";

const receivedAt = new Date("2025-06-08T18:39:45.000Z");
const split = (value: unknown, only?: string) =>
  splitPayload(value, {
    receivedAt,
    bytes: Buffer.byteLength(JSON.stringify(value) ?? ""),
    ...(only === undefined ? {} : { onlyPhoneNumberId: only }),
  });
const bodiesOf = (value: unknown) => split(value).messages.map(({ body }) => WhatsAppInboundBody.parse(body));

describe("splitPayload", () => {
  it("takes every message and status of every entry and change", () => {
    const first = payload({ contacts: [contact], messages: [MESSAGES.text, { ...MESSAGES.image, id: "wamid.2" }] });
    const second = payload({
      statuses: [STATUSES.sent, STATUSES.delivered],
      messages: [{ ...MESSAGES.video, id: "wamid.3" }],
    });
    const both = { entry: [...[first, second].flatMap(({ entry }) => entry), { changes: [] }] };
    expect(bodiesOf(both).map(({ kind }) => kind)).toEqual(["message", "message", "message", "status", "status"]);
    expect(new Set(split(both).messages.map(({ messageId }) => messageId)).size).toBe(5);
  });

  it("gives a replay the same ids, and each status its own", () => {
    const ids = (value: unknown) => split(value).messages.map(({ messageId }) => messageId);
    const statuses = payload({
      statuses: [STATUSES.sent, STATUSES.delivered, { ...STATUSES.sent, timestamp: "1750030074" }],
    });
    expect(ids(statuses)).toEqual(ids(structuredClone(statuses)));
    expect(new Set(ids(statuses)).size).toBe(3);
    const elsewhere = structuredClone(payload({ messages: [MESSAGES.text] }));
    expect(ids(elsewhere)).toEqual(ids(payload({ contacts: [contact], messages: [MESSAGES.text] })));
    expect(ids(payload({ messages: [MESSAGES.text], metadata: { phone_number_id: "1" } }))).not.toEqual(ids(elsewhere));
  });

  it("keeps one person in one lane, whatever the event names beside the user id", () => {
    const lanes = split(
      payload({
        contacts: [{ ...contact, user_id: USER_ID }],
        messages: [MESSAGES.text, { ...MESSAGES.text, id: "w2", from_user_id: USER_ID }, MESSAGES.username],
        statuses: [{ ...STATUSES.read, recipient_user_id: USER_ID }, STATUSES.username],
      }),
    ).messages.map(({ sessionId }) => sessionId);
    expect(lanes).toHaveLength(5);
    expect(new Set(lanes).size).toBe(1);
    const phoneOnly = split(
      payload({ messages: [MESSAGES.text, { ...MESSAGES.text, id: "w2", from: `+${PHONE}` }] }),
    ).messages;
    expect(new Set(phoneOnly.map(({ sessionId }) => sessionId)).size).toBe(1);
    expect(lanes).not.toContain(phoneOnly[0]?.sessionId);
  });

  it("gives each message its own sender's profile", () => {
    const other = { profile: { name: "Bob" }, wa_id: "31612345678" };
    const bodies = bodiesOf(
      payload({
        contacts: [contact, other],
        messages: [
          { ...MESSAGES.text, from: "31612345678" },
          { ...MESSAGES.text, id: "w2" },
          { ...MESSAGES.text, id: "w3", from: "4912345" },
        ],
      }),
    );
    expect(bodies.map((body) => body.contact)).toEqual([other, contact, undefined]);
  });

  it("keeps what it can read beside what it cannot, and says what was left", () => {
    const value = payload({
      messages: [null, 7, {}, { id: "w" }, { from: PHONE }, MESSAGES.text],
      statuses: ["sent", { ...STATUSES.read, status: undefined }, STATUSES.group, STATUSES.read],
      errors: [{ code: 130429, title: "Rate limit hit" }],
    });
    const { messages, leftovers } = split({
      entry: [
        null,
        3,
        { changes: "no" },
        ...(value.entry as unknown[]),
        { changes: [{ field: "account_update", value: {} }, { field: "<b>", value: {} }, { field: "messages" }] },
      ],
    });
    expect(messages).toHaveLength(2);
    expect(
      leftovers.map(({ reason, detail }) => (detail === undefined ? reason : `${reason} ${detail}`)).sort(),
    ).toEqual(
      [
        "group-status",
        "no-phone-number",
        "provider-error 130429",
        ...Array(5).fill("unreadable-message"),
        "unreadable-status",
        "unreadable-status",
        "unused-field account_update",
        "unused-field other",
      ].sort(),
    );
  });

  it("takes in only its own number's events where it belongs to one channel", () => {
    const value = payload({ messages: [MESSAGES.text] });
    expect(split(value, PHONE_NUMBER_ID).messages).toHaveLength(1);
    expect(split(value, "999").messages).toEqual([]);
    expect(split(value, "999").leftovers).toEqual([{ reason: "foreign-phone-number" }]);
  });

  it("never throws and never leaves something out without saying so", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const { messages, leftovers } = split(value);
        expect(messages.length + leftovers.length).toBeGreaterThan(0);
      }),
    );
    const list = fc.array(fc.oneof(fc.constant(MESSAGES.text), fc.jsonValue()), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(list, list, (messages, statuses) => {
        const found = split(payload({ messages, statuses }));
        expect(found.messages.length + found.leftovers.length).toBe(messages.length + statuses.length);
      }),
    );
  });
});

describe("a message too large for the queue", () => {
  const sizeOf = (body: unknown) => Buffer.byteLength(JSON.stringify(body));
  const one = (message: object) =>
    split(payload({ contacts: [contact], messages: [{ ...MESSAGES.text, ...message }] })).messages[0]?.body;

  it("keeps a text, cut and marked", () => {
    for (const character of ["x", "€", "\u0000", "\ud83d"]) {
      const body = WhatsAppInboundBody.parse(one({ text: { body: character.repeat(250_000) } }));
      expect(sizeOf(body)).toBeLessThanOrEqual(MAX_BODY_BYTES);
      expect(body).toMatchObject({ kind: "message", message: { id: MESSAGES.text.id } });
    }
    expect(one({ text: { body: "x".repeat(300_000) } })).toMatchObject({
      message: { type: "text", text: { body: expect.stringMatching(/^x+…$/) } },
    });
  });

  it("keeps anything else as unsupported, with who, when, what and how it began", () => {
    const contacts = Array.from({ length: 5000 }, (_, n) => ({
      name: { formatted_name: `Person ${n}` },
      phones: [{ phone: `+1${n}` }],
    }));
    const body = one({ type: "contacts", contacts });
    expect(sizeOf(body)).toBeLessThanOrEqual(MAX_BODY_BYTES);
    expect(body).toMatchObject({
      contact,
      message: {
        id: MESSAGES.text.id,
        from: PHONE,
        timestamp: MESSAGES.text.timestamp,
        type: "unsupported",
        unsupported: { type: "contacts" },
        truncated: expect.stringContaining("Person 1"),
      },
    });
  });

  it("survives JSON too deep to be written again", () => {
    const deep = `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`;
    const text = `{"entry":[{"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"1"},"messages":[{"id":"w","from":"31612345678","type":"odd","odd":${deep}}]}}]}]}`;
    const { messages } = splitPayload(JSON.parse(text), { receivedAt, bytes: text.length });
    expect(messages[0]?.body).toMatchObject({
      message: { id: "w", type: "unsupported", unsupported: { type: "odd" } },
    });
  });

  it("cuts an oversized status and profile down to what matters", () => {
    const huge = "y".repeat(400_000);
    const errors = [{ code: 131026, title: "Undeliverable", error_data: { details: huge } }];
    const [status] = split(payload({ statuses: [{ ...STATUSES.failed, errors }] })).messages;
    expect(status?.body).toMatchObject({
      status: {
        id: STATUSES.failed.id,
        status: "failed",
        errors: [{ code: 131026 }],
        biz_opaque_callback_data: STATUSES.failed.biz_opaque_callback_data,
      },
    });
    const [message] = split(payload({ contacts: [{ ...contact, extra: huge }], messages: [MESSAGES.image] })).messages;
    expect(message?.body).toMatchObject({ contact, message: MESSAGES.image });
    for (const part of [status, message]) expect(sizeOf(part?.body)).toBeLessThanOrEqual(MAX_BODY_BYTES);
  });
});
