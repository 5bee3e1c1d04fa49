import type { Caller } from "../platform/caller.ts";
import type { Clock } from "../platform/clock.ts";
import { CommitRejected, create, type Documents, replace, type Stored } from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import { newEvent } from "../platform/events/newEvent.ts";
import { derivedId } from "../platform/ids.ts";
import type { LruCache } from "../platform/lru.ts";
import type { Outbox } from "../platform/outbox/outbox.ts";
import type { Telemetry } from "../platform/telemetry/port.ts";
import {
  Contact,
  Contacts,
  type Identity,
  IdentityLookups,
  identityKey,
  identitySet,
  MAX_IDENTITIES,
  type StoredContact,
} from "./model.ts";

export interface ContactDependencies {
  readonly documents: Documents;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

export interface ResolveContext extends ContactDependencies {
  /** `<tenant> <identity key>` → contact id; the mapping never changes. */
  readonly known: LruCache<string>;
}

/** A contact's name as a channel told it, and when. */
export interface ChannelName {
  readonly name: string;
  readonly at: Date;
}

/** Tries after another writer was quicker; each means that somebody else got on. */
const MAX_RACES = 10;
const MAX_NAME = 200;

/** The contact that an identity belongs to, or undefined. From memory, or 1 point read. */
export async function lookUp(context: ResolveContext, caller: Caller, identity: Identity): Promise<string | undefined> {
  const key = identityKey(identity);
  const cacheKey = `${caller.tenantId} ${key}`;
  const cached = context.known.get(cacheKey);
  if (cached !== undefined) return cached;
  const stored = await context.documents.forTenant(caller.tenantId).read(IdentityLookups, [key], key);
  if (stored !== undefined) context.known.set(cacheKey, stored.value.contactId);
  return stored?.value.contactId;
}

/**
 * The contact whom these identities name, made when none of them is known yet. A chain of idempotent steps: the contact first,
 * then its look-ups, so that a look-up always leads to a contact, and a crash between leaves what the retry completes.
 */
export async function resolveContact(
  context: ResolveContext,
  caller: Caller,
  identities: readonly Identity[],
  named: ChannelName | undefined,
): Promise<string> {
  const all = distinct(identities);
  const owners = await Promise.all(all.map((identity) => lookUp(context, caller, identity)));
  const first = all[0];
  if (first === undefined) throw new Problem("invalid-request", { detail: "A contact has at least one identity." });
  const contactId =
    owners.find((owner) => owner !== undefined) ?? (await createContact(context, caller, first, all, named));
  const others = new Set(owners.filter((owner) => owner !== undefined && owner !== contactId));
  // Merging comes later: both contacts stay, with all that hangs on them, and the first identity named decides.
  if (others.size > 0) context.telemetry.count("contacts_split_identities");
  const unknown = all.filter((_, index) => owners[index] === undefined);
  if (unknown.length === 0) return contactId;
  await attach(context, caller, contactId, unknown);
  await claim(context, caller, contactId, unknown);
  // Another lane may have claimed it meanwhile for a contact of its own: what everyone will find from now on counts.
  return (await lookUp(context, caller, first)) ?? contactId;
}

function distinct(identities: readonly Identity[]): Identity[] {
  const byKey = new Map(identities.slice(0, MAX_IDENTITIES).map((identity) => [identityKey(identity), identity]));
  return [...byKey.values()];
}

async function createContact(
  { documents, outbox, clock }: ResolveContext,
  caller: Caller,
  first: Identity,
  identities: readonly Identity[],
  named: ChannelName | undefined,
): Promise<string> {
  const id = derivedId("con", caller.tenantId, identityKey(first));
  const now = clock.now().toISOString();
  const contact: StoredContact = {
    id,
    name: named?.name.slice(0, MAX_NAME).toWellFormed() ?? "",
    identities: identitySet(identities),
    createdAt: now,
    updatedAt: now,
    namedBy: "channel",
    channelNameAt: named?.at.toISOString() ?? null,
  };
  const created = newEvent(caller, clock, "contact.created", id, { contact: Contact.parse(contact) });
  try {
    const store = documents.forTenant(caller.tenantId);
    await outbox.commit(store, "contacts", [id], [create(Contacts, id, contact)], { events: [created] });
  } catch (error) {
    if (!(error instanceof CommitRejected)) throw error;
  }
  return id;
}

/** Writes identities seen beside a known one into the contact; they stand there before a look-up leads to it. */
async function attach(
  context: ResolveContext,
  caller: Caller,
  contactId: string,
  identities: readonly Identity[],
): Promise<void> {
  await changeContact(context, caller, contactId, ({ value }) => {
    const merged = identitySet(value.identities, identities);
    return merged.length === value.identities.length ? undefined : { ...value, identities: merged };
  });
}

/** Points the identities at the contact. One that was claimed by another contact meanwhile stays there. */
async function claim(
  { documents, known }: ResolveContext,
  caller: Caller,
  contactId: string,
  identities: readonly Identity[],
): Promise<void> {
  const store = documents.forTenant(caller.tenantId);
  for (const identity of identities) {
    const key = identityKey(identity);
    try {
      await store.commit("contacts", [key], [create(IdentityLookups, key, { contactId, identity })]);
    } catch (error) {
      if (!(error instanceof CommitRejected)) throw error;
      continue;
    }
    known.set(`${caller.tenantId} ${key}`, contactId);
  }
}

/**
 * Reads the contact, decides, and writes it with a `contact.updated` event, again after a lost race. `decide` answers
 * undefined where nothing changes. Throws `not-found` where there is no such contact.
 */
export async function changeContact(
  { documents, outbox, clock }: ContactDependencies,
  caller: Caller,
  contactId: string,
  decide: (contact: Stored<StoredContact>) => StoredContact | undefined,
): Promise<{ readonly contact: StoredContact; readonly etag: string }> {
  const store = documents.forTenant(caller.tenantId);
  for (let race = 0; race < MAX_RACES; race++) {
    const stored = await store.read(Contacts, [contactId], contactId);
    if (stored === undefined) throw new Problem("not-found");
    const decided = decide(stored);
    if (decided === undefined) return { contact: stored.value, etag: stored.etag };
    const contact = { ...decided, updatedAt: clock.now().toISOString() };
    const updated = newEvent(caller, clock, "contact.updated", contactId, { contact: Contact.parse(contact) });
    try {
      const operation = replace(Contacts, contactId, contact, stored.etag);
      const [etag = ""] = await outbox.commit(store, "contacts", [contactId], [operation], { events: [updated] });
      return { contact, etag };
    } catch (error) {
      if (!(error instanceof CommitRejected)) throw error;
    }
  }
  throw new Problem("unavailable", { detail: "Others are changing this contact at the moment. Try again." });
}
