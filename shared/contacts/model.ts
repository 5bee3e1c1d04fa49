import { z } from "zod";
import { idOf } from "../platform/ids.ts";

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

/** A person outside. Keyed by a set of identities: any one of them finds the contact, none alone is the contact. */
export const Contact = z.object({
  id: ContactId,
  /** What agents call them; empty until the channel or an agent names them. */
  name: z.string().max(200),
  identities: z.array(Identity).max(50),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type Contact = z.infer<typeof Contact>;
