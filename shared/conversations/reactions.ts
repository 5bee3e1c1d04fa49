import type { InboundReaction } from "../channels/channel.ts";
import type { Caller } from "../platform/caller.ts";
import { create, replace, type Stored, type TenantStore } from "../platform/documents/port.ts";
import { derivedId } from "../platform/ids.ts";
import {
  type Context,
  contended,
  MAX_RACES,
  messageEvent,
  readConversation,
  readMessage,
  tryCommit,
} from "./context.ts";
import { Message, Messages, type Reaction, Reactions, type StoredMessage, type StoredReaction } from "./model.ts";
import { conversationIdOf, findByProviderId, inboundMessageId, newestConversation, ordinalHint } from "./threads.ts";

type Side = "contact" | "business";

function reactionId(targetProviderId: string, side: Side): string {
  return derivedId("rea", targetProviderId, side);
}

/** Reactions of more messages than this are never asked for at once. */
const MAX_REACTIONS = 1000;

/**
 * Takes in a customer's reaction. Stored beside the message it belongs to, which may not have come yet; when the message is in
 * neither of the thread's last two conversations, it waits in the newest.
 */
export async function takeInReaction(context: Context, caller: Caller, event: InboundReaction): Promise<void> {
  const { channelId, contact, targetProviderId, emoji, at } = event;
  const contactId = await context.contacts.resolve(caller, contact.identities);
  const thread = { channelId, contactId };
  const newest = await newestConversation(context, caller, thread);
  const target = await findTarget(context, caller, channelId, targetProviderId, newest?.value);
  const { ordinal } = await ordinalHint(context, caller, thread);
  const conversationId =
    target?.conversationId ?? newest?.value.id ?? conversationIdOf(caller, thread, newest?.value.ordinal ?? ordinal);
  const reaction = { targetProviderId, from: contactId, emoji, at: at.toISOString() };
  await keepReaction(context, caller, { conversationId, side: "contact", reaction, targetId: target?.id });
}

async function findTarget(
  context: Context,
  caller: Caller,
  channelId: string,
  providerId: string,
  newest: { readonly id: string; readonly previousId: string | null } | undefined,
): Promise<StoredMessage | undefined> {
  if (newest === undefined) return undefined;
  const store = context.documents.forTenant(caller.tenantId);
  const inbound = await store.read(Messages, [newest.id], inboundMessageId(channelId, providerId));
  if (inbound !== undefined) return inbound.value;
  return (await findByProviderId(context, caller, [newest.id, newest.previousId], providerId))?.value;
}

interface Kept {
  readonly conversationId: string;
  readonly side: Side;
  readonly reaction: StoredReaction;
  /** The message reacted to, if it is known yet. */
  readonly targetId: string | undefined;
}

/**
 * Keeps a reaction if it is newer than the one that side gave before; of two of the same second, always the same one stays.
 * Where the message is known it shows the reaction from then on (event `message.reacted`). Resolves to the message.
 */
export async function keepReaction(context: Context, caller: Caller, kept: Kept): Promise<Message | undefined> {
  const { conversationId, side, reaction, targetId } = kept;
  const store = context.documents.forTenant(caller.tenantId);
  const id = reactionId(reaction.targetProviderId, side);
  const otherId = reactionId(reaction.targetProviderId, side === "contact" ? "business" : "contact");
  for (let race = 0; race < MAX_RACES; race++) {
    const before = await store.read(Reactions, [conversationId], id);
    const target = targetId === undefined ? undefined : await readMessage(context, caller, conversationId, targetId);
    if (before !== undefined && !isNewer(reaction, before.value)) return target && Message.parse(target.value);
    const operations = [
      before === undefined ? create(Reactions, id, reaction) : replace(Reactions, id, reaction, before.etag),
    ];
    if (target === undefined) {
      if ((await tryCommit(context, caller, conversationId, operations, {})) === undefined) return undefined;
      continue;
    }
    const other = await store.read(Reactions, [conversationId], otherId);
    const message = { ...target.value, reactions: shownReactions([reaction, ...(other ? [other.value] : [])]) };
    operations.push(replace(Messages, message.id, message, target.etag));
    const head = await readConversation(context, caller, conversationId);
    // Given once more, as by a client that heard no answer, it is newer and no news.
    const isNews = before?.value.emoji !== reaction.emoji || before.value.from !== reaction.from;
    const events = isNews ? [messageEvent(context, caller, "message.reacted", head.value, message)] : [];
    if ((await tryCommit(context, caller, conversationId, operations, { events })) === undefined)
      return Message.parse(message);
  }
  throw contended();
}

function isNewer(a: StoredReaction, b: StoredReaction): boolean {
  return a.at > b.at || (a.at === b.at && a.emoji > b.emoji);
}

/**
 * The messages, all of one conversation, with the reactions that belong to them, also with those that came before their
 * message. One query.
 */
export async function withReactions(store: TenantStore, messages: readonly StoredMessage[]): Promise<Message[]> {
  const ids = messages.flatMap(({ providerId }) => (providerId === null ? [] : [providerId]));
  const conversationId = messages[0]?.conversationId;
  if (conversationId === undefined || ids.length === 0) return messages.map((message) => Message.parse(message));
  const { items } = await store.query(Reactions, {
    partition: [conversationId],
    where: [{ path: "targetProviderId", op: "in", value: ids }],
    limit: MAX_REACTIONS,
  });
  const byTarget = Map.groupBy(items, ({ value }: Stored<StoredReaction>) => value.targetProviderId);
  return messages.map((message) => {
    const own = message.providerId === null ? [] : (byTarget.get(message.providerId) ?? []);
    return Message.parse({ ...message, reactions: shownReactions(own.map(({ value }) => value)) });
  });
}

/** By time; one that was taken back is not shown. */
function shownReactions(reactions: readonly StoredReaction[]): Reaction[] {
  return reactions
    .filter(({ emoji }) => emoji !== "")
    .map(({ from, emoji, at }) => ({ from, emoji, at }))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.from < b.from ? -1 : 1));
}
