import { z } from "zod";
import { collection } from "../../platform/documents/port.ts";
import { ActorSchema } from "../../platform/events/event.ts";

/** Why somebody was not let in, or not let do it: part of `user.refused` and of the audit. Extend it, never rename. */
export const RefusalReason = z.string().regex(/^[a-z][a-z-]{0,63}$/);

const Counted = z.object({
  count: z.int(),
  lastAt: z.iso.datetime(),
  /** Hashed, each once: the first 10. */
  addresses: z.array(z.string()),
  /** Permissions that were wanting, each once: the first 10. */
  wanted: z.array(z.string()),
});
export type Counted = z.infer<typeof Counted>;

/** What was refused to one account within one minute. Id: `windowId`. */
export const RefusalWindow = z.object({
  /** When the minute began. */
  since: z.iso.datetime(),
  /** Who was refused, where they had signed in already. */
  actor: ActorSchema.optional(),
  /** Whose account was tried; absent where there is no such account. */
  userId: z.string().optional(),
  /** All tries of the minute at accounts that there are not. */
  merged: z.literal(true).optional(),
  reasons: z.record(RefusalReason, Counted),
});
export type RefusalWindow = z.infer<typeof RefusalWindow>;
export const RefusalWindows = collection("identity", "refusals", RefusalWindow);
