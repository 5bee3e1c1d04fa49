import type { Channel } from "../channels/channel.ts";
import type { Contacts } from "../contacts/service.ts";
import type { Media } from "../media/service.ts";
import type { Caller } from "../platform/caller.ts";
import type { Clock } from "../platform/clock.ts";
import { CommitRejected, type Documents, type Operation, replace, type Stored } from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import type { DomainEvent, EventType } from "../platform/events/event.ts";
import { newEvent } from "../platform/events/newEvent.ts";
import type { TenantId } from "../platform/ids.ts";
import type { LruCache } from "../platform/lru.ts";
import type { Consequences, Outbox } from "../platform/outbox/outbox.ts";
import type { QueueSender } from "../platform/queue/port.ts";
import type { Telemetry } from "../platform/telemetry/port.ts";
import type { StoredMessage } from "./model.ts";
import { type ChannelKind, Conversation, Conversations, Message, Messages, type StoredConversation } from "./model.ts";

export interface ConversationDependencies {
  readonly documents: Documents;
  readonly outbox: Outbox;
  readonly queue: QueueSender;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly contacts: Contacts;
  readonly media: Media;
  /** The channel of a kind; throws `unsupported-by-channel` where the installation has none. */
  readonly channels: (kind: ChannelKind) => Channel;
  /** Whether work can be assigned to this user: one of the tenant's, and active. */
  readonly isActiveUser: (tenantId: TenantId, userId: string) => Promise<boolean>;
}

/** What the use cases of this context share. */
export interface Context extends ConversationDependencies {
  /** `<tenant> <contact> <channel>` → ordinal of the newest conversation known; a stale one is only a longer way. */
  readonly ordinals: LruCache<number>;
}

/** Tries after another writer was quicker; each means that somebody else got on. */
export const MAX_RACES = 12;

/** Thrown when others were quicker each time. It passes by itself, so a queue function tries again. */
export function contended(): Problem {
  return new Problem("unavailable", { detail: "Others are changing this conversation at the moment. Try again." });
}

/** What a decision about a conversation leads to. */
export interface Change {
  readonly next: StoredConversation;
  readonly events?: readonly EventType[];
  readonly messages?: Consequences["messages"];
}

/** Throws `not-found`, also for another tenant's. */
export async function readConversation(
  { documents }: Pick<Context, "documents">,
  caller: Caller,
  conversationId: string,
): Promise<Stored<StoredConversation>> {
  const store = documents.forTenant(caller.tenantId);
  const stored = await store.read(Conversations, [conversationId], conversationId);
  if (stored === undefined) throw new Problem("not-found");
  return stored;
}

/** Throws `not-found`. */
export async function readMessage(
  { documents }: Context,
  caller: Caller,
  conversationId: string,
  messageId: string,
): Promise<Stored<StoredMessage>> {
  const stored = await documents.forTenant(caller.tenantId).read(Messages, [conversationId], messageId);
  if (stored === undefined) throw new Problem("not-found");
  return stored;
}

/**
 * Reads the conversation, decides, and commits the decision with its events; again after a lost race. `decide` answers
 * undefined where nothing changes. Resolves to the conversation as it then is. Throws `not-found`.
 */
export async function changeConversation(
  context: Context,
  caller: Caller,
  conversationId: string,
  decide: (head: StoredConversation) => Change | undefined,
): Promise<StoredConversation> {
  for (let race = 0; race < MAX_RACES; race++) {
    const stored = await readConversation(context, caller, conversationId);
    const change = decide(stored.value);
    if (change === undefined) return stored.value;
    const { next, events = [], messages = [] } = change;
    const done = await tryCommit(
      context,
      caller,
      conversationId,
      [replace(Conversations, conversationId, next, stored.etag)],
      {
        events: events.map((type) => conversationEvent(context, caller, type, next)),
        messages,
      },
    );
    if (done === undefined) return next;
  }
  throw contended();
}

/** Commits in the conversation's partition; resolves to the refusal where another writer was quicker, else undefined. */
export async function tryCommit(
  { documents, outbox }: Context,
  caller: Caller,
  conversationId: string,
  operations: readonly Operation[],
  consequences: Consequences,
): Promise<CommitRejected | undefined> {
  try {
    const store = documents.forTenant(caller.tenantId);
    await outbox.commit(store, "conversations", [conversationId], operations, consequences);
    return undefined;
  } catch (error) {
    if (error instanceof CommitRejected) return error;
    throw error;
  }
}

/** All events of a conversation have its id as their subject, so that they stay in one lane, in order. */
function conversationEvent({ clock }: Context, caller: Caller, type: EventType, head: StoredConversation): DomainEvent {
  return newEvent(caller, clock, type, head.id, { conversation: shown(head) });
}

export function messageEvent(
  { clock }: Context,
  caller: Caller,
  type: EventType,
  head: StoredConversation,
  message: Message,
): DomainEvent {
  return newEvent(caller, clock, type, head.id, { conversation: shown(head), message: shownInEvent(message) });
}

/** Bytes of a message within an event; queues take 200 KB in all. Real messages have a few KB. */
const MAX_EVENT_MESSAGE = 100 * 1024;

/** A message as events carry it. One that is too long for a queue is only named there; whoever needs it reads it. */
export function shownInEvent(message: Message): Message {
  const whole = Message.parse(message);
  if (Buffer.byteLength(JSON.stringify(whole)) <= MAX_EVENT_MESSAGE) return whole;
  return Message.parse({ ...whole, type: "unsupported", providerType: whole.type });
}

/** A conversation without what only we need to know. */
export function shown(head: StoredConversation): Conversation {
  return Conversation.parse(head);
}
