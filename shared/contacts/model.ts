import { z } from "zod";
import { collection } from "../platform/documents/port.ts";
import { derivedId, idOf } from "../platform/ids.ts";

export const ContactId = idOf("con");

/**
 * One address by which a channel knows a person. `phone` is E.164 without the plus, as WhatsApp writes it;
 * `whatsapp-user` is WhatsApp's business-scoped user id, which people with a username have in place of a phone.
 */
export const Identity = z.object({
  kind: z.enum(["phone", "whatsapp-user", "email"]),
  value: z.string().min(1).max(320),
});
export type Identity = z.infer<typeof Identity>;

/** Identities one contact can have; what comes beyond is found no more, but nothing fails for it. */
export const MAX_IDENTITIES = 50;

/** A person outside. Keyed by a set of identities: any one of them finds the contact, none alone is the contact. */
export const Contact = z.object({
  id: ContactId,
  /** What agents call them; empty until the channel or an agent names them. */
  name: z.string().max(200),
  identities: z.array(Identity).max(MAX_IDENTITIES),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type Contact = z.infer<typeof Contact>;

/** A contact as it is stored: an agent's name for someone stands, whatever the channel says later. */
export const StoredContact = Contact.extend({
  namedBy: z.enum(["channel", "agent"]),
  /** The time of the newest message that carried a name: an older one that comes late renames nobody. */
  channelNameAt: z.iso.datetime().nullable(),
});
export type StoredContact = z.infer<typeof StoredContact>;

/** Which contact an identity belongs to; written once and never changed. Its partition is the identity's key. */
const IdentityLookup = z.object({ contactId: ContactId, identity: Identity });

export const Contacts = collection("contacts", "contact", StoredContact);
export const IdentityLookups = collection("contacts", "identity", IdentityLookup);

/** An identity's id and partition: hashed, so that no address stands in ids, which reach logs. */
export function identityKey({ kind, value }: Identity): string {
  return derivedId("idn", kind, value);
}

const KIND_ORDER: Readonly<Record<Identity["kind"], number>> = { phone: 0, "whatsapp-user": 1, email: 2 };

function compareIdentities(a: Identity, b: Identity): number {
  return KIND_ORDER[a.kind] - KIND_ORDER[b.kind] || (a.value < b.value ? -1 : a.value > b.value ? 1 : 0);
}

/** Each identity once, in an order that does not depend on which was heard of first; at most 50. */
export function identitySet(...lists: readonly (readonly Identity[])[]): Identity[] {
  const byKey = new Map(lists.flat().map(({ kind, value }) => [`${kind}:${value}`, { kind, value }]));
  return [...byKey.values()].sort(compareIdentities).slice(0, MAX_IDENTITIES);
}
