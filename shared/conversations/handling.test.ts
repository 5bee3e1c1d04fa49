import { describe, expect, it } from "vitest";
import { AGENT_ID, agent, type Harness, harness, inboundMessage } from "./testing/harness.ts";

const HOUR = 60 * 60 * 1000;

async function open(h: Harness): Promise<string> {
  await h.takeIn(inboundMessage(0));
  return (await h.only()).id;
}

const typesOf = async (h: Harness) => (await h.events()).map(({ type }) => type).slice(3);

describe("handling", () => {
  it("assigns to active users, and to nobody; the same once more is no event", async () => {
    const h = harness();
    const id = await open(h);
    expect(await h.conversations.assign(agent(), id, AGENT_ID)).toMatchObject({ assignee: AGENT_ID });
    await h.conversations.assign(agent(), id, AGENT_ID);
    expect(await h.conversations.assign(agent(), id, null)).toMatchObject({ assignee: null });
    h.inactive.add(AGENT_ID);
    for (const nobody of [AGENT_ID, "someone"])
      await expect(h.conversations.assign(agent(), id, nobody)).rejects.toMatchObject({ code: "invalid-request" });
    expect(await typesOf(h)).toEqual(["conversation.assigned", "conversation.assigned"]);
  });

  it("closes and reopens, once each", async () => {
    const h = harness();
    const id = await open(h);
    for (let n = 0; n < 2; n++)
      expect(await h.conversations.close(agent(), id)).toMatchObject({
        status: "closed",
        closedAt: h.clock.now().toISOString(),
      });
    for (let n = 0; n < 2; n++)
      expect(await h.conversations.reopen(agent(), id)).toMatchObject({ status: "open", closedAt: null });
    expect(await typesOf(h)).toEqual(["conversation.closed", "conversation.reopened"]);
  });

  it("snoozes until its time, and no longer", async () => {
    const h = harness();
    const id = await open(h);
    const until = new Date(h.clock.now().getTime() + 2 * HOUR);
    expect(await h.conversations.snooze(agent(), id, until)).toMatchObject({
      status: "snoozed",
      snoozedUntil: until.toISOString(),
    });
    h.clock.advance(HOUR);
    await h.runOutbound();
    expect(await h.only()).toMatchObject({ status: "snoozed" });
    h.clock.advance(HOUR);
    await h.runOutbound();
    expect(await h.only()).toMatchObject({ status: "open", snoozedUntil: null });
    expect(await typesOf(h)).toEqual(["conversation.snoozed", "conversation.reopened"]);
  });

  it("is not woken by a snooze that was changed", async () => {
    const h = harness();
    const id = await open(h);
    const later = (hours: number) => new Date(h.clock.now().getTime() + hours * HOUR);
    await h.conversations.snooze(agent(), id, later(1));
    await h.conversations.snooze(agent(), id, later(3));
    h.clock.advance(HOUR);
    await h.runOutbound();
    expect(await h.only()).toMatchObject({ status: "snoozed" });
    h.clock.advance(2 * HOUR);
    await h.runOutbound();
    expect(await h.only()).toMatchObject({ status: "open" });
  });

  it("snoozes neither into the past nor for years, nor what is closed", async () => {
    const h = harness();
    const id = await open(h);
    const now = h.clock.now().getTime();
    for (const at of [now, now - 1, now + 366 * 24 * HOUR])
      await expect(h.conversations.snooze(agent(), id, new Date(at))).rejects.toMatchObject({
        code: "invalid-request",
      });
    await h.conversations.close(agent(), id);
    await expect(h.conversations.snooze(agent(), id, new Date(now + HOUR))).rejects.toMatchObject({
      code: "conversation-closed",
    });
  });

  it("marks as read, tells the provider once, and does not mind when that fails", async () => {
    const h = harness();
    const id = await open(h);
    await h.takeIn(inboundMessage(2));
    await h.takeIn(inboundMessage(1));
    expect(await h.conversations.markRead(agent(), id)).toMatchObject({ unread: 0 });
    await h.conversations.markRead(agent(), id);
    await h.runOutbound();
    expect(h.channel.marks).toEqual(["wamid.in.2"]);
    await h.takeIn(inboundMessage(3));
    h.channel.markRead = () => Promise.reject(new Error("connection reset"));
    expect(await h.conversations.markRead(agent(), id)).toMatchObject({ unread: 0 });
    await h.runOutbound();
    expect(await h.queue.deadLetters.list("outbound", 10)).toEqual([]);
  });
});

describe("lists", () => {
  it("filter by state and assignee, the newest message first, page by page", async () => {
    const h = harness();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      const contact = { identities: [{ kind: "phone", value: `3160000010${n}` } as const], name: `Person ${n}` };
      await h.takeIn(inboundMessage(n, { contact }));
      const { items } = await h.conversations.list(agent(), { status: "all", limit: 1 });
      ids.push(items[0]?.id ?? "");
    }
    const [a = "", b = "", c = "", d = "", e = ""] = ids;
    await h.conversations.close(agent(), a);
    await h.conversations.snooze(agent(), b, new Date(h.clock.now().getTime() + HOUR));
    await h.conversations.assign(agent(), c, AGENT_ID);
    const list = async (filter: { status: "open" | "snoozed" | "closed" | "all"; assignee?: string }) =>
      (await h.conversations.list(agent(), { ...filter, limit: 10 })).items.map(({ id }) => id);
    expect(await list({ status: "all" })).toEqual([e, d, c, b, a]);
    expect(await list({ status: "open" })).toEqual([e, d, c]);
    expect(await list({ status: "snoozed" })).toEqual([b]);
    expect(await list({ status: "closed" })).toEqual([a]);
    expect(await list({ status: "open", assignee: "me" })).toEqual([c]);
    expect(await list({ status: "open", assignee: "none" })).toEqual([e, d]);
    expect(await list({ status: "open", assignee: "usr_00000000000000000009" })).toEqual([]);
    const paged: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await h.conversations.list(agent(), { status: "all", limit: 2, cursor });
      paged.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(paged).toEqual([e, d, c, b, a]);
  });
});

describe("files of messages", () => {
  const media = { id: "med_00000000000000000001", status: "pending", mimeType: "image/jpeg" } as const;
  const photo = inboundMessage(1, { content: { type: "image", media }, providerMediaId: "prov-1" });

  it("are tried again later while the provider is down", async () => {
    const h = harness();
    await h.takeIn(photo);
    h.channel.files.set("prov-1", "down");
    await h.runMedia();
    const { id } = await h.only();
    expect(await h.thread(id)).toMatchObject([{ media: { status: "pending" } }]);
    h.channel.files.set("prov-1", { bytes: Buffer.from("jpeg"), mimeType: "image/jpeg" });
    h.clock.advance(10_000);
    await h.runMedia();
    expect(await h.thread(id)).toMatchObject([{ media: { status: "stored" } }]);
  });

  it("are given up in words after the last try, and parked", async () => {
    const h = harness();
    await h.takeIn(photo);
    h.channel.files.set("prov-1", "down");
    for (let n = 0; n < 8; n++) {
      await h.runMedia();
      h.clock.advance(8 * HOUR);
    }
    expect(await h.thread((await h.only()).id)).toMatchObject([
      { media: { status: "failed", error: expect.any(String) } },
    ]);
    expect(await h.queue.deadLetters.list("media", 10)).toHaveLength(1);
  });

  it.each([
    ["gone", undefined],
    ["too large", { bytes: new Uint8Array(1001), mimeType: "image/jpeg" }],
  ])("that are %s fail at once, in words", async (_, file) => {
    const h = harness();
    if (file !== undefined) h.channel.files.set("prov-1", file);
    await h.takeIn(photo);
    await h.runMedia();
    expect(await h.thread((await h.only()).id)).toMatchObject([
      { media: { status: "failed", error: expect.any(String) } },
    ]);
    expect(h.blobs.names()).toEqual([]);
    expect((await h.events()).at(-1)?.type).toBe("media.failed");
  });

  it("say so when they are deleted, and do not come back", async () => {
    const h = harness();
    h.channel.files.set("prov-1", { bytes: Buffer.from("jpeg"), mimeType: "image/jpeg" });
    await h.takeIn(photo);
    await h.runMedia();
    const [message] = await h.thread((await h.only()).id);
    await h.media.remove(h.inbound, media.id);
    expect((await h.events()).at(-1)).toMatchObject({ type: "media.deleted", data: { messageId: message?.id } });
    await h.conversations.fileDeleted(h.inbound, message?.conversationId ?? "", message?.id ?? "");
    await h.conversations.fetchFile(h.inbound, {
      conversationId: message?.conversationId ?? "",
      messageId: message?.id ?? "",
      attempt: 0,
    });
    expect(await h.thread((await h.only()).id)).toMatchObject([{ media: { status: "failed" } }]);
    expect(h.blobs.names()).toEqual([]);
  });
});
