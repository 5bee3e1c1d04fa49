import { describe, expect, it } from "vitest";
import { faults } from "../platform/testing/faults.ts";
import { agent, CHANNEL, harness, inboundMessage, OTHER_TENANT, PHONE, second, TENANT } from "./testing/harness.ts";

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

describe("taking in a message", () => {
  it("opens a conversation and stores the message, with the events of both", async () => {
    const h = harness();
    await h.takeIn(inboundMessage(1));
    const conversation = await h.only();
    expect(conversation).toMatchObject({
      channel: "whatsapp",
      channelId: CHANNEL,
      status: "open",
      assignee: null,
      unread: 1,
      contact: { name: "Ada", identities: [PHONE] },
      lastMessageAt: second(1).toISOString(),
      windowExpiresAt: new Date(second(1).getTime() + DAY).toISOString(),
      lastMessage: { direction: "inbound", type: "text", preview: "message 1" },
    });
    expect(await h.thread(conversation.id)).toMatchObject([
      { direction: "inbound", type: "text", text: "message 1", status: null, author: null },
    ]);
    const events = await h.events();
    expect(events.map(({ type }) => type)).toEqual(["contact.created", "conversation.opened", "message.received"]);
    expect(events[2]).toMatchObject({
      tenantId: TENANT,
      subject: conversation.id,
      actor: { type: "system", name: "inbound" },
      data: { conversation: { id: conversation.id, unread: 1 }, message: { text: "message 1" } },
    });
    expect(events[2]?.data.message).not.toHaveProperty("providerId");
    expect(events[2]?.data.conversation).not.toHaveProperty("outbound");
  });

  it("stores a duplicate once, on another instance too", async () => {
    const h = harness();
    await h.takeIn(inboundMessage(1));
    await h.takeIn(inboundMessage(1));
    await h.instance().conversations.takeIn(h.inbound, "whatsapp", inboundMessage(1));
    const conversation = await h.only();
    expect(await h.thread(conversation.id)).toHaveLength(1);
    expect(conversation.unread).toBe(1);
    expect((await h.events()).filter(({ type }) => type === "message.received")).toHaveLength(1);
  });

  it("makes one conversation of an album that comes in parallel, on two instances", async () => {
    const h = harness();
    const other = h.instance().conversations;
    const album = Array.from({ length: 30 }, (_, n) => inboundMessage(n + 1, { at: second(1) }));
    const takeIn = (n: number) => (n % 2 === 0 ? h.conversations : other);
    // Within a lane there is no concurrency; here there is, and a contended one is redelivered as the queue would.
    const all = album.map(async (message, n) => {
      for (let tries = 0; tries < 20; tries++) {
        try {
          return await takeIn(n).takeIn(h.inbound, "whatsapp", message);
        } catch {}
      }
      throw new Error("never taken in");
    });
    await Promise.all(all);
    const conversation = await h.only();
    const thread = await h.thread(conversation.id);
    expect(thread).toHaveLength(30);
    expect(new Set(thread.map(({ id }) => id)).size).toBe(30);
    expect(conversation.unread).toBe(30);
  });

  it("shows messages by the time they were said, however they come", async () => {
    const h = harness();
    for (const n of [3, 1, 2]) await h.takeIn(inboundMessage(n));
    const conversation = await h.only();
    expect((await h.thread(conversation.id)).map((message) => message.type === "text" && message.text)).toEqual([
      "message 1",
      "message 2",
      "message 3",
    ]);
    expect(conversation.lastMessage?.preview).toBe("message 3");
    expect(conversation.lastMessageAt).toBe(second(3).toISOString());
  });

  it("keeps the order of arrival within a second", async () => {
    const h = harness();
    for (const n of [5, 4, 6]) await h.takeIn(inboundMessage(n, { at: second(1) }));
    const texts = (await h.thread((await h.only()).id)).map((message) => message.type === "text" && message.text);
    expect(texts).toEqual(["message 5", "message 4", "message 6"]);
  });

  it("reopens a conversation that was closed less than 24 hours before", async () => {
    const h = harness();
    await h.takeIn(inboundMessage(1));
    const { id } = await h.only();
    await h.conversations.close(agent(), id);
    await h.takeIn(inboundMessage(2, { at: new Date(h.clock.now().getTime() + DAY) }));
    expect(await h.only()).toMatchObject({ id, status: "open", closedAt: null, unread: 2 });
    expect((await h.events()).map(({ type }) => type)).toContain("conversation.reopened");
  });

  it("begins a linked conversation later than that, which a late duplicate does not enter", async () => {
    const h = harness();
    await h.takeIn(inboundMessage(1));
    const first = await h.only();
    await h.conversations.close(agent(), first.id);
    h.clock.advance(2 * DAY);
    await h.takeIn(inboundMessage(2, { at: h.clock.now() }));
    const { items } = await h.conversations.list(agent(), { status: "all", limit: 10 });
    expect(items).toHaveLength(2);
    const [second, before] = items;
    expect(second).toMatchObject({ previousId: first.id, status: "open", unread: 1 });
    expect(before).toMatchObject({ id: first.id, status: "closed", nextId: second?.id });
    await h.takeIn(inboundMessage(1));
    await h.instance().conversations.takeIn(h.inbound, "whatsapp", inboundMessage(1));
    expect(await h.thread(second?.id ?? "")).toHaveLength(1);
    await expect(h.conversations.reopen(agent(), first.id)).rejects.toMatchObject({ code: "conflict" });
    await h.instance().conversations.takeIn(h.inbound, "whatsapp", inboundMessage(3, { at: h.clock.now() }));
    expect(await h.thread(second?.id ?? "")).toHaveLength(2);
  });

  it("finds its way from an instance that remembers the conversation before", async () => {
    const h = harness();
    await h.takeIn(inboundMessage(1));
    const first = await h.only();
    await h.conversations.close(agent(), first.id);
    h.clock.advance(2 * DAY);
    const at = h.clock.now();
    await h.instance().conversations.takeIn(h.inbound, "whatsapp", inboundMessage(2, { at }));
    const contact = { identities: [PHONE] };
    await h.takeIn({ type: "reaction", channelId: CHANNEL, contact, at, targetProviderId: "wamid.in.2", emoji: "👍" });
    await h.takeIn(inboundMessage(3, { at }));
    const { items } = await h.conversations.list(agent(), { status: "open", limit: 10 });
    expect(items).toHaveLength(1);
    expect(await h.thread(items[0]?.id ?? "")).toMatchObject([{ reactions: [{ emoji: "👍" }] }, { reactions: [] }]);
  });

  it("finds a late duplicate in a conversation long before", async () => {
    const h = harness();
    await h.takeIn(inboundMessage(1));
    for (const n of [2, 3]) {
      const { items } = await h.conversations.list(agent(), { status: "open", limit: 10 });
      await h.conversations.close(agent(), items[0]?.id ?? "");
      h.clock.advance(2 * DAY);
      await h.takeIn(inboundMessage(n, { at: h.clock.now() }));
    }
    await h.instance().conversations.takeIn(h.inbound, "whatsapp", inboundMessage(1));
    const { items } = await h.conversations.list(agent(), { status: "open", limit: 10 });
    expect(items).toHaveLength(1);
    expect(await h.thread(items[0]?.id ?? "")).toHaveLength(1);
  });

  it("wakes a snoozed conversation", async () => {
    const h = harness();
    await h.takeIn(inboundMessage(1));
    const { id } = await h.only();
    await h.conversations.snooze(agent(), id, new Date(h.clock.now().getTime() + HOUR));
    await h.takeIn(inboundMessage(2));
    expect(await h.only()).toMatchObject({ status: "open", snoozedUntil: null });
  });

  it("follows the newest message for the contact's name, and an agent's choice against it", async () => {
    const h = harness();
    const named = (n: number, name: string) => inboundMessage(n, { contact: { identities: [PHONE], name } });
    await h.takeIn(named(5, "Ada L."));
    await h.takeIn(named(3, "Old"));
    expect((await h.only()).contact.name).toBe("Ada L.");
    await h.takeIn(named(6, "Ada Lovelace"));
    const { contact } = await h.only();
    expect(contact.name).toBe("Ada Lovelace");
    await h.contacts.rename(agent(), contact.id, "Countess", "*");
    await h.conversations.contactRenamed(h.inbound, contact.id);
    expect((await h.only()).contact.name).toBe("Countess");
    await h.takeIn(named(7, "A. L."));
    expect((await h.only()).contact.name).toBe("Countess");
  });

  it("stores a message that no queue could carry, and only names it to those who listen", async () => {
    const h = harness();
    await h.takeIn(inboundMessage(1, { content: { type: "text", text: "\u0001".repeat(65_536) } }));
    const { id } = await h.only();
    expect(await h.thread(id)).toMatchObject([{ type: "text" }]);
    expect((await h.events()).at(-1)?.data.message).toMatchObject({ type: "unsupported", conversationId: id });
  });

  it("links a reply to what it answers", async () => {
    const h = harness();
    await h.takeIn(inboundMessage(2, { replyToProviderId: "wamid.in.1" }));
    await h.takeIn(inboundMessage(1));
    const { id } = await h.only();
    const posted = await h.conversations.post(agent(), id, { type: "text", text: "Hello" }, undefined);
    await h.runOutbound();
    await h.takeIn(inboundMessage(3, { replyToProviderId: "wamid.out.1" }));
    const [one, two, ...rest] = await h.thread(id);
    expect(two?.replyTo).toBe(one?.id);
    expect(rest.find(({ direction }) => direction === "inbound")?.replyTo).toBe(posted.id);
  });

  it.each(["before", "after"] as const)(
    "loses and doubles nothing when the process is gone %s any call to the engines",
    async (how) => {
      const media = { id: "med_00000000000000000001", status: "pending", mimeType: "image/jpeg" } as const;
      const both = [PHONE, { kind: "whatsapp-user", value: "NL.1" } as const];
      const first = inboundMessage(1, { content: { type: "image", media }, providerMediaId: "prov-1" });
      const next = inboundMessage(2, { at: second(200_000), contact: { identities: both, name: "Ada L." } });
      let broken = 0;
      for (let at = 0; ; at++) {
        const fault = faults();
        const h = harness(fault);
        fault.arm(at, how);
        const work = async () => {
          await h.takeIn(first);
          await h.conversations.close(agent(), (await h.only()).id);
          h.clock.advance(200_000_000);
          await h.takeIn(next);
        };
        const whole = await work().then(
          () => fault.calls().length <= at,
          () => false,
        );
        fault.mend();
        const again = h.instance().conversations;
        await again.takeIn(h.inbound, "whatsapp", first);
        await again.takeIn(h.inbound, "whatsapp", next);
        h.clock.advance(120_000);
        await h.outbox.sweep(60, 100);
        const { items } = await again.list(agent(), { status: "all", limit: 10 });
        const threads = await Promise.all(items.map(({ id }) => h.thread(id)));
        expect(
          threads
            .flat()
            .map(({ sentAt }) => sentAt)
            .toSorted(),
          `call ${at}`,
        ).toEqual([first.at.toISOString(), next.at.toISOString()]);
        expect(
          items.filter(({ status }) => status === "open"),
          `call ${at}`,
        ).toHaveLength(1);
        const received = (await h.events()).filter(({ type }) => type === "message.received");
        expect(new Set(received.map(({ id }) => id)).size, `call ${at}`).toBe(2);
        expect(
          (await h.events()).filter(({ type }) => type === "contact.created"),
          `call ${at}`,
        ).toHaveLength(1);
        expect(await h.runMedia(), `call ${at}`).toBeGreaterThanOrEqual(1);
        const { items: people } = await h.contacts.list(agent(), { limit: 10 });
        expect(
          people.map(({ name, identities }) => [name, identities.length]),
          `call ${at}`,
        ).toEqual([["Ada L.", 2]]);
        if (whole) break;
        broken++;
      }
      expect(broken).toBeGreaterThan(20);
    },
  );

  it("asks for the file of a message that has one", async () => {
    const h = harness();
    const media = { id: "med_00000000000000000001", status: "pending", mimeType: "image/jpeg" } as const;
    await h.takeIn(inboundMessage(1, { content: { type: "image", media }, providerMediaId: "prov-1" }));
    h.channel.files.set("prov-1", { bytes: Buffer.from("jpeg"), mimeType: "image/jpeg" });
    expect(await h.runMedia()).toBe(1);
    const [message] = await h.thread((await h.only()).id);
    expect(message).toMatchObject({ media: { status: "stored", size: 4 } });
    expect((await h.events()).at(-1)).toMatchObject({ type: "media.stored", data: { message: { id: message?.id } } });
  });

  it("shows nothing of it to another tenant", async () => {
    const h = harness();
    await h.takeIn(inboundMessage(1));
    const { id } = await h.only();
    const other = agent(OTHER_TENANT);
    expect(await h.conversations.list(other, { status: "all", limit: 10 })).toEqual({ items: [], nextCursor: null });
    await expect(h.conversations.read(other, id)).rejects.toMatchObject({ code: "not-found" });
    await expect(h.conversations.messages(other, id, { limit: 10 })).rejects.toMatchObject({ code: "not-found" });
    await expect(h.conversations.close(other, id)).rejects.toMatchObject({ code: "not-found" });
  });
});
