import { buffer } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { OutboundMessage } from "../../shared/channels/channel.ts";
import type { MessageContent } from "../../shared/conversations/content.ts";
import { TenantId } from "../../shared/platform/ids.ts";
import { fixedClock } from "../../shared/platform/testing/fixedClock.ts";
import { demoPeople } from "./seed.ts";
import { channelOn, startDouble, until } from "./testing.ts";

/** The channel as the product has it, against the double, over real HTTP. */
const TENANT = TenantId.parse("ten_00000000000000000000");
const CHANNEL = "chn_1";
const STRANGER = { kind: "phone", value: "31600000001" } as const;
const ROBIN = {
  kind: "whatsapp-user",
  value: demoPeople.find(({ phone }) => phone === undefined)?.userId ?? "",
} as const;
const reference = { conversationId: "cnv_00000000000000000001", messageId: "msg_00000000000000000002" };
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const media = (mimeType: string) => ({ id: "med_1", status: "stored" as const, mimeType });

const Id = z.object({ id: z.string() });

/** An address where nobody listens any more. */
async function closedOrigin() {
  const { origin, stop } = await startDouble();
  await stop();
  return origin;
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(options = {}, channelOptions = {}) {
  const double = await startDouble(options);
  stops.push(double.stop);
  const { channel, healths } = channelOn(double.origin, channelOptions);
  const send = (content: MessageContent, more: Partial<OutboundMessage> = {}) =>
    channel.send(TENANT, CHANNEL, { to: [STRANGER], content, reference, ...more });
  return { double, channel, healths, send };
}

const hello = { type: "text", text: "Hello" } as const;

describe("sending", () => {
  it("every kind of message is accepted, and its statuses come back with its reference", async () => {
    const { double, send } = await start();
    const openMedia = (mimeType: string) => async () => ({ bytes: PNG, mimeType, fileName: "picture.png" });
    const contents: [MessageContent, Partial<OutboundMessage>?][] = [
      [hello],
      [hello, { replyToProviderId: "wamid.1" }],
      [{ type: "image", media: media("image/png"), caption: "Look" }, { openMedia: openMedia("image/png") }],
      [{ type: "document", media: media("application/pdf") }, { openMedia: openMedia("application/pdf") }],
      [
        { type: "audio", voice: true, media: media("audio/ogg; codecs=opus") },
        { openMedia: openMedia("audio/ogg; codecs=opus") },
      ],
      [{ type: "sticker", animated: false, media: media("image/webp") }, { openMedia: openMedia("image/webp") }],
      [{ type: "video", media: media("video/mp4") }, { openMedia: openMedia("video/mp4") }],
      [{ type: "location", latitude: 52.37, longitude: 4.89, name: "Here" }],
      [{ type: "contacts", contacts: [{ name: "Ann", phones: ["+31 20 1"], emails: [] }] }],
      [{ type: "interactive", interactive: { kind: "buttons", body: "Well?", buttons: [{ id: "y", title: "Yes" }] } }],
      [
        {
          type: "interactive",
          interactive: {
            kind: "list",
            body: "Which?",
            button: "See",
            sections: [{ title: "", rows: [{ id: "1", title: "One" }] }],
          },
        },
      ],
      [
        {
          type: "template",
          template: { name: "appointment_reminder", language: "en", parameters: ["Ann", "Tuesday", "10:30"] },
        },
      ],
      [{ type: "template", template: { name: "order_ready", language: "en", parameters: ["Ann", "bike"] } }],
    ];
    const ids = new Set<string>();
    for (const [content, more] of contents) {
      const result = await send(content, more);
      expect(result, content.type).toMatchObject({
        outcome: "accepted",
        providerId: expect.stringMatching(/^wamid\./),
      });
      if (result.outcome === "accepted") ids.add(result.providerId);
    }
    expect(ids.size).toBe(contents.length);
    const statuses = await until(
      () => double.arrived("statuses").length >= 2 * contents.length && double.arrived("statuses"),
    );
    for (const status of statuses)
      expect(status).toMatchObject({
        id: expect.toSatisfy((id) => ids.has(id)),
        recipient_id: STRANGER.value,
        biz_opaque_callback_data: `${reference.conversationId}:${reference.messageId}`,
      });
    expect(double.webhook.badSignatures).toBe(0);
  });

  it("reaches a person without a phone by the user id", async () => {
    const { double, send, channel } = await start();
    await double.post("api/people/robin/messages", { phoneNumberId: "100000000000001", type: "text", text: "Hi" });
    expect(await send(hello, { to: [ROBIN] })).toMatchObject({ outcome: "accepted" });
    const [message] = await until(() => double.arrived("messages").length > 0 && double.arrived("messages"));
    expect(message).toMatchObject({ from_user_id: ROBIN.value });
    expect(message).not.toHaveProperty("from");
    expect(await channel.react(TENANT, CHANNEL, [ROBIN], String(message?.id), "👍")).toMatchObject({
      outcome: "accepted",
    });
    const status = await until(() => double.arrived("statuses")[0]);
    expect(status).toMatchObject({ recipient_user_id: ROBIN.value });
    expect(status).not.toHaveProperty("recipient_id");
  });

  it.each([
    [131047, "refused", "use-template"],
    [131026, "refused", "contact-elsewhere"],
    [130429, "later", "retry"],
    [131056, "later", "retry"],
    [80007, "later", "retry"],
    [131000, "later", "retry"],
    [132015, "refused", "use-template"],
    [555555, "refused", "retry"],
  ])("error %i is %s with the remedy %s", async (code, outcome, remedy) => {
    const { double, send } = await start();
    await double.post("errors", { code });
    expect(await send(hello)).toMatchObject({ outcome, error: { code: `whatsapp:${code}`, remedy } });
    expect(await send(hello), "the fault passes").toMatchObject({ outcome: code === 130429 ? "later" : "accepted" });
  });

  it("says what became of the channel, and takes it back", async () => {
    const { double, send, healths } = await start();
    await double.post("errors", { code: 190 });
    expect(await send(hello)).toMatchObject({ outcome: "refused", error: { remedy: "fix-channel" } });
    await send(hello);
    expect(healths).toEqual(["failing", "healthy"]);
  });

  it("with a wrong token is refused", async () => {
    const { send, healths } = await start({}, { accessToken: "wrong" });
    expect(await send(hello)).toMatchObject({ outcome: "refused", error: { code: "whatsapp:190" } });
    expect(healths).toEqual(["failing"]);
  });

  it("tells what nobody knows from what was surely not sent", async () => {
    const { double, send } = await start();
    await double.post("errors", { as: "drop" });
    expect(await send(hello)).toEqual({ outcome: "unknown" });
    const settled = await until(() => double.arrived("statuses").find(({ status }) => status === "delivered"));
    expect(settled, "the status settles it").toMatchObject({ biz_opaque_callback_data: expect.any(String) });
    await double.post("errors", { as: "silent" });
    expect(await send(hello), "a gateway's page").toEqual({ outcome: "unknown" });
    const gone = channelOn(await closedOrigin());
    const refused = await gone.channel.send(TENANT, CHANNEL, { to: [STRANGER], content: hello, reference });
    expect(refused).toMatchObject({ outcome: "later", error: { code: "whatsapp:unreachable" } });
  });

  it("is refused before it starts when WhatsApp would not take it", async () => {
    const { send, double } = await start();
    const gif = { openMedia: async () => ({ bytes: PNG, mimeType: "image/gif" }) };
    expect(await send({ type: "image", media: media("image/gif") }, gif)).toMatchObject({
      outcome: "refused",
      error: { code: "whatsapp:131053" },
    });
    const huge = { openMedia: async () => ({ bytes: new Uint8Array(5 * 1024 * 1024 + 1), mimeType: "image/png" }) };
    expect(await send({ type: "image", media: media("image/png") }, huge)).toMatchObject({ outcome: "refused" });
    expect(await send({ type: "note", text: "hm" })).toMatchObject({ outcome: "refused" });
    expect(double.received).toEqual([]);
  });

  it("keeps each number below its rate, and says when to come back", async () => {
    const clock = fixedClock();
    const { send } = await start({}, { perSecond: 2, clock: { ...clock, sleep: async () => {} } });
    const outcomes = [];
    for (let i = 0; i < 3; i++) outcomes.push(await send(hello));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["accepted", "accepted", "later"]);
    expect(outcomes[2]).toMatchObject({ retryAfterSeconds: 0.5 });
    clock.advance(500);
    expect(await send(hello)).toMatchObject({ outcome: "accepted" });
  });

  it("knows a channel that is gone", async () => {
    const { send, channel } = await start({}, { channelSettings: async () => undefined });
    expect(await send(hello)).toMatchObject({ outcome: "refused", error: { code: "channel-gone" } });
    await expect(channel.templates(TENANT, CHANNEL)).rejects.toMatchObject({ code: "not-found" });
    await expect(channel.markRead(TENANT, CHANNEL, "wamid.1")).resolves.toBeUndefined();
  });
});

describe("files", () => {
  async function withFile(bytes: Buffer, mimeType: string) {
    const all = await start();
    const response = await fetch(`${all.double.origin}/simulator/api/files`, {
      method: "POST",
      headers: { "content-type": mimeType },
      body: new Uint8Array(bytes),
    });
    const { id } = Id.parse(await response.json());
    return { ...all, id };
  }

  it("are fetched with their type", async () => {
    const { channel, id } = await withFile(PNG, "image/png");
    const { content, mimeType, maxBytes } = await channel.fetchMedia(TENANT, CHANNEL, id, "image");
    expect([await buffer(content), mimeType, maxBytes]).toEqual([PNG, "image/png", 5 * 1024 * 1024]);
  });

  it("beyond the type's limit are not, nor those that are gone", async () => {
    const { channel, id } = await withFile(Buffer.alloc(500 * 1024 + 1), "image/webp");
    await expect(channel.fetchMedia(TENANT, CHANNEL, id, "sticker")).rejects.toMatchObject({ code: "too-large" });
    for (const unknown of ["123", "../messages", "a/b", ""])
      await expect(channel.fetchMedia(TENANT, CHANNEL, unknown, "image")).rejects.toMatchObject({ code: "not-found" });
  });

  it("come only from allowed addresses, and the token goes nowhere else", async () => {
    const seen: { url: string; token: string | null }[] = [];
    const answers =
      (address: string, redirect?: string): typeof fetch =>
      async (input, init) => {
        const url = String(input);
        seen.push({ url, token: new Headers(init?.headers).get("authorization") });
        if (url.includes("/v25.0/")) return Response.json({ url: address, mime_type: "image/png", file_size: 3 });
        if (redirect !== undefined && url === address)
          return new Response(null, { status: 302, headers: { location: redirect } });
        return new Response("abc");
      };
    const fetching = (address: string, redirect?: string, apiBaseUrl = "https://graph.facebook.com") =>
      channelOn("", { apiBaseUrl, fetch: answers(address, redirect) }).channel.fetchMedia(
        TENANT,
        CHANNEL,
        "1",
        "image",
      );
    for (const address of [
      "http://lookaside.example/1",
      "file:///etc/passwd",
      "http://169.254.169.254/",
      "nonsense:",
      "",
    ])
      await expect(fetching(address), address).rejects.toMatchObject({ code: "provider-failed" });
    await expect(
      fetching("http://127.0.0.1:9/other", undefined, "http://127.0.0.1:8/simulator/graph"),
    ).rejects.toMatchObject({ code: "provider-failed" });
    await expect(fetching("https://a.example/1", "http://a.example/2")).rejects.toMatchObject({
      code: "provider-failed",
    });
    await expect(fetching("https://a.example/1", "https://a.example/1")).rejects.toMatchObject({
      code: "provider-failed",
    });
    seen.length = 0;
    const { content } = await fetching("https://a.example/1", "https://b.example/2");
    expect((await buffer(content)).toString()).toBe("abc");
    expect(seen.map(({ token }) => token !== null)).toEqual([true, true, false]);
    expect(() => channelOn("", { apiBaseUrl: "http://graph.facebook.com" })).toThrow(RangeError);
  });
});

describe("templates", () => {
  it("are those that may be sent, and are remembered for a minute", async () => {
    const clock = fixedClock();
    let calls = 0;
    const counting: typeof fetch = (...args) => {
      calls++;
      return fetch(...args);
    };
    const { channel } = await start({}, { clock, fetch: counting });
    const templates = await channel.templates(TENANT, CHANNEL);
    expect(templates.map(({ name, parameterCount }) => [name, parameterCount])).toEqual([
      ["appointment_reminder", 3],
      ["order_ready", 2],
      ["follow_up", 0],
      ["spring_sale", 2],
    ]);
    expect(templates[1]).toEqual({
      name: "order_ready",
      language: "en",
      category: "utility",
      body: "Good news, {{1}}: your {{2}} is ready to be collected.",
      parameterCount: 2,
    });
    expect(templates[0]).toMatchObject({ header: "Your appointment", footer: "Reply to change it" });
    await channel.templates(TENANT, CHANNEL);
    expect(calls).toBe(1);
    clock.advance(60_001);
    await channel.templates(TENANT, CHANNEL);
    expect(calls).toBe(2);
  });
});

describe("marking as read", () => {
  it("turns the person's ticks blue", async () => {
    const { double, channel } = await start();
    const { body } = await double.post("api/people/maya/messages", {
      phoneNumberId: "100000000000001",
      type: "text",
      text: "Hello",
    });
    await channel.markRead(TENANT, CHANNEL, body.id);
    const state = await (await fetch(`${double.origin}/simulator/api/state`)).json();
    expect(state).toMatchObject({ bubbles: [{ id: body.id, status: "read" }] });
  });
});
