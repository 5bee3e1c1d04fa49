import { z } from "zod";
import { Role } from "../caller.ts";
import { TenantId } from "../ids.ts";

/** Everything that can happen, in the past tense (DOMAIN: events). One catalogue feeds everything that follows from a change. */
const EVENT_TYPES = [
  "tenant.signed-up",
  "tenant.deactivated",
  "user.signed-in",
  "user.refused",
  "user.password-reset-asked",
  "user.password-changed",
  "user.second-factor-added",
  "user.second-factor-removed",
  "user.second-factor-used-recovery-code",
  "api-key.created",
  "api-key.rotated",
  "api-key.revoked",
  "oauth-client.created",
  "oauth-client.changed",
  "oauth-client.rotated",
  "oauth-client.revoked",
  "configuration.changed",
  "contact.created",
  "contact.updated",
  "contact.merged",
  "conversation.opened",
  "conversation.assigned",
  "conversation.snoozed",
  "conversation.closed",
  "conversation.reopened",
  "conversation.read",
  "message.received",
  "message.queued",
  "message.status-changed",
  "message.reacted",
  "note.added",
  "media.stored",
  "media.failed",
  "media.deleted",
  "channel.health-changed",
] as const;

const ActorSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("user"), userId: z.string(), role: Role, sessionId: z.string() }),
  z.object({ type: z.literal("key"), keyId: z.string() }),
  z.object({ type: z.literal("client"), clientId: z.string() }),
  z.object({ type: z.literal("system"), name: z.string() }),
]);

/**
 * What each use case emits in the same atomic batch as its change. A consumer is idempotent by `id` and may meet events
 * late, twice or out of order. `subject` is the id of what it happened to; `data` is the shown shape, of that moment.
 */
export const DomainEvent = z.object({
  id: z.string(),
  type: z.enum(EVENT_TYPES),
  tenantId: TenantId,
  at: z.iso.datetime(),
  actor: ActorSchema,
  subject: z.string(),
  data: z.record(z.string(), z.unknown()),
  version: z.literal(1),
});
export type DomainEvent = z.infer<typeof DomainEvent>;
export type EventType = DomainEvent["type"];
