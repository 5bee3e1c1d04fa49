import { z } from "zod";
import { collection } from "../../platform/documents/port.ts";
import { TenantId } from "../../platform/ids.ts";

/** A link that confirms an address. Id: the link token's. Ends with its time to live. */
export const VerificationTokens = collection(
  "identity",
  "verification-token",
  z.object({ userId: z.string(), email: z.string() }),
);

/** When a person asked for such links, within a day; `key` is the hash of an Idempotency-Key. */
const Requests = z.object({ requests: z.array(z.object({ at: z.iso.datetime(), key: z.string().optional() })) });
export type Requests = z.infer<typeof Requests>;
/** Id: the user's. */
export const VerificationRequests = collection("identity", "verification-requests", Requests);

/** How many messages of a day (UTC) instances have taken, to be posted or given back. Id: the day, `2026-11-21`. */
export const MessageCounts = collection("identity", "message-count", z.object({ taken: z.int().min(0) }));

/** What all files of a tenant have, in bytes. Id: `MEDIA_USE`. */
export const MediaUses = collection("identity", "media-use", z.object({ bytes: z.int().min(0) }));
export const MEDIA_USE = "all";

/** To look what is due for a tenant: a warning, the end of its trial, its erasure. Too often does no harm. */
export const TenantReview = z.object({ job: z.literal("tenant-review"), tenantId: TenantId, slug: z.string() });
export type TenantReview = z.infer<typeof TenantReview>;

/** To erase what a tenant has left. `round` counts the messages by which what was `begun` then goes on. */
export const TenantErasure = z.object({
  job: z.literal("tenant-erasure"),
  tenantId: TenantId,
  slug: z.string(),
  begun: z.iso.datetime(),
  round: z.int().min(0),
});
export type TenantErasure = z.infer<typeof TenantErasure>;
