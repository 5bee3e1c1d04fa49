import type { Caller } from "../platform/caller.ts";
import { type Context, changeConversation } from "./context.ts";
import { Threads } from "./model.ts";
import { newestConversation } from "./threads.ts";

/** Channels on which one contact can be met at most; one page of threads. */
const MAX_THREADS = 100;

/**
 * Takes a contact's name, as it is now, into their newest conversation on each channel. Idempotent; no event of its own,
 * because `contact.updated` has told it.
 */
export async function renameContact(context: Context, caller: Caller, contactId: string): Promise<void> {
  const { contact } = await context.contacts.read(caller, contactId);
  const store = context.documents.forTenant(caller.tenantId);
  const { items } = await store.query(Threads, { partition: [contactId], limit: MAX_THREADS });
  for (const { value } of items) {
    const newest = await newestConversation(context, caller, { contactId, channelId: value.channelId });
    if (newest === undefined) continue;
    await changeConversation(context, caller, newest.value.id, (head) =>
      head.contact.name === contact.name
        ? undefined
        : { next: { ...head, contact: { ...head.contact, name: contact.name } } },
    );
  }
}
