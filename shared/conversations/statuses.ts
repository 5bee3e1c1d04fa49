import type { StatusUpdate } from "../channels/channel.ts";
import type { Caller } from "../platform/caller.ts";
import { replace, type Stored } from "../platform/documents/port.ts";
import { type Context, contended, MAX_RACES, messageEvent, tryCommit } from "./context.ts";
import { Conversations, Messages, type StoredMessage } from "./model.ts";
import { withStatus } from "./rules.ts";
import { findByProviderId, newestConversation } from "./threads.ts";
import { wakeUp } from "./wakeUps.ts";

/**
 * Takes in a status: by rank, so that order and number of deliveries change nothing. It also settles a send whose result was
 * never recorded. One about a message that is not ours (sent past us, or by another system) is counted and dropped.
 */
export async function takeInStatus(context: Context, caller: Caller, event: StatusUpdate): Promise<void> {
  for (let race = 0; race < MAX_RACES; race++) {
    const found = await findMessage(context, caller, event);
    if (found === undefined) return context.telemetry.count("inbound_statuses_not_ours");
    if (await apply(context, caller, event, found)) return;
  }
  throw contended();
}

/** By the reference that travelled with the send (1 point read), else by the provider's id. */
async function findMessage(
  context: Context,
  caller: Caller,
  { reference, channelId, contact, providerId }: StatusUpdate,
): Promise<Stored<StoredMessage> | undefined> {
  if (reference !== undefined) {
    const store = context.documents.forTenant(caller.tenantId);
    return store.read(Messages, [reference.conversationId], reference.messageId);
  }
  const contactId = await context.contacts.find(caller, contact.identities);
  if (contactId === undefined) return undefined;
  const newest = await newestConversation(context, caller, { channelId, contactId });
  if (newest === undefined) return undefined;
  return findByProviderId(context, caller, [newest.value.id, newest.value.previousId], providerId);
}

/** False when another writer was quicker. */
async function apply(
  context: Context,
  caller: Caller,
  { status, at, providerId, error }: StatusUpdate,
  { value: message, etag }: Stored<StoredMessage>,
): Promise<boolean> {
  const next = withStatus(message, { status, at: at.toISOString(), providerId, error });
  if (next === message) return true;
  const { conversationId } = message;
  const store = context.documents.forTenant(caller.tenantId);
  const head = await store.read(Conversations, [conversationId], conversationId);
  if (head === undefined) return true;
  const settles = head.value.outbound.includes(message.id) && next.status !== "queued";
  const outbound = head.value.outbound.filter((id) => id !== message.id);
  const nextHead = settles ? { ...head.value, outbound } : head.value;
  const refused = await tryCommit(
    context,
    caller,
    conversationId,
    [
      replace(Messages, message.id, next, etag),
      ...(settles ? [replace(Conversations, conversationId, nextHead, head.etag)] : []),
    ],
    {
      events: [messageEvent(context, caller, "message.status-changed", nextHead, next)],
      // Whoever waits behind a message that is settled now need not wait for its check.
      messages: settles && outbound.length > 0 ? [wakeUp(context, caller, conversationId)] : [],
    },
  );
  return refused === undefined;
}
