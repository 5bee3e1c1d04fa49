import type { WhatsAppWebhook } from "../shared/channels/whatsapp/webhook.ts";
import type { Configuration } from "../shared/configuration/service.ts";
import type { Contacts } from "../shared/contacts/service.ts";
import type { Conversations } from "../shared/conversations/service.ts";
import type { Identity } from "../shared/identity/service.ts";
import type { Media } from "../shared/media/service.ts";
import type { Clock } from "../shared/platform/clock.ts";
import type { Health } from "../shared/platform/health.ts";
import type { Outbox } from "../shared/platform/outbox/outbox.ts";
import type { Realtime } from "../shared/platform/realtime/port.ts";
import type { Metrics } from "../shared/platform/telemetry/metrics.ts";
import type { Telemetry } from "../shared/platform/telemetry/port.ts";

/** What doors may call: one line a use-case class. Made in `compose.ts`, typed here so that doors never import implementations. */
export interface Services {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly realtime: Realtime;
  readonly outbox: Outbox;
  readonly whatsapp: WhatsAppWebhook;
  readonly identity: Identity;
  readonly configuration: Configuration;
  readonly contacts: Contacts;
  readonly conversations: Conversations;
  readonly media: Media;
}
