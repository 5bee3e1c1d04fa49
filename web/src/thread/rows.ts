import type { Message } from "../../../shared/conversations/model.ts";
import { startOfDay } from "../ui/times.ts";

/** A thread as it is drawn: days, the line above what is new, and groups of what one person said in a row. */
export type Row =
  | { readonly kind: "day"; readonly key: string; readonly at: Date }
  | { readonly kind: "new"; readonly key: string }
  | Group;

export interface Group {
  readonly kind: "group";
  readonly key: string;
  readonly direction: Message["direction"];
  readonly author: string | null;
  readonly items: readonly Item[];
}

type Item =
  | { readonly kind: "message"; readonly key: string; readonly message: Message }
  /** Images sent in one go; at least two. */
  | { readonly kind: "album"; readonly key: string; readonly messages: readonly Message[] };

const GROUP_GAP_MS = 5 * 60_000;
const ALBUM_GAP_MS = 60_000;

interface Options {
  /** The first message that was unread when the conversation was opened. */
  readonly newFrom?: string | undefined;
  /** The identity of a message on the screen; default: its id. */
  readonly keyOf?: (id: string) => string;
}

/** Rows of messages that are in order, oldest first. */
export function rowsOf(messages: readonly Message[], { newFrom, keyOf = (id) => id }: Options = {}): readonly Row[] {
  const rows: Row[] = [];
  let run: Message[] = [];
  const flush = () => {
    const [first] = run;
    if (first !== undefined) rows.push(groupOf(first, run, keyOf));
    run = [];
  };
  let previous: Message | undefined;
  for (const message of messages) {
    const at = new Date(message.sentAt);
    const newDay = previous === undefined || startOfDay(new Date(previous.sentAt)) !== startOfDay(at);
    const isNew = message.id === newFrom;
    if (newDay || isNew || previous === undefined || !sameGroup(previous, message)) flush();
    if (newDay) rows.push({ kind: "day", key: `day:${startOfDay(at)}`, at });
    if (isNew) rows.push({ kind: "new", key: "new" });
    run.push(message);
    previous = message;
  }
  flush();
  return rows;
}

/** The first of the last `unread` inbound messages; undefined when nothing is unread or it is not loaded. */
export function firstUnread(messages: readonly Message[], unread: number): string | undefined {
  if (unread <= 0) return undefined;
  const inbound = messages.filter(({ direction }) => direction === "inbound");
  return inbound.at(-unread)?.id;
}

function sameGroup(a: Message, b: Message): boolean {
  if (a.direction !== b.direction || a.author !== b.author) return false;
  return Date.parse(b.sentAt) - Date.parse(a.sentAt) <= GROUP_GAP_MS;
}

function groupOf(first: Message, messages: readonly Message[], keyOf: (id: string) => string): Group {
  const items: Item[] = [];
  let album: Message[] = [];
  const flush = () => {
    const [one, ...others] = album;
    if (one === undefined) return;
    const key = keyOf(one.id);
    items.push(others.length === 0 ? { kind: "message", key, message: one } : { kind: "album", key, messages: album });
    album = [];
  };
  for (const message of messages) {
    const before = album.at(-1);
    const apart = before !== undefined && Date.parse(message.sentAt) - Date.parse(before.sentAt) > ALBUM_GAP_MS;
    if (!albumable(message) || apart) flush();
    if (albumable(message)) album.push(message);
    else items.push({ kind: "message", key: keyOf(message.id), message });
  }
  flush();
  const { direction, author } = first;
  return { kind: "group", key: `group:${keyOf(first.id)}`, direction, author, items };
}

/** What has words, answers something or failed stands on its own. */
function albumable(message: Message): boolean {
  return (
    message.type === "image" &&
    message.caption === undefined &&
    message.replyTo === null &&
    message.status !== "failed" &&
    message.reactions.length === 0
  );
}
