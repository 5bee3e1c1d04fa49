import type { Caller } from "../platform/caller.ts";
import { type Stored, upsert } from "../platform/documents/port.ts";
import { derivedId } from "../platform/ids.ts";
import type { Context } from "./context.ts";
import { Conversations, Messages, type StoredConversation, type StoredMessage, Threads } from "./model.ts";

/** One contact on one channel: what has at most one open conversation. */
export interface Thread {
  readonly channelId: string;
  readonly contactId: string;
}

/** The id of a thread's conversation: making it twice is a conflict, not a second conversation. */
export function conversationIdOf(caller: Caller, { channelId, contactId }: Thread, ordinal: number): string {
  return derivedId("cnv", caller.tenantId, channelId, contactId, ordinal);
}

const cacheKey = (caller: Caller, { channelId, contactId }: Thread) => `${caller.tenantId} ${contactId} ${channelId}`;

/**
 * Where to begin looking for a thread's newest conversation: from memory, or 1 point read. It may lag behind, never lead:
 * conversations name the one that followed them, and the way on is walked from there.
 */
export async function ordinalHint(
  { documents, ordinals }: Context,
  caller: Caller,
  thread: Thread,
): Promise<{ readonly ordinal: number; readonly recorded: boolean }> {
  const cached = ordinals.get(cacheKey(caller, thread));
  if (cached !== undefined) return { ordinal: cached, recorded: true };
  const store = documents.forTenant(caller.tenantId);
  const stored = await store.read(Threads, [thread.contactId], thread.channelId);
  if (stored === undefined) return { ordinal: 1, recorded: false };
  ordinals.set(cacheKey(caller, thread), stored.value.ordinal);
  return { ordinal: stored.value.ordinal, recorded: true };
}

/** Moves the hint. An upsert: should an older one win a race, the walk is one step longer until the next time. */
export async function recordOrdinal(
  { documents, ordinals }: Context,
  caller: Caller,
  thread: Thread,
  ordinal: number,
): Promise<void> {
  const { channelId, contactId } = thread;
  const value = { channelId, ordinal, conversationId: conversationIdOf(caller, thread, ordinal) };
  const store = documents.forTenant(caller.tenantId);
  await store.commit("contacts", [contactId], [upsert(Threads, channelId, value)]);
  ordinals.set(cacheKey(caller, thread), ordinal);
}

/** The thread's newest conversation, or undefined before the first. Reads: the hint, then each one on the way. */
export async function newestConversation(
  context: Context,
  caller: Caller,
  thread: Thread,
): Promise<Stored<StoredConversation> | undefined> {
  const store = context.documents.forTenant(caller.tenantId);
  let newest: Stored<StoredConversation> | undefined;
  let { ordinal } = await ordinalHint(context, caller, thread);
  for (;;) {
    const id = conversationIdOf(caller, thread, ordinal);
    const stored = await store.read(Conversations, [id], id);
    if (stored === undefined) return newest;
    newest = stored;
    if (stored.value.nextId === null) return newest;
    ordinal++;
  }
}

/** The id of an inbound message: the same for each delivery of it. */
export function inboundMessageId(channelId: string, providerId: string): string {
  return derivedId("msg", channelId, providerId);
}

/** A message by the provider's id, in the first of these conversations that has it. A query each, about 3 RU. */
export async function findByProviderId(
  { documents }: Context,
  caller: Caller,
  conversationIds: readonly (string | null)[],
  providerId: string,
): Promise<Stored<StoredMessage> | undefined> {
  const store = documents.forTenant(caller.tenantId);
  for (const id of conversationIds) {
    if (id === null) continue;
    const where = [{ path: "providerId", op: "=", value: providerId } as const];
    const { items } = await store.query(Messages, { partition: [id], where, limit: 1 });
    if (items[0] !== undefined) return items[0];
  }
  return undefined;
}
