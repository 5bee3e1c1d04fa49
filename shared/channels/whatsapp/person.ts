import type { Identity } from "../../contacts/model.ts";
import { isObject, type RawObject, textOf } from "./raw.ts";

/**
 * The identities an event names. Since April 2026 WhatsApp sends a business-scoped user id with every event and leaves the
 * phone out for people with a username, save those in the business's contact book.
 */
function identitiesOf(phones: readonly unknown[], userIds: readonly unknown[]): Identity[] {
  const found = new Map<string, Identity>();
  for (const raw of [...userIds, ...phones]) {
    const value = textOf(raw, 160)?.trim();
    if (value === undefined || value === "") continue;
    const phone = /^\+?(\d{3,20})$/.exec(value)?.[1];
    const identity: Identity = phone === undefined ? { kind: "whatsapp-user", value } : { kind: "phone", value: phone };
    if (!found.has(identity.kind)) found.set(identity.kind, identity);
  }
  return [...found.values()];
}

/** Who wrote a message: its own fields first, then those of the contact that stands beside it in the payload. */
export function senderOf(message: RawObject, contact: RawObject | undefined): Identity[] {
  return identitiesOf([message.from, contact?.wa_id], [message.from_user_id, contact?.user_id]);
}

/** To whom a status belongs. */
export function recipientOf(status: RawObject, contact: RawObject | undefined): Identity[] {
  return identitiesOf([status.recipient_id, contact?.wa_id], [status.recipient_user_id, contact?.user_id]);
}

/**
 * One person's lane: by the business-scoped user id where the event has one, else by phone. The id is the stable choice: it
 * comes with every event of today, while a phone appears and vanishes with the contact book. Events of one person with
 * only a phone and with only an id still take two lanes (docs/decisions/008-whatsapp.md says why that is safe).
 */
export function contactKey(identities: readonly Identity[]): string | undefined {
  const identity = identities.find(({ kind }) => kind === "whatsapp-user") ?? identities[0];
  return identity === undefined ? undefined : `${identity.kind}:${identity.value}`;
}

/** What the person calls themself; their username where WhatsApp gives no profile name. At most 200 characters. */
export function nameOf(contact: RawObject | undefined): string | undefined {
  const profile = contact?.profile;
  if (!isObject(profile)) return undefined;
  const name = [profile.name, profile.username].find((value) => typeof value === "string" && value.trim() !== "");
  return typeof name === "string" ? name.trim().slice(0, 200).toWellFormed() : undefined;
}

/** The contact of a payload that belongs to a message: a payload may carry several people's. */
export function contactFor(contacts: readonly RawObject[], phone: unknown, userId: unknown): RawObject | undefined {
  const match = contacts.find(
    (contact) =>
      (phone !== undefined && contact.wa_id === phone) || (userId !== undefined && contact.user_id === userId),
  );
  if (match !== undefined) return match;
  // A single contact beside a message that names nobody by the same value is still that message's sender.
  const [only] = contacts;
  return contacts.length === 1 && phone === undefined && userId === undefined ? only : undefined;
}
