import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import type { Conversation } from "../../../shared/conversations/model.ts";
import { keys } from "../api/keys.ts";
import { EventApplier } from "./events.ts";
import type { Pages } from "./merge.ts";

const ME = "sam";

function conversation(change: Partial<Conversation>): Conversation {
  return {
    id: "cnv_1",
    channel: "whatsapp",
    channelId: "wa",
    contact: { id: "con_1", name: "Maya", identities: [] },
    status: "open",
    assignee: null,
    queueId: null,
    windowExpiresAt: null,
    lastMessageAt: "2026-11-21T08:00:00.000Z",
    lastMessage: null,
    unread: 0,
    labels: [],
    openedAt: "2026-11-21T08:00:00.000Z",
    closedAt: null,
    snoozedUntil: null,
    previousId: null,
    nextId: null,
    ...change,
  };
}

function setUp() {
  const client = new QueryClient();
  const empty: Pages<Conversation> = { pages: [{ items: [], nextCursor: null }], pageParams: [null] };
  for (const view of ["mine", "unassigned", "open", "closed"]) client.setQueryData(keys.conversations(view), empty);
  const applier = new EventApplier(client, ME, () => undefined);
  let number = 0;
  const tell = (at: string, change: Partial<Conversation>, id = `evt_${++number}`) =>
    applier.apply({
      type: "conversation.assigned",
      id,
      at,
      subject: "cnv_1",
      data: { conversation: conversation(change) },
    });
  const shown = (view: string) =>
    client.getQueryData<Pages<Conversation>>(keys.conversations(view))?.pages.flatMap(({ items }) => items) ?? [];
  return { tell, shown };
}

describe("EventApplier", () => {
  it("moves a conversation between the lists it belongs to", () => {
    const { tell, shown } = setUp();
    tell("2026-11-21T08:00:01.000Z", {});
    expect([shown("unassigned").length, shown("mine").length, shown("open").length]).toEqual([1, 0, 1]);
    tell("2026-11-21T08:00:02.000Z", { assignee: ME });
    expect([shown("unassigned").length, shown("mine").length, shown("open").length]).toEqual([0, 1, 1]);
    tell("2026-11-21T08:00:03.000Z", { assignee: ME, status: "closed" });
    expect([shown("mine").length, shown("open").length, shown("closed").length]).toEqual([0, 0, 1]);
  });

  it("does not let an older sight replace a newer one, nor apply one event twice", () => {
    const { tell, shown } = setUp();
    tell("2026-11-21T08:00:02.000Z", { unread: 0 }, "evt_read");
    tell("2026-11-21T08:00:01.000Z", { unread: 3 });
    expect(shown("open")[0]?.unread).toBe(0);
    tell("2026-11-21T08:00:03.000Z", { unread: 1 });
    tell("2026-11-21T08:00:04.000Z", { unread: 9 }, "evt_read");
    expect(shown("open")[0]?.unread).toBe(1);
  });

  it("survives data of a kind it does not know", () => {
    const { shown } = setUp();
    const applier = new EventApplier(new QueryClient(), ME, () => undefined);
    for (const data of [null, "text", 7, {}]) {
      applier.apply({ type: "message.received", id: String(data), at: "2026-11-21T08:00:00.000Z", subject: "x", data });
    }
    expect(shown("open")).toEqual([]);
  });
});
