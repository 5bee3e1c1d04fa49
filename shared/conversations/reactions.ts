import type { InboundReaction } from "../channels/channel.ts";
import type { Caller } from "../platform/caller.ts";
import { create, replace, type Stored, type TenantStore } from "../platform/documents/port.ts";
import { derivedId } from "../platform/ids.ts";
import { type Context, contended, MAX_RACES, messageEvent, readConversation, tryCommit } from "./context.ts";
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
  await keepReaction(context, caller, { conversationId, side: "contact", reaction, target });
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
  readonly target: StoredMessage | undefined;
}

/**
 * Keeps a reaction if it is newer than the one that side gave before; of two of the same second, always the same one stays.
 * Event `message.reacted` where the message is known. Resolves to the message with its reactions.
 */
export async function keepReaction(context: Context, caller: Caller, kept: Kept): Promise<Message | undefined> {
  const { conversationId, side, reaction, target } = kept;
  const store = context.documents.forTenant(caller.tenantId);
  const id = reactionId(reaction.targetProviderId, side);
  for (let race = 0; race < MAX_RACES; race++) {
    const before = await store.read(Reactions, [conversationId], id);
    const stands = before !== undefined && !isNewer(reaction, before.value);
    const message = target === undefined ? undefined : await withReaction(store, target, stands ? undefined : reaction);
    if (stands) return message;
    const write =
      before === undefined ? create(Reactions, id, reaction) : replace(Reactions, id, reaction, before.etag);
    const events =
      message === undefined
        ? []
        : [
            messageEvent(
              context,
              caller,
              "message.reacted",
              (await readConversation(context, caller, conversationId)).value,
              message,
            ),
          ];
    if ((await tryCommit(context, caller, conversationId, [write], { events })) === undefined) return message;
  }
  throw contended();
}

function isNewer(a: StoredReaction, b: StoredReaction): boolean {
  return a.at > b.at || (a.at === b.at && a.emoji > b.emoji);
}

/** The message with its reactions, `changed` in place of what that side's reaction was. */
async function withReaction(
  store: TenantStore,
  target: StoredMessage,
  changed: StoredReaction | undefined,
): Promise<Message> {
  const [message = target] = await withReactions(store, [target]);
  if (changed === undefined) return message;
  const isOurs = (from: string) => !from.startsWith("con_");
  const others = message.reactions.filter(({ from }) => isOurs(from) !== isOurs(changed.from));
  return { ...message, reactions: sorted([...others, ...shownReaction(changed)]) };
}

/** The messages, all of one conversation, with the reactions that belong to them. One query. */
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
    return Message.parse({ ...message, reactions: sorted(own.flatMap(({ value }) => shownReaction(value))) });
  });
}

function shownReaction({ from, emoji, at }: StoredReaction): Reaction[] {
  return emoji === "" ? [] : [{ from, emoji, at }];
}

function sorted(reactions: Reaction[]): Reaction[] {
  return reactions.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.from < b.from ? -1 : 1));
}
