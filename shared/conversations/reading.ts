import type { ChannelTemplate } from "../channels/channel.ts";
import { type Caller, userIdOf } from "../platform/caller.ts";
import type { Condition } from "../platform/documents/port.ts";
import { type Context, readConversation, shown } from "./context.ts";
import { type Conversation, Conversations, type Message, Messages } from "./model.ts";
import { withReactions } from "./reactions.ts";

export interface PageRequest {
  /** 1 to 100. */
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface ListFilter extends PageRequest {
  readonly status: "open" | "snoozed" | "closed" | "all";
  /** A user id, `me`, or `none` for those nobody handles; undefined for everyone's. */
  readonly assignee?: string | undefined;
}

export interface PageOf<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** The tenant's conversations, the one with the newest message first. */
export async function listConversations(
  { documents }: Context,
  caller: Caller,
  filter: ListFilter,
): Promise<PageOf<Conversation>> {
  const page = await documents.forTenant(caller.tenantId).query(Conversations, {
    partition: [],
    where: conditions(caller, filter),
    orderBy: { path: "lastMessageAt", direction: "desc" },
    ...paging(filter),
  });
  return { items: page.items.map(({ value }) => shown(value)), nextCursor: page.nextCursor ?? null };
}

function conditions(caller: Caller, { status, assignee }: ListFilter): Condition[] {
  const where: Condition[] = [];
  if (status !== "all") where.push({ path: "status", op: "=", value: status });
  if (assignee === "none") where.push({ path: "assignee", op: "=", value: null });
  else if (assignee === "me") where.push({ path: "assignee", op: "=", value: userIdOf(caller) });
  else if (assignee !== undefined) where.push({ path: "assignee", op: "=", value: assignee });
  return where;
}

function paging({ limit, cursor }: PageRequest) {
  return { limit, ...(cursor === undefined ? {} : { cursor }) };
}

/** A conversation's messages and notes, newest first. Throws `not-found`. */
export async function listMessages(
  context: Context,
  caller: Caller,
  conversationId: string,
  page: PageRequest,
): Promise<PageOf<Message>> {
  const store = context.documents.forTenant(caller.tenantId);
  const found = await store.query(Messages, {
    partition: [conversationId],
    orderBy: { path: "position", direction: "desc" },
    ...paging(page),
  });
  // A conversation has messages, so only an empty answer needs a look whether there is one.
  if (found.items.length === 0) await readConversation(context, caller, conversationId);
  const items = await withReactions(
    store,
    found.items.map(({ value }) => value),
  );
  return { items, nextCursor: found.nextCursor ?? null };
}

/** The templates that may be sent in this conversation. Throws `not-found`, and what the channel throws. */
export async function listTemplates(
  context: Context,
  caller: Caller,
  conversationId: string,
): Promise<readonly ChannelTemplate[]> {
  const { channel, channelId } = (await readConversation(context, caller, conversationId)).value;
  return context.channels(channel).templates(caller.tenantId, channelId);
}
