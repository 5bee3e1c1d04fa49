import type { Contact, Identity } from "../../../shared/contacts/model.ts";

/** An address as people write it: phones with their plus. */
export function identityWords({ kind, value }: Identity): string {
  return kind === "phone" ? phoneWords(value) : value;
}

export const IDENTITY_KINDS: Readonly<Record<Identity["kind"], string>> = {
  phone: "Phone",
  "whatsapp-user": "WhatsApp user",
  email: "E-mail",
};

/** What to call somebody: their name, else an address of theirs. */
export function contactName({ name, identities }: Pick<Contact, "name" | "identities">): string {
  if (name.trim() !== "") return name;
  const best = identities.find(({ kind }) => kind === "phone") ?? identities[0];
  return best === undefined ? "Unknown" : identityWords(best);
}

/** A number or address that says something to a person; WhatsApp's own user ids do not. */
export function addressOf({ identities }: Pick<Contact, "identities">): string | undefined {
  const known = identities.find(({ kind }) => kind === "phone") ?? identities.find(({ kind }) => kind === "email");
  return known === undefined ? undefined : identityWords(known);
}

/** `+49 151 234 56789`: the plus, and groups that the eye can hold. Country codes are not guessed beyond two digits. */
function phoneWords(digits: string): string {
  if (!/^\d{7,15}$/.test(digits)) return digits;
  const country = /^[17]/.test(digits) ? 1 : 2;
  const groups: string[] = [];
  let rest = digits.slice(country);
  for (; rest.length > 5; rest = rest.slice(3)) groups.push(rest.slice(0, 3));
  return [`+${digits.slice(0, country)}`, ...groups, rest].join(" ");
}
