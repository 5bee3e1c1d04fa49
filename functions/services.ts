import type { WhatsAppWebhook } from "../shared/channels/whatsapp/webhook.ts";
import type { Clock } from "../shared/platform/clock.ts";
import type { Outbox } from "../shared/platform/outbox/outbox.ts";
import type { Realtime } from "../shared/platform/realtime/port.ts";
import type { Telemetry } from "../shared/platform/telemetry/port.ts";

/** What doors may call: one line a use-case class. Made in `compose.ts`, typed here so that doors never import implementations. */
export interface Services {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly realtime: Realtime;
  readonly outbox: Outbox;
  readonly whatsapp: WhatsAppWebhook;
}
