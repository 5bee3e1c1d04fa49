import { describe, expect, it } from "vitest";
import type { Message } from "../../../shared/conversations/model.ts";
import { firstUnread, type Row, rowsOf } from "./rows.ts";

const MORNING = new Date(2026, 10, 21, 9).getTime();

interface Said {
  readonly id: string;
  /** Seconds after nine o'clock. */
  readonly at: number;
  readonly direction?: Message["direction"];
  readonly author?: string;
  readonly image?: boolean;
  readonly caption?: string;
}

function said({ id, at, direction = "inbound", author, image = false, caption }: Said): Message {
  const base = {
    id,
    conversationId: "cnv_1",
    direction,
    status: null,
    sentAt: new Date(MORNING + at * 1000).toISOString(),
    statusAt: {},
    author: author ?? null,
    replyTo: null,
    reactions: [],
  };
  if (!image) return { ...base, type: "text", text: id };
  const media = { id: `med_${id}`, status: "stored" as const, mimeType: "image/jpeg" };
  return { ...base, type: "image", media, ...(caption === undefined ? {} : { caption }) };
}

/** `day`, `new`, and groups as their items' ids, albums joined by `+`. */
function outline(rows: readonly Row[]): readonly string[] {
  return rows.map((row) => {
    if (row.kind !== "group") return row.kind;
    const items = row.items.map((item) =>
      item.kind === "album" ? item.messages.map(({ id }) => id).join("+") : item.message.id,
    );
    return items.join(" ");
  });
}

describe("rowsOf", () => {
  it("groups what one person said in a row, until five minutes pass", () => {
    const messages = [
      said({ id: "a", at: 0 }),
      said({ id: "b", at: 300 }),
      said({ id: "c", at: 601 }),
      said({ id: "d", at: 602, direction: "outbound", author: "sam" }),
      said({ id: "e", at: 603, direction: "outbound", author: "mila" }),
      said({ id: "f", at: 604, direction: "note", author: "mila" }),
    ];
    expect(outline(rowsOf(messages))).toEqual(["day", "a b", "c", "d", "e", "f"]);
  });

  it("begins a day at midnight, even within a group", () => {
    const night = 15 * 3600;
    const messages = [said({ id: "a", at: night - 1 }), said({ id: "b", at: night + 1 })];
    expect(outline(rowsOf(messages))).toEqual(["day", "a", "day", "b"]);
  });

  it("makes an album of images within a minute of each other, and of nothing else", () => {
    const messages = [
      said({ id: "a", at: 0, image: true }),
      said({ id: "b", at: 50, image: true }),
      said({ id: "c", at: 110, image: true }),
      said({ id: "d", at: 171, image: true }),
      said({ id: "e", at: 172 }),
      said({ id: "f", at: 173, image: true, caption: "Look" }),
      said({ id: "g", at: 174, image: true }),
      said({ id: "h", at: 175, image: true }),
    ];
    expect(outline(rowsOf(messages))).toEqual(["day", "a+b+c d e f g+h"]);
  });

  it("splits albums between senders", () => {
    const messages = [
      said({ id: "a", at: 0, image: true }),
      said({ id: "b", at: 1, image: true, direction: "outbound", author: "sam" }),
    ];
    expect(outline(rowsOf(messages))).toEqual(["day", "a", "b"]);
  });

  it("draws the line above the first new message", () => {
    const messages = [said({ id: "a", at: 0 }), said({ id: "b", at: 1 })];
    expect(outline(rowsOf(messages, { newFrom: "b" }))).toEqual(["day", "a", "new", "b"]);
    expect(outline(rowsOf(messages, { newFrom: "gone" }))).toEqual(["day", "a b"]);
  });

  it("keeps a bubble's identity when the server names it", () => {
    const keyOf = (id: string) => (id === "msg_1" ? "local:1" : id);
    const before = rowsOf([said({ id: "local:1", at: 0 })], { keyOf });
    const after = rowsOf([said({ id: "msg_1", at: 0 })], { keyOf });
    expect(after.map(({ key }) => key)).toEqual(before.map(({ key }) => key));
  });
});

describe("firstUnread", () => {
  const messages = [
    said({ id: "a", at: 0 }),
    said({ id: "b", at: 1 }),
    said({ id: "c", at: 2, direction: "outbound" }),
    said({ id: "d", at: 3 }),
  ];

  it.each([
    [0, undefined],
    [1, "d"],
    [2, "b"],
    [3, "a"],
    [4, undefined],
  ])("of %d unread is %s", (unread, id) => {
    expect(firstUnread(messages, unread)).toBe(id);
  });
});
