import type { InfiniteData } from "@tanstack/react-query";
import type { MessageMedia } from "../../../shared/conversations/content.ts";
import type { Conversation, Message, MessageStatus } from "../../../shared/conversations/model.ts";
import type { Page } from "../api/client.ts";

/** A list as it is cached: its pages, in order. */
export type Pages<T> = InfiniteData<Page<T>, string | null>;

/** Ranks of a send; never backwards, but what failed may still turn out delivered. */
const RANK: Readonly<Record<MessageStatus, number>> = { queued: 0, sent: 1, failed: 2, delivered: 3, read: 4 };
const MEDIA_RANK: Readonly<Record<MessageMedia["status"], number>> = { pending: 0, failed: 1, stored: 2 };

/**
 * Two sights of one message as one, whichever came later: statuses and files only go forward, unless the message was
 * queued anew (sent again after a failure). For the rest `incoming` wins.
 */
export function mergeMessage(known: Message, incoming: Message): Message {
  const queuedBefore = known.statusAt.queued ?? "";
  const queuedNow = incoming.statusAt.queued ?? "";
  if (queuedNow > queuedBefore) return withLaterMedia(known, incoming);
  const back = known.status !== null && incoming.status !== null && RANK[known.status] > RANK[incoming.status];
  const merged = queuedNow < queuedBefore || back ? withStatusOf(incoming, known) : incoming;
  return withLaterMedia(known, { ...merged, statusAt: { ...known.statusAt, ...merged.statusAt } });
}

function withStatusOf(message: Message, { status, error, statusAt }: Message): Message {
  const { error: _, ...rest } = message;
  return { ...rest, status, statusAt: { ...message.statusAt, ...statusAt }, ...(error === undefined ? {} : { error }) };
}

function withLaterMedia(known: Message, message: Message): Message {
  if (!("media" in message) || !("media" in known)) return message;
  return MEDIA_RANK[known.media.status] > MEDIA_RANK[message.media.status]
    ? { ...message, media: known.media }
    : message;
}

/** The pages (newest first) with the message in its place by the time it was said; once, however often it comes. */
export function placeMessage(pages: Pages<Message>, message: Message): Pages<Message> {
  const known = pages.pages.flatMap(({ items }) => items).find(({ id }) => id === message.id);
  if (known !== undefined) {
    const merged = mergeMessage(known, message);
    return mapItems(pages, (item) => (item.id === message.id ? merged : item));
  }
  return insert(pages, message, (item) => item.sentAt <= message.sentAt);
}

/** The pages (latest first) with the conversation where it belongs now, or without it when it is not of this list. */
export function placeConversation(
  pages: Pages<Conversation>,
  one: Conversation,
  belongs: boolean,
): Pages<Conversation> {
  const known = pages.pages.flatMap(({ items }) => items).find(({ id }) => id === one.id);
  if (known !== undefined && belongs && known.lastMessageAt === one.lastMessageAt) {
    return mapItems(pages, (item) => (item.id === one.id ? one : item));
  }
  if (known === undefined && !belongs) return pages;
  const without = known === undefined ? pages : filterItems(pages, ({ id }) => id !== one.id);
  return belongs ? insert(without, one, (item) => item.lastMessageAt <= one.lastMessageAt) : without;
}

/**
 * Puts the item before the first one that `comesAfter` it. Past the last loaded page it is left out while there are more
 * pages: it comes with them.
 */
function insert<T>(pages: Pages<T>, item: T, comesAfter: (other: T) => boolean): Pages<T> {
  for (const [index, page] of pages.pages.entries()) {
    const at = page.items.findIndex(comesAfter);
    if (at !== -1) return withPage(pages, index, { ...page, items: page.items.toSpliced(at, 0, item) });
  }
  const last = pages.pages.at(-1);
  if (last === undefined || typeof last.nextCursor === "string") return pages;
  return withPage(pages, pages.pages.length - 1, { ...last, items: [...last.items, item] });
}

function withPage<T>(pages: Pages<T>, index: number, page: Page<T>): Pages<T> {
  return { ...pages, pages: pages.pages.with(index, page) };
}

function mapItems<T>(pages: Pages<T>, change: (item: T) => T): Pages<T> {
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, items: page.items.map(change) })) };
}

function filterItems<T>(pages: Pages<T>, keep: (item: T) => boolean): Pages<T> {
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, items: page.items.filter(keep) })) };
}
