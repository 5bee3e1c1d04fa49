import { z } from "zod";
import { collection } from "../platform/documents/port.ts";
import { derivedId, idOf, TenantId } from "../platform/ids.ts";
import type { OutgoingMessage } from "../platform/queue/port.ts";

/** Made with `publicUrl`. A token in it stands in the fragment, where no server's log holds it. */
const Link = z.url({ protocol: /^https?$/ }).max(2048);
/** Written by people: shown escaped, on one line and shortened, whatever it holds. */
const Said = z.string();
const At = z.iso.datetime();

/** Whom it is for, and in which organisation: one person may be in several. */
const PERSONAL = { name: Said, organization: Said };

/** What the system writes to people, each with what its words need. An expired link is not sent any more. */
export const Notice = z.discriminatedUnion("template", [
  z.object({ template: z.literal("verify-email"), ...PERSONAL, link: Link, expiresAt: At }),
  /** To somebody who may have no name here yet. `role` as people read it. */
  z.object({
    template: z.literal("invitation"),
    organization: Said,
    invitedBy: Said,
    role: Said,
    link: Link,
    expiresAt: At,
  }),
  z.object({ template: z.literal("password-reset"), ...PERSONAL, link: Link, expiresAt: At }),
  /** `link` leads to where it can be undone by whoever did not do it: the page for a forgotten password. */
  z.object({ template: z.literal("password-changed"), ...PERSONAL, at: At, link: Link }),
  /** `link` leads to the person's own security settings, as in the next. */
  z.object({
    template: z.literal("second-factor-changed"),
    ...PERSONAL,
    change: z.enum(["enabled", "disabled", "recovery-codes-renewed", "recovery-code-used"]),
    at: At,
    link: Link,
  }),
  z.object({ template: z.literal("trial-ending"), ...PERSONAL, days: z.int().min(1), endsAt: At, link: Link }),
  z.object({ template: z.literal("trial-ended"), ...PERSONAL, endedAt: At, eraseAt: At, link: Link }),
  z.object({ template: z.literal("tenant-reactivated"), ...PERSONAL, link: Link }),
  /** To those who answer for the organisation: from now on somebody else says who its people are. */
  z.object({
    template: z.literal("new-sign-in-provider"),
    ...PERSONAL,
    provider: Said,
    addedBy: Said,
    at: At,
    link: Link,
  }),
]);
export type Notice = z.infer<typeof Notice>;

const NoticeId = idOf("ntc");

/** One mail to one person, as a job on the queue `jobs`. */
export const NoticeJob = z.object({
  job: z.literal("notice"),
  tenantId: TenantId,
  id: NoticeId,
  to: z.email().max(254),
  notice: Notice,
});
export type NoticeJob = z.infer<typeof NoticeJob>;

/** Why a notice was given up, as the code that parks its message. */
const GivenUp = z.enum(["recipient-refused", "mail-refused", "mail-undeliverable"]);
export type GivenUp = z.infer<typeof GivenUp>;

/** What is known of the sending of one notice. No address, no words. */
export const Delivery = z.object({
  /** `trying` until a result is recorded; `waiting` for the next try. */
  status: z.enum(["trying", "waiting", "sent", "refused"]),
  /** Counts tries towards the mail transport: a repetition of one whose outcome nobody knows bears its number. */
  number: z.int().min(1),
  /** When the try of this number was first made. */
  since: z.iso.datetime(),
  /** All tries since `firstTriedAt`. */
  tries: z.int().min(1),
  firstTriedAt: z.iso.datetime(),
  triedAt: z.iso.datetime(),
  /** Whether the try of this number may have been taken. */
  unsure: z.boolean(),
  /** Of one that waits. */
  dueAt: z.iso.datetime().nullable(),
  /** Of one that is refused: why, and which of the queue's messages gets parked for it. */
  refusal: z.object({ reason: GivenUp, messageId: z.string() }).nullable(),
});
export type Delivery = z.infer<typeof Delivery>;
/** Id: the notice's. Ends with its time to live. */
export const Deliveries = collection("identity", "notice-delivery", Delivery);

/**
 * A notice as what follows from a change: put it among the `messages` of a commit's consequences. `id` names the occasion (an
 * invitation's id, `trial-ending-3`): the same occasion, template and person in a tenant are one mail, however often they are
 * put on the queue.
 */
export function noticeMessage(
  tenantId: TenantId,
  to: string,
  notice: Notice,
  id: string,
): OutgoingMessage & { readonly queue: "jobs"; readonly body: NoticeJob } {
  const noticeId = derivedId("ntc", tenantId, notice.template, to, id);
  const body = { job: "notice", tenantId, id: noticeId, to, notice } as const;
  return { queue: "jobs", messageId: noticeId, sessionId: noticeId, body };
}
