import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MessageContent, type MessageType } from "../../conversations/content.ts";
import { MessageError } from "../../conversations/model.ts";
import { buildMessage, buildReaction, buildReadMark } from "./request.ts";
import { ReadMark, SendRequest } from "./testing/requestSchema.ts";

const anyText = (maxLength: number, minLength = 0) =>
  fc.string({ unit: fc.constantFrom("a", "B", " ", "\n", "\t", "é", "👍", "\u2028"), minLength, maxLength });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const media = fc.record({
  id: fc.constant("med_1"),
  status: fc.constant("stored" as const),
  mimeType: fc.constantFrom("image/jpeg", "audio/ogg; codecs=opus", "audio/mpeg"),
});
const withCaption = { media, caption: optional(anyText(4096)) };
const row = fc.record({ id: anyText(200, 1), title: anyText(24, 1), description: optional(anyText(72)) });

const CONTENTS: Record<MessageType, fc.Arbitrary<unknown>> = {
  text: fc.record({ text: fc.oneof(anyText(50), anyText(5000), fc.constant("see https://example.com")) }),
  image: fc.record(withCaption),
  video: fc.record(withCaption),
  document: fc.record(withCaption),
  audio: fc.record({ media, voice: fc.boolean() }),
  sticker: fc.record({ media, animated: fc.boolean() }),
  location: fc.record({
    latitude: fc.double({ noNaN: true, min: -100, max: 100 }),
    longitude: fc.double({ noNaN: true, min: -200, max: 200 }),
    name: optional(anyText(1500)),
    address: optional(anyText(1500)),
  }),
  contacts: fc.record({
    contacts: fc.array(
      fc.record({
        name: anyText(20),
        phones: fc.array(anyText(20)),
        emails: fc.array(anyText(20)),
        organization: optional(anyText(20)),
      }),
      { maxLength: 3 },
    ),
  }),
  interactive: fc.record({
    interactive: fc.oneof(
      fc.record({
        kind: fc.constant("buttons"),
        body: anyText(1024, 1),
        buttons: fc.array(fc.record({ id: anyText(256, 1), title: anyText(20, 1) }), { minLength: 1, maxLength: 3 }),
      }),
      fc.record({
        kind: fc.constant("list"),
        body: anyText(1024, 1),
        button: anyText(20, 1),
        sections: fc.array(fc.record({ title: anyText(24), rows: fc.array(row, { minLength: 1, maxLength: 6 }) }), {
          minLength: 1,
          maxLength: 3,
        }),
      }),
    ),
  }),
  choice: fc.record({ id: anyText(5), title: anyText(5) }),
  template: fc.record({
    template: fc.record({
      name: fc.constant("order_update"),
      language: fc.constant("en_US"),
      parameters: fc.array(anyText(1024), { maxLength: 4 }),
    }),
  }),
  note: fc.record({ text: anyText(5) }),
  unsupported: fc.record({ providerType: anyText(5) }),
};

const content = fc
  .oneof(
    ...Object.entries(CONTENTS).map(([type, arbitrary]) =>
      arbitrary.map((fields) => ({ ...(fields as object), type })),
    ),
  )
  .map((value) => MessageContent.safeParse(JSON.parse(JSON.stringify(value))))
  .filter((parsed) => parsed.success)
  .map(({ data }) => data);

const phone = { kind: "phone", value: "31612345678" } as const;
const user = { kind: "whatsapp-user", value: "US.13491208655302741918" } as const;

describe("every request we build", () => {
  it("is valid by the documentation, or refused in words", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(content, fc.constantFrom([phone], [user], [user, phone]), fc.boolean(), (said, to, more) => {
        const built = buildMessage({
          to,
          content: said,
          uploadedId: "1003383421387256",
          ...(more ? { fileName: "a.pdf", replyToProviderId: "wamid.1", callbackData: "cnv_1:msg_2" } : {}),
        });
        if ("refused" in built) return void MessageError.parse(built.refused);
        seen.add(String(built.request.type));
        const result = SendRequest.safeParse(built.request);
        expect(result.error?.issues ?? [], JSON.stringify(built.request)).toEqual([]);
      }),
      { numRuns: 2000 },
    );
    expect([...seen].sort()).toEqual([
      "audio",
      "contacts",
      "document",
      "image",
      "interactive",
      "location",
      "sticker",
      "template",
      "text",
      "video",
    ]);
  });

  it("reactions and read marks too", () => {
    fc.assert(
      fc.property(fc.constantFrom("👍", "", "❤️"), (emoji) => {
        const built = buildReaction([user], "wamid.1", emoji);
        expect("request" in built && SendRequest.parse(built.request)).toMatchObject({
          recipient: user.value,
          reaction: { emoji },
        });
      }),
    );
    expect(ReadMark.parse(buildReadMark("wamid.1"))).toEqual({
      messaging_product: "whatsapp",
      status: "read",
      message_id: "wamid.1",
    });
  });
});

describe("a request", () => {
  const request = (said: MessageContent, more = {}) => {
    const built = buildMessage({ to: [phone], content: said, ...more });
    return "request" in built ? built.request : built.refused;
  };

  it("goes to the phone where there is one, else to the user id", () => {
    const hello = { type: "text", text: "Hello" } as const;
    expect(request(hello, { to: [user, phone] })).toMatchObject({ to: phone.value });
    expect(request(hello, { to: [user] })).toMatchObject({ recipient: user.value });
    expect(request(hello, { to: [user] })).not.toHaveProperty("to");
    expect(request(hello, { to: [{ kind: "email", value: "a@b.c" }] })).toMatchObject({ remedy: "contact-elsewhere" });
  });

  it("says nothing that was not said: empty and overlong parts are refused", () => {
    const refused: MessageContent[] = [
      { type: "text", text: " \n" },
      { type: "text", text: "x".repeat(4097) },
      { type: "contacts", contacts: [] },
      { type: "location", latitude: 91, longitude: 0 },
      { type: "note", text: "for colleagues" },
      { type: "unsupported", providerType: "poll" },
      { type: "template", template: { name: "t", language: "en", parameters: ["a", " "] } },
      { type: "image", media: { id: "med_1", status: "stored", mimeType: "image/png" } },
    ];
    for (const said of refused) expect(MessageError.safeParse(request(said)).success, said.type).toBe(true);
  });

  it("fills a template by number or by name, on one line", () => {
    const use = { type: "template", template: { name: "t", language: "en", parameters: ["two\nlines", "b"] } } as const;
    const filled = (names?: string[]) =>
      request(
        { ...use, template: { ...use.template, parameters: [...use.template.parameters] } },
        names === undefined ? {} : { parameterNames: names },
      );
    expect(filled()).toMatchObject({
      template: {
        components: [
          {
            type: "body",
            parameters: [
              { type: "text", text: "two lines" },
              { type: "text", text: "b" },
            ],
          },
        ],
      },
    });
    expect(filled(["name", "day"])).toMatchObject({
      template: { components: [{ parameters: [{ parameter_name: "name" }, { parameter_name: "day" }] }] },
    });
  });
});
