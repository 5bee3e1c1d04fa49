import type { Caller } from "../platform/caller.ts";
import { Problem } from "../platform/errors.ts";
import { type Change, type Context, changeConversation, readConversation, readMessage, shown } from "./context.ts";
import { type Conversation, Message, type StoredConversation } from "./model.ts";
import { keepReaction } from "./reactions.ts";
import { isWindowOpen } from "./rules.ts";
import { wakeUp } from "./wakeUps.ts";

const DAY = 24 * 60 * 60 * 1000;
/** The longest that a conversation can sleep, in days. */
const MAX_SNOOZE_DAYS = 365;
/** How early a wake-up may come, since the queue's clock is not ours. */
const EARLY_MS = 5000;

async function changed(
  context: Context,
  caller: Caller,
  conversationId: string,
  decide: (head: StoredConversation) => Change | undefined,
): Promise<Conversation> {
  return shown(await changeConversation(context, caller, conversationId, decide));
}

/** Gives the conversation to a user, or to nobody. Throws `not-found`, `invalid-request` for someone who cannot have it. */
export async function assign(
  context: Context,
  caller: Caller,
  conversationId: string,
  assignee: string | null,
): Promise<Conversation> {
  if (assignee !== null && !(await context.isActiveUser(caller.tenantId, assignee)))
    throw new Problem("invalid-request", {
      errors: [{ path: "body.assignee", message: "Not an active user of this organisation" }],
    });
  return changed(context, caller, conversationId, (head) =>
    head.assignee === assignee ? undefined : { next: { ...head, assignee }, events: ["conversation.assigned"] },
  );
}

/** Closes it; closed already, it stays as it is. What waits to be sent is still sent. Throws `not-found`. */
export function close(context: Context, caller: Caller, conversationId: string): Promise<Conversation> {
  const closedAt = context.clock.now().toISOString();
  return changed(context, caller, conversationId, (head) =>
    head.status === "closed"
      ? undefined
      : { next: { ...head, status: "closed", closedAt, snoozedUntil: null }, events: ["conversation.closed"] },
  );
}

/** Opens a closed or snoozed one. Throws `not-found`, `conflict` when a newer conversation with the contact exists. */
export function reopen(context: Context, caller: Caller, conversationId: string): Promise<Conversation> {
  return changed(context, caller, conversationId, (head) => {
    if (head.status === "open") return undefined;
    if (head.nextId !== null)
      throw new Problem("conflict", { detail: "There is a newer conversation with this contact. Go on there." });
    return opened(head);
  });
}

function opened(head: StoredConversation): Change {
  return { next: { ...head, status: "open", closedAt: null, snoozedUntil: null }, events: ["conversation.reopened"] };
}

/**
 * Puts it aside until a time, when it opens by itself; an inbound message opens it sooner. Throws `not-found`,
 * `conversation-closed`, `invalid-request` unless the time lies ahead, at most 365 days.
 */
export async function snooze(
  context: Context,
  caller: Caller,
  conversationId: string,
  until: Date,
): Promise<Conversation> {
  const ahead = until.getTime() - context.clock.now().getTime();
  if (ahead <= 0 || ahead > MAX_SNOOZE_DAYS * DAY)
    throw new Problem("invalid-request", {
      errors: [{ path: "body.until", message: `A time ahead, at most ${MAX_SNOOZE_DAYS} days` }],
    });
  const snoozedUntil = until.toISOString();
  return changed(context, caller, conversationId, (head) => {
    if (head.status === "closed") throw new Problem("conversation-closed");
    if (head.status === "snoozed" && head.snoozedUntil === snoozedUntil) return undefined;
    return {
      next: { ...head, status: "snoozed", snoozedUntil },
      events: ["conversation.snoozed"],
      messages: [wakeUp(context, caller, conversationId, until)],
    };
  });
}

/** Whether a snoozed conversation's time has come. A wake-up of a snooze that was changed since finds it has not. */
export function isSnoozeOver({ status, snoozedUntil }: StoredConversation, now: Date): boolean {
  return status === "snoozed" && snoozedUntil !== null && Date.parse(snoozedUntil) <= now.getTime() + EARLY_MS;
}

/** Opens the conversation if its snooze is over. */
export async function endSnooze(context: Context, caller: Caller, conversationId: string): Promise<void> {
  await changeConversation(context, caller, conversationId, (head) =>
    isSnoozeOver(head, context.clock.now()) ? opened(head) : undefined,
  );
}

/**
 * Nothing is unread any more. That the customer's phone hears of it is left to the queue: nobody should wait for the provider.
 * Throws `not-found`.
 */
export function markRead(context: Context, caller: Caller, conversationId: string): Promise<Conversation> {
  return changed(context, caller, conversationId, (head) => {
    if (head.unread === 0) return undefined;
    const wake = wakeUp(context, caller, conversationId);
    const readMark = head.lastInbound?.providerId;
    return {
      next: { ...head, unread: 0 },
      events: ["conversation.read"],
      messages: readMark === undefined ? [] : [{ ...wake, body: { ...wake.body, readMark } }],
    };
  });
}

/** Tells the provider that a message was read. Best effort: a mark that is lost is no message lost. */
export async function sendReadMark(
  context: Context,
  caller: Caller,
  conversationId: string,
  providerId: string,
): Promise<void> {
  const { channels, telemetry } = context;
  const { tenantId } = caller;
  const { value } = await readConversation(context, caller, conversationId);
  const { channel, channelId } = value;
  try {
    await channels(channel).markRead(tenantId, channelId, providerId);
  } catch (error) {
    telemetry.log("warn", "read mark was not sent", { tenantId, conversationId, channelId, error });
  }
}

/**
 * Reacts to a message for the business; an empty emoji takes the reaction back. The provider comes first: reacting twice is
 * the same as once, so a retry is harmless. Throws `not-found`, `window-closed`, `conflict` for a message that has not
 * reached the provider, `provider-failed` and `unavailable`.
 */
export async function react(
  context: Context,
  caller: Caller,
  conversationId: string,
  messageId: string,
  emoji: string,
  userId: string,
): Promise<Message> {
  const { value: target } = await readMessage(context, caller, conversationId, messageId);
  const { value: head } = await readConversation(context, caller, conversationId);
  const { providerId } = target;
  if (providerId === null) throw new Problem("conflict", { detail: "This message has not reached the customer yet." });
  if (!isWindowOpen(head, context.clock.now()))
    throw new Problem("window-closed", {
      detail: "The customer wrote last more than 24 hours ago, so nothing but a template can be sent.",
    });
  const channel = context.channels(head.channel);
  const result = await channel.react(caller.tenantId, head.channelId, head.contact.identities, providerId, emoji);
  if (result.outcome === "refused") throw new Problem("provider-failed", { detail: result.error.message });
  if (result.outcome === "later")
    throw new Problem("unavailable", { detail: result.error.message, retryAfter: result.retryAfterSeconds });
  if (result.outcome === "unknown")
    throw new Problem("unavailable", { detail: "Nobody knows whether the reaction arrived. Give it once more." });
  const at = context.clock.now().toISOString();
  const reaction = { targetProviderId: providerId, from: userId, emoji, at };
  const kept = await keepReaction(context, caller, { conversationId, side: "business", reaction, targetId: messageId });
  return kept ?? Message.parse(target);
}
