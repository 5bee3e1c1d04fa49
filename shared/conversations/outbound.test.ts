import { describe, expect, it } from "vitest";
import type { SendResult } from "../channels/channel.ts";
import { faults } from "../platform/testing/faults.ts";
import { STEPS_BEGIN_WITHIN } from "./outbound.ts";
import { GIVE_UP_AFTER_MS, RECIPIENT_BURST, RECIPIENT_INTERVAL_MS, UNKNOWN_AFTER_MS } from "./pace.ts";
import { agent, type Harness, harness, inboundMessage, status } from "./testing/harness.ts";

const text = (words: string) => ({ type: "text", text: words }) as const;
const LATER: SendResult = {
  outcome: "later",
  retryAfterSeconds: 30,
  error: { code: "whatsapp:130429", message: "Slow down", remedy: "retry" },
};
const REFUSED: SendResult = {
  outcome: "refused",
  error: { code: "whatsapp:131026", message: "Undeliverable", remedy: "contact-elsewhere" },
};

async function open(h: Harness): Promise<string> {
  await h.takeIn(inboundMessage(0));
  return (await h.only()).id;
}

async function outboundOf(h: Harness, id: string) {
  return (await h.thread(id)).filter(({ direction }) => direction === "outbound");
}

const sentTexts = (h: Harness) => h.channel.sent.map(({ content }) => content.type === "text" && content.text);

describe("sending", () => {
  it("sends in order, with a reference, and shows what became of it", async () => {
    const h = harness();
    const id = await open(h);
    for (const words of ["one", "two", "three"]) await h.conversations.post(agent(), id, text(words), undefined);
    await h.runOutbound();
    expect(sentTexts(h)).toEqual(["one", "two", "three"]);
    const messages = await outboundOf(h, id);
    expect(messages.map((message) => message.status)).toEqual(["sent", "sent", "sent"]);
    expect(h.channel.sent[0]?.reference).toEqual({ conversationId: id, messageId: messages[0]?.id });
    const events = (await h.events()).filter(({ type }) => type === "message.status-changed");
    expect(events.map(({ data }) => data.message)).toMatchObject([
      { status: "sent" },
      { status: "sent" },
      { status: "sent" },
    ]);
    expect(await h.runOutbound()).toBe(0);
  });

  it("names the message it answers by the provider's id", async () => {
    const h = harness();
    const id = await open(h);
    const [asked] = await h.thread(id);
    await h.conversations.post(agent(), id, { ...text("yes"), replyTo: asked?.id }, undefined);
    await h.runOutbound();
    expect(h.channel.sent[0]).toMatchObject({ replyToProviderId: "wamid.in.0" });
  });

  it("shows a refusal on the message, and goes on with the next", async () => {
    const h = harness();
    const id = await open(h);
    for (const words of ["one", "two"]) await h.conversations.post(agent(), id, text(words), undefined);
    h.channel.answers.push(REFUSED);
    await h.runOutbound();
    expect(await outboundOf(h, id)).toMatchObject([
      { status: "failed", error: { code: "whatsapp:131026" } },
      { status: "sent" },
    ]);
  });

  it("waits as long as the provider says, and keeps the order", async () => {
    const h = harness();
    const id = await open(h);
    for (const words of ["one", "two"]) await h.conversations.post(agent(), id, text(words), undefined);
    h.channel.answers.push(LATER);
    await h.runOutbound();
    expect(sentTexts(h)).toEqual(["one"]);
    h.clock.advance(29_000);
    await h.runOutbound();
    expect(h.channel.sent).toHaveLength(1);
    h.clock.advance(1000);
    await h.runOutbound();
    expect(sentTexts(h)).toEqual(["one", "one", "two"]);
    expect((await outboundOf(h, id)).map((message) => message.status)).toEqual(["sent", "sent"]);
  });

  it("gives up after a day of being put off", async () => {
    const h = harness();
    const id = await open(h);
    await h.conversations.post(agent(), id, text("one"), undefined);
    h.channel.answers.push(...Array.from({ length: 100 }, () => LATER));
    const end = h.clock.now().getTime() + GIVE_UP_AFTER_MS;
    while (h.clock.now().getTime() < end) {
      await h.runOutbound();
      h.clock.advance(10 * 60_000);
    }
    await h.runOutbound();
    expect(await outboundOf(h, id)).toMatchObject([{ status: "failed", error: { code: "whatsapp:130429" } }]);
    const tries = h.channel.sent.length;
    h.clock.advance(GIVE_UP_AFTER_MS);
    await h.runOutbound();
    expect(h.channel.sent).toHaveLength(tries);
  });

  it("paces what one person gets: a burst, then one each interval", async () => {
    const h = harness();
    const id = await open(h);
    for (let n = 0; n < RECIPIENT_BURST + 3; n++) await h.conversations.post(agent(), id, text(`${n}`), undefined);
    await h.runOutbound();
    expect(h.channel.sent).toHaveLength(RECIPIENT_BURST);
    for (const more of [1, 2, 3]) {
      h.clock.advance(RECIPIENT_INTERVAL_MS);
      await h.runOutbound();
      expect(h.channel.sent).toHaveLength(RECIPIENT_BURST + more);
    }
    expect(sentTexts(h)).toEqual(Array.from({ length: RECIPIENT_BURST + 3 }, (_, n) => `${n}`));
  });

  it("leaves to the next run what a slow provider gives this one no time for", async () => {
    const h = harness();
    const id = await open(h);
    for (const words of ["one", "two", "three"]) await h.conversations.post(agent(), id, text(words), undefined);
    const { send } = h.channel;
    h.channel.send = async (...args) => {
      h.clock.advance(STEPS_BEGIN_WITHIN - 1);
      return send(...args);
    };
    await h.conversations.workOff(h.inbound, id);
    expect(sentTexts(h)).toEqual(["one", "two"]);
    await h.runOutbound();
    expect(sentTexts(h)).toEqual(["one", "two", "three"]);
  });

  it.each(["unknown", "throw"] as const)("never repeats by itself a send of unknown outcome (%s)", async (answer) => {
    const h = harness();
    const id = await open(h);
    for (const words of ["one", "two"]) await h.conversations.post(agent(), id, text(words), undefined);
    h.channel.answers.push(answer === "throw" ? "throw" : { outcome: "unknown" });
    await h.runOutbound();
    expect(sentTexts(h)).toEqual(["one"]);
    h.clock.advance(UNKNOWN_AFTER_MS - 1);
    await h.runOutbound();
    expect(sentTexts(h)).toEqual(["one"]);
    h.clock.advance(1);
    await h.runOutbound();
    expect(sentTexts(h)).toEqual(["one", "two"]);
    expect(await outboundOf(h, id)).toMatchObject([
      { status: "failed", error: { code: "outcome-unknown", remedy: "retry" } },
      { status: "sent" },
    ]);
  });

  it("is settled by a status that is quicker than its result, and wakes what waits behind it", async () => {
    const h = harness();
    const id = await open(h);
    const one = await h.conversations.post(agent(), id, text("one"), undefined);
    await h.conversations.post(agent(), id, text("two"), undefined);
    h.channel.answers.push({ outcome: "unknown" });
    await h.runOutbound();
    await h.takeIn(status({ conversationId: id, messageId: one.id }, "delivered"));
    await h.runOutbound();
    expect(sentTexts(h)).toEqual(["one", "two"]);
    expect((await outboundOf(h, id)).map((message) => message.status)).toEqual(["delivered", "sent"]);
    h.clock.advance(2 * UNKNOWN_AFTER_MS);
    await h.runOutbound();
    expect((await outboundOf(h, id)).map((message) => message.status)).toEqual(["delivered", "sent"]);
  });

  it("takes a late word of the provider for better than our own not knowing", async () => {
    const h = harness();
    const id = await open(h);
    const one = await h.conversations.post(agent(), id, text("one"), undefined);
    h.channel.answers.push({ outcome: "unknown" });
    await h.runOutbound();
    h.clock.advance(UNKNOWN_AFTER_MS);
    await h.runOutbound();
    await h.takeIn(status({ conversationId: id, messageId: one.id }, "sent"));
    const [message] = await outboundOf(h, id);
    expect(message?.status).toBe("sent");
    expect(message).not.toHaveProperty("error");
  });

  it("sends a failed message once more when an agent says so, and hears no late failure of the first", async () => {
    const h = harness();
    const id = await open(h);
    const one = await h.conversations.post(agent(), id, text("one"), undefined);
    const reference = { conversationId: id, messageId: one.id };
    await h.runOutbound();
    await h.takeIn(status(reference, "failed"));
    expect(await h.conversations.retry(agent(), id, one.id)).toMatchObject({ status: "queued" });
    await h.takeIn(status(reference, "failed"));
    await h.runOutbound();
    await h.takeIn(status(reference, "failed"));
    expect(await outboundOf(h, id)).toMatchObject([{ status: "sent" }]);
    expect(h.channel.sent).toHaveLength(2);
    await expect(h.conversations.retry(agent(), id, one.id)).rejects.toMatchObject({ code: "conflict" });
  });

  it("does not send again what a status shows to have arrived before an agent's retry was worked off", async () => {
    const h = harness();
    const id = await open(h);
    const one = await h.conversations.post(agent(), id, text("one"), undefined);
    h.channel.answers.push({ outcome: "unknown" });
    await h.runOutbound();
    h.clock.advance(UNKNOWN_AFTER_MS);
    await h.runOutbound();
    await h.conversations.retry(agent(), id, one.id);
    await h.takeIn(status({ conversationId: id, messageId: one.id }, "delivered"));
    await h.runOutbound();
    expect(h.channel.sent).toHaveLength(1);
    expect(await outboundOf(h, id)).toMatchObject([{ status: "delivered" }]);
  });

  it("says so when the file to send is gone, without a try", async () => {
    const h = harness();
    const id = await open(h);
    const file = await h.media.upload(agent(), {
      bytes: Buffer.from("jpeg"),
      mimeType: "image/jpeg",
      fileName: "a.jpg",
    });
    await h.conversations.post(agent(), id, { type: "image", mediaId: file.id }, undefined);
    await h.media.remove(h.inbound, file.id);
    await h.runOutbound();
    expect(h.channel.sent).toHaveLength(0);
    expect(await outboundOf(h, id)).toMatchObject([{ status: "failed", error: { code: "file-gone" } }]);
  });

  it("never lets two runs at once send one message twice", async () => {
    const h = harness();
    const id = await open(h);
    for (const words of ["one", "two", "three"]) await h.conversations.post(agent(), id, text(words), undefined);
    const other = h.instance().conversations;
    await Promise.all([h.conversations.workOff(h.inbound, id), other.workOff(h.inbound, id)]);
    h.clock.advance(UNKNOWN_AFTER_MS);
    await h.runOutbound();
    expect(sentTexts(h).toSorted()).toEqual(["one", "three", "two"]);
    expect((await outboundOf(h, id)).map((message) => message.status)).toEqual(["sent", "sent", "sent"]);
  });

  it.each([
    { late: REFUSED, sends: 2 },
    { late: { outcome: "accepted", providerId: "wamid.late" } as const, sends: 1 },
  ])("takes a result that comes after an agent's retry for what it is ($late.outcome)", async ({ late, sends }) => {
    const h = harness();
    const id = await open(h);
    const one = await h.conversations.post(agent(), id, text("one"), undefined);
    const { send } = h.channel;
    const slow = Promise.withResolvers<SendResult>();
    h.channel.send = async (...args) => {
      h.channel.send = send;
      await send(...args);
      return slow.promise;
    };
    const hanging = h.conversations.workOff(h.inbound, id);
    while (h.channel.sent.length === 0) await new Promise(setImmediate);
    h.clock.advance(UNKNOWN_AFTER_MS);
    await h.instance().conversations.workOff(h.inbound, id);
    expect(await outboundOf(h, id)).toMatchObject([{ status: "failed" }]);
    await h.conversations.retry(agent(), id, one.id);
    slow.resolve(late);
    await hanging;
    await h.runOutbound();
    expect(h.channel.sent).toHaveLength(sends);
    expect(await outboundOf(h, id)).toMatchObject([{ status: "sent" }]);
  });

  it.each(["before", "after"] as const)(
    "doubles nothing when the process is gone %s any call to the engines",
    async (how) => {
      let broken = 0;
      for (let at = 0; ; at++) {
        const fault = faults();
        const h = harness(fault);
        const id = await open(h);
        for (const words of ["one", "two", "three"]) await h.conversations.post(agent(), id, text(words), undefined);
        fault.arm(at, how);
        const whole = await h.conversations.workOff(h.inbound, id).then(
          () => fault.calls().length <= at,
          () => false,
        );
        fault.mend();
        // What the killed delivery leaves: its wake-ups are still there, the sweep publishes the rest, and time passes.
        const again = h.instance().conversations;
        for (let minute = 0; minute < 5; minute++) {
          await h.runOutbound(again);
          h.clock.advance(61_000);
          await h.outbox.sweep(60, 100);
        }
        await h.runOutbound(again);
        const messages = await outboundOf(h, id);
        const sent = sentTexts(h);
        expect(new Set(sent).size, `call ${at}`).toBe(sent.length);
        expect(sent, `call ${at}`).toEqual(["one", "two", "three"].filter((words) => sent.includes(words)));
        expect(
          messages.every((message) => message.status === "sent" || message.error?.code === "outcome-unknown"),
        ).toBe(true);
        // At most the one message that was under way is in doubt.
        expect(messages.filter((message) => message.status === "failed").length, `call ${at}`).toBeLessThanOrEqual(1);
        if (whole) break;
        broken++;
      }
      expect(broken).toBeGreaterThan(15);
    },
  );
});
