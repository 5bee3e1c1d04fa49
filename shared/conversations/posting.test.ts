import { describe, expect, it } from "vitest";
import { MAX_OUTBOUND } from "./model.ts";
import type { PostedMessage } from "./posted.ts";
import { agent, CHANNEL, type Harness, harness, inboundMessage, PHONE, status } from "./testing/harness.ts";

const HOUR = 60 * 60 * 1000;
const HELLO = { type: "text", text: "Hello" } as const;
const GREETING: PostedMessage = {
  type: "template",
  template: { name: "greeting", language: "en", parameters: ["Ada"] },
};

async function open(h: Harness): Promise<string> {
  await h.takeIn(inboundMessage(0));
  return (await h.only()).id;
}

describe("posting", () => {
  it("stores the message as queued, by its author, and emits message.queued", async () => {
    const h = harness();
    const id = await open(h);
    const posted = await h.conversations.post(agent(), id, HELLO, undefined);
    expect(posted).toMatchObject({
      direction: "outbound",
      status: "queued",
      text: "Hello",
      author: "usr_00000000000000000001",
    });
    expect((await h.only()).lastMessage).toMatchObject({ id: posted.id, direction: "outbound", preview: "Hello" });
    expect((await h.events()).at(-1)).toMatchObject({ type: "message.queued", data: { message: { id: posted.id } } });
  });

  it("answers the same message for the same idempotency key, and sends it once", async () => {
    const h = harness();
    const id = await open(h);
    const first = await h.conversations.post(agent(), id, HELLO, "key-1");
    await h.runOutbound();
    const again = await h.conversations.post(agent(), id, HELLO, "key-1");
    expect(again).toMatchObject({ id: first.id, status: "sent" });
    await h.runOutbound();
    expect(h.channel.sent).toHaveLength(1);
    expect((await h.conversations.post(agent(), id, HELLO, "key-2")).id).not.toBe(first.id);
  });

  it("keeps one message of two posts at once with one key", async () => {
    const h = harness();
    const id = await open(h);
    const both = await Promise.all([1, 2].map(() => h.conversations.post(agent(), id, HELLO, "key-1")));
    expect(both[0]?.id).toBe(both[1]?.id);
    expect(await h.thread(id)).toHaveLength(2);
  });

  it("takes only templates and notes once the window is closed", async () => {
    const h = harness();
    const id = await open(h);
    h.clock.advance(24 * HOUR - 1);
    await h.conversations.post(agent(), id, HELLO, undefined);
    h.clock.advance(1);
    await expect(h.conversations.post(agent(), id, HELLO, undefined)).rejects.toMatchObject({ code: "window-closed" });
    await h.conversations.post(agent(), id, { type: "note", text: "call her" }, undefined);
    await h.conversations.post(agent(), id, GREETING, undefined);
    await h.takeIn(inboundMessage(1, { at: h.clock.now() }));
    await h.conversations.post(agent(), id, HELLO, undefined);
  });

  it("takes only notes in a closed conversation", async () => {
    const h = harness();
    const id = await open(h);
    await h.conversations.close(agent(), id);
    for (const posted of [HELLO, GREETING])
      await expect(h.conversations.post(agent(), id, posted, undefined)).rejects.toMatchObject({
        code: "conversation-closed",
      });
    const note = await h.conversations.post(agent(), id, { type: "note", text: "closed by mistake" }, undefined);
    expect(note).toMatchObject({ direction: "note", status: null });
    expect(await h.runOutbound()).toBe(0);
    expect((await h.events()).at(-1)).toMatchObject({ type: "note.added" });
  });

  it("refuses more than waits to be sent already", async () => {
    const h = harness();
    const id = await open(h);
    for (let n = 0; n < MAX_OUTBOUND; n++) await h.conversations.post(agent(), id, HELLO, undefined);
    await expect(h.conversations.post(agent(), id, HELLO, undefined)).rejects.toMatchObject({
      code: "outbound-backlog-full",
      retryAfter: expect.any(Number),
    });
    await h.conversations.post(agent(), id, { type: "note", text: "full" }, undefined);
  });

  it("shows a template as the customer will read it, or by its name when templates cannot be read", async () => {
    const h = harness();
    const id = await open(h);
    h.channel.knownTemplates = [
      { name: "greeting", language: "en", category: "utility", body: "Hello {{1}}, how are you?", parameterCount: 1 },
    ];
    const shown = await h.conversations.post(agent(), id, GREETING, undefined);
    expect(shown).toMatchObject({ text: "Hello Ada, how are you?" });
    expect(await h.conversations.templates(agent(), id)).toHaveLength(1);
    h.channel.knownTemplates = "down";
    expect(await h.conversations.post(agent(), id, GREETING, undefined)).not.toHaveProperty("text");
  });

  it("attaches only stored files of the right kind and tenant", async () => {
    const h = harness();
    const id = await open(h);
    const file = await h.media.upload(agent(), {
      bytes: Buffer.from("%PDF"),
      mimeType: "application/pdf",
      fileName: "a.pdf",
    });
    const posted = await h.conversations.post(
      agent(),
      id,
      { type: "document", mediaId: file.id, caption: "Terms" },
      undefined,
    );
    expect(posted).toMatchObject({
      media: { id: file.id, status: "stored", size: 4, fileName: "a.pdf" },
      caption: "Terms",
    });
    for (const mediaId of [file.id, "med_0000000000000000zzzz"])
      await expect(h.conversations.post(agent(), id, { type: "image", mediaId }, undefined)).rejects.toMatchObject({
        code: "invalid-request",
      });
    await h.runOutbound();
    expect(h.channel.sent).toHaveLength(1);
  });

  it("answers only messages that the customer can see", async () => {
    const h = harness();
    const id = await open(h);
    const waiting = await h.conversations.post(agent(), id, HELLO, undefined);
    for (const replyTo of [waiting.id, "msg_0000000000000000zzzz"])
      await expect(h.conversations.post(agent(), id, { ...HELLO, replyTo }, undefined)).rejects.toMatchObject({
        code: "invalid-request",
      });
  });

  it("sorts after what the agent sees, also when the provider's clock is ahead", async () => {
    const h = harness();
    await h.takeIn(inboundMessage(300));
    const { id } = await h.only();
    const posted = await h.conversations.post(agent(), id, HELLO, undefined);
    expect((await h.thread(id)).at(-1)?.id).toBe(posted.id);
  });
});

describe("reacting", () => {
  it("reacts by the provider first, and replaces a colleague's reaction", async () => {
    const h = harness();
    const id = await open(h);
    const [message] = await h.thread(id);
    const messageId = message?.id ?? "";
    await h.conversations.react(agent(), id, messageId, "👍");
    h.clock.advance(1000);
    const colleague = agent(undefined, "usr_00000000000000000002");
    const shown = await h.conversations.react(colleague, id, messageId, "🎉");
    expect(shown.reactions).toMatchObject([{ from: "usr_00000000000000000002", emoji: "🎉" }]);
    expect((await h.thread(id))[0]?.reactions).toEqual(shown.reactions);
    expect(h.channel.reactions).toEqual(["wamid.in.0 👍", "wamid.in.0 🎉"]);
    expect((await h.events()).at(-1)).toMatchObject({ type: "message.reacted", data: { message: { id: messageId } } });
  });

  it("stays on the message through its other changes", async () => {
    const h = harness();
    const id = await open(h);
    const { id: messageId } = await h.conversations.post(agent(), id, HELLO, undefined);
    await h.runOutbound();
    const reaction = { targetProviderId: "wamid.out.1", emoji: "🎉", at: h.clock.now() } as const;
    await h.takeIn({ type: "reaction", channelId: CHANNEL, contact: { identities: [PHONE] }, ...reaction });
    await h.takeIn(status({ conversationId: id, messageId }, "read"));
    expect((await h.events()).at(-1)?.data.message).toMatchObject({ status: "read", reactions: [{ emoji: "🎉" }] });
  });

  it("stores nothing that the provider did not take", async () => {
    const h = harness();
    const id = await open(h);
    const [message] = await h.thread(id);
    const react = () => h.conversations.react(agent(), id, message?.id ?? "", "👍");
    h.channel.answers.push({ outcome: "refused", error: { code: "whatsapp:1", message: "No", remedy: "none" } });
    await expect(react()).rejects.toMatchObject({ code: "provider-failed" });
    h.channel.answers.push({ outcome: "unknown" });
    await expect(react()).rejects.toMatchObject({ code: "unavailable" });
    expect((await h.thread(id))[0]?.reactions).toEqual([]);
    h.clock.advance(25 * HOUR);
    await expect(react()).rejects.toMatchObject({ code: "window-closed" });
  });
});

describe("statuses without a reference", () => {
  it("find their message by the provider's id, also in the conversation before", async () => {
    const h = harness();
    const id = await open(h);
    await h.conversations.post(agent(), id, HELLO, undefined);
    await h.runOutbound();
    await h.conversations.close(agent(), id);
    h.clock.advance(48 * HOUR);
    await h.takeIn(inboundMessage(1, { at: h.clock.now() }));
    await h.takeIn(status(undefined, "read"));
    expect((await h.thread(id)).at(-1)).toMatchObject({ status: "read" });
  });

  it("of messages that are not ours change nothing", async () => {
    const h = harness();
    const id = await open(h);
    const before = await h.thread(id);
    await h.takeIn(status(undefined, "read"));
    await h.takeIn(status(undefined, "read", { contact: { identities: [{ kind: "phone", value: "31600000099" }] } }));
    await h.takeIn(status({ conversationId: id, messageId: "msg_0000000000000000zzzz" }, "read"));
    await h.takeIn(status({ conversationId: id, messageId: before[0]?.id ?? "" }, "read"));
    expect(await h.thread(id)).toEqual(before);
    expect((await h.contacts.list(agent(), { limit: 10 })).items).toHaveLength(1);
  });
});
