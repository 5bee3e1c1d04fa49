import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Conversation, Message, MessageStatus } from "../../../shared/conversations/model.ts";
import { mergeMessage, type Pages, placeConversation, placeMessage } from "./merge.ts";

const at = (second: number) => new Date(Date.UTC(2026, 10, 21, 8, 0, second)).toISOString();

function message(id: string, second: number, status: MessageStatus | null = null): Message {
  return {
    id,
    conversationId: "cnv_1",
    direction: status === null ? "inbound" : "outbound",
    type: "text",
    text: id,
    status,
    sentAt: at(second),
    statusAt: status === null ? {} : { queued: at(second), [status]: at(second) },
    author: null,
    replyTo: null,
    reactions: [],
  };
}

function conversation(id: string, second: number): Conversation {
  return {
    id,
    channel: "whatsapp",
    channelId: "wa",
    contact: { id: "con_1", name: id, identities: [] },
    status: "open",
    assignee: null,
    queueId: null,
    windowExpiresAt: null,
    lastMessageAt: at(second),
    lastMessage: null,
    unread: 0,
    labels: [],
    openedAt: at(0),
    closedAt: null,
    snoozedUntil: null,
    previousId: null,
    nextId: null,
  };
}

function pagesOf<T>(...pages: readonly T[][]): Pages<T> {
  const cursor = (index: number) => (index === pages.length - 1 ? null : `after-${index}`);
  return {
    pages: pages.map((items, index) => ({ items, nextCursor: cursor(index) })),
    pageParams: pages.map((_, index) => (index === 0 ? null : cursor(index - 1))),
  };
}

const ids = <T extends { id: string }>(pages: Pages<T>) => pages.pages.map(({ items }) => items.map(({ id }) => id));

describe("placeMessage", () => {
  it("puts a message in its place by time, across pages", () => {
    const pages = pagesOf([message("d", 40), message("c", 30)], [message("a", 10)]);
    expect(ids(placeMessage(pages, message("e", 50)))).toEqual([["e", "d", "c"], ["a"]]);
    expect(ids(placeMessage(pages, message("x", 35)))).toEqual([["d", "x", "c"], ["a"]]);
    expect(ids(placeMessage(pages, message("x", 20)))).toEqual([
      ["d", "c"],
      ["x", "a"],
    ]);
    expect(ids(placeMessage(pages, message("x", 5)))).toEqual([
      ["d", "c"],
      ["a", "x"],
    ]);
  });

  it("leaves what is older than the last loaded page to the next page", () => {
    const more: Pages<Message> = { pages: [{ items: [message("b", 20)], nextCursor: "more" }], pageParams: [null] };
    expect(ids(placeMessage(more, message("a", 10)))).toEqual([["b"]]);
  });

  it("puts the later arrival of one second above", () => {
    expect(ids(placeMessage(pagesOf([message("a", 10)]), message("b", 10)))).toEqual([["b", "a"]]);
  });

  it("ends the same for any order and any number of deliveries", () => {
    const statuses: readonly MessageStatus[] = ["queued", "sent", "delivered", "read"];
    const events = [
      ...statuses.map((status) => message("out", 20, status)),
      message("in-1", 10),
      message("in-2", 30),
      message("in-3", 40),
    ];
    const order = fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 });
    fc.assert(
      fc.property(order, (shuffled) => {
        const end = shuffled.reduce(placeMessage, pagesOf<Message>([]));
        expect(ids(end)).toEqual([["in-3", "in-2", "out", "in-1"]]);
        expect(end.pages[0]?.items[2]?.status).toBe("read");
      }),
      { numRuns: 200 },
    );
  });
});

describe("mergeMessage", () => {
  it("lets what failed still turn out delivered, and not the other way round", () => {
    const failed = { ...message("m", 1, "failed"), error: { code: "x", message: "No", remedy: "retry" as const } };
    const delivered = message("m", 1, "delivered");
    expect(mergeMessage(failed, delivered)).toMatchObject({ status: "delivered" });
    expect(mergeMessage(failed, delivered)).not.toHaveProperty("error");
    expect(mergeMessage(delivered, failed).status).toBe("delivered");
    expect(mergeMessage(failed, message("m", 1, "sent"))).toMatchObject({ status: "failed", error: failed.error });
  });

  it("takes a message that was queued anew", () => {
    const failed = { ...message("m", 1, "failed"), error: { code: "x", message: "No", remedy: "retry" as const } };
    const again = message("m", 9, "queued");
    expect(mergeMessage(failed, again)).toMatchObject({ status: "queued" });
    expect(mergeMessage(failed, again)).not.toHaveProperty("error");
    expect(mergeMessage(again, failed)).toMatchObject({ status: "queued" });
  });

  it("never takes a stored file back", () => {
    const media = (status: "pending" | "stored") => ({ id: "med_1", status, mimeType: "image/jpeg" });
    const { type: _, ...base } = message("m", 1);
    const stored: Message = { ...base, type: "image", media: media("stored") };
    const pending: Message = { ...base, type: "image", media: media("pending") };
    expect(mergeMessage(stored, pending)).toMatchObject({ media: { status: "stored" } });
    expect(mergeMessage(pending, stored)).toMatchObject({ media: { status: "stored" } });
  });
});

describe("placeConversation", () => {
  const pages = pagesOf([conversation("c", 30), conversation("b", 20)], [conversation("a", 10)]);

  it("moves up what has a new message, and takes out what belongs elsewhere", () => {
    expect(ids(placeConversation(pages, conversation("a", 40), true))).toEqual([["a", "c", "b"], []]);
    expect(ids(placeConversation(pages, conversation("b", 20), false))).toEqual([["c"], ["a"]]);
    expect(ids(placeConversation(pages, conversation("x", 25), true))).toEqual([["c", "x", "b"], ["a"]]);
  });

  it("leaves the list alone when nothing of it is concerned", () => {
    expect(placeConversation(pages, conversation("x", 99), false)).toBe(pages);
  });
});
