import type { Conversation } from "../../../shared/conversations/model.ts";

/** Whether free text may be sent now. Channels other than WhatsApp know no window. */
export type ReplyWindow =
  | { readonly kind: "none" }
  | { readonly kind: "open"; readonly remaining: number; readonly soon: boolean }
  /** `since` in milliseconds; undefined when the customer has not written yet. */
  | { readonly kind: "closed"; readonly since: number | undefined };

const SOON_MS = 2 * 3_600_000;

export function replyWindow({ channel, windowExpiresAt }: Conversation, now: Date): ReplyWindow {
  if (windowExpiresAt === null) return channel === "whatsapp" ? { kind: "closed", since: undefined } : { kind: "none" };
  const remaining = Date.parse(windowExpiresAt) - now.getTime();
  return remaining > 0 ? { kind: "open", remaining, soon: remaining < SOON_MS } : { kind: "closed", since: -remaining };
}
