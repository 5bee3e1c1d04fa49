import product from "../package.json" with { type: "json" };
import { WhatsAppChannel } from "../shared/channels/whatsapp/channel.ts";
import { WhatsAppWebhook } from "../shared/channels/whatsapp/webhook.ts";
import { Configuration, ConfigurationLog } from "../shared/configuration/service.ts";
import { Contacts } from "../shared/contacts/service.ts";
import { Conversations } from "../shared/conversations/service.ts";
import { Identity } from "../shared/identity/service.ts";
import { Media } from "../shared/media/service.ts";
import { systemCaller } from "../shared/platform/caller.ts";
import { type Clock, systemClock } from "../shared/platform/clock.ts";
import type { Config } from "../shared/platform/config/config.ts";
import { leadsToAzure } from "../shared/platform/config/emulators.ts";
import { azureCredential } from "../shared/platform/credential.ts";
import { Directory } from "../shared/platform/directory/directory.ts";
import { Problem } from "../shared/platform/errors.ts";
import { Health } from "../shared/platform/health.ts";
import { RateLimiter } from "../shared/platform/http/rateLimit.ts";
import type { ServeContext } from "../shared/platform/http/serve.ts";
import type { TenantId } from "../shared/platform/ids.ts";
import { Outbox } from "../shared/platform/outbox/outbox.ts";
import type { DeliveryContext } from "../shared/platform/queue/handler.ts";
import { recordParkedIn } from "../shared/platform/queue/parked.ts";
import type { Metrics } from "../shared/platform/telemetry/metrics.ts";
import type { Telemetry } from "../shared/platform/telemetry/port.ts";
import { openTelemetry } from "../shared/platform/telemetry/telemetry.ts";
import { tracedDocuments, tracedQueue, tracedRealtime } from "../shared/platform/telemetry/traced.ts";
import { type Engines, openEngines } from "./engines.ts";
import type { Services } from "./services.ts";

/** The whole product, wired: what doors call, and what serving and queue handling need around them. */
export interface Composition {
  readonly services: Services;
  readonly serving: ServeContext;
  readonly delivering: DeliveryContext;
}

/** Makes every use-case class once. Reaches nothing yet: what is unreachable shows at the first call, and in /api/health. */
export function compose(config: Config): Composition {
  const clock = systemClock;
  const telemetry = openTelemetry({
    connectionString: config.applicationInsights,
    tracesPerSecond: config.tracesPerSecond,
    credential:
      config.platform === "azure" && leadsToAzure(config.applicationInsights ?? "") ? azureCredential : undefined,
    serviceName: "cordboard",
    region: config.region,
    write: (line) => process.stdout.write(line),
  });
  return composeOn(config, openEngines(config, { clock, telemetry }), { clock, telemetry });
}

/** `compose` on engines of the caller's own, for tests. What they are asked is traced. */
export function composeOn(
  config: Config,
  engines: Engines,
  { clock, telemetry }: { readonly clock: Clock; readonly telemetry: Telemetry & Metrics },
): Composition {
  const { secrets, blobs } = engines;
  const documents = tracedDocuments(engines.documents, telemetry);
  const queue = tracedQueue(engines.queue, telemetry);
  const realtime = tracedRealtime(engines.realtime, telemetry);
  const { publicUrl, trialDays, platform } = config;
  const outbox = new Outbox(documents, queue, clock, telemetry);
  const directory = new Directory(documents);
  const log = new ConfigurationLog({ documents, outbox, clock });
  const base = { documents, queue, outbox, directory, log, secrets, realtime, clock, telemetry, publicUrl };

  const identity = new Identity({ ...base, trialDays, signingSeeds: engines.signingSeeds });
  const configuration = new Configuration({ ...base, users: identity.users, security: identity.security });
  const contacts = new Contacts(base);
  const media = new Media({ ...base, blobs });
  const whatsappChannel = new WhatsAppChannel({
    ...base,
    apiBaseUrl: config.whatsapp.apiBaseUrl,
    version: config.whatsapp.apiVersion,
    channelSettings: (tenantId, channelId) => configuration.whatsappChannel(tenantId, channelId),
    setChannelHealth: (...health) => configuration.setChannelHealth(...health),
  });
  const conversations = new Conversations({
    ...base,
    contacts,
    media,
    channels: (kind) => {
      if (kind === "whatsapp") return whatsappChannel;
      throw new Problem("unsupported-by-channel");
    },
    isActiveUser: (tenantId, userId) => isActiveUser(configuration, tenantId, userId),
  });
  const whatsapp = new WhatsAppWebhook({
    ...base,
    appSecret: config.whatsapp.appSecret,
    verifyToken: config.whatsapp.verifyToken,
    channelByWebhookKey: (key) => configuration.channelByWebhookKey(key),
  });
  const health = new Health({
    ...base,
    dependencies: { documents, queue, blobs, realtime, secrets },
    platform,
    version: product.version,
  });

  return {
    services: {
      health,
      metrics: telemetry,
      clock,
      telemetry,
      realtime,
      outbox,
      identity,
      configuration,
      contacts,
      conversations,
      media,
      whatsapp,
    },
    serving: {
      authenticate: (token) => identity.authenticate(token),
      limiter: new RateLimiter(clock),
      telemetry,
      clock,
      secureCookies: publicUrl.startsWith("https:"),
    },
    delivering: { telemetry, clock, recordParked: recordParkedIn(documents, clock) },
  };
}

async function isActiveUser(configuration: Configuration, tenantId: TenantId, userId: string): Promise<boolean> {
  try {
    const { item } = await configuration.users.get(systemCaller(tenantId, "assignment"), userId);
    return item.active;
  } catch (error) {
    if (error instanceof Problem && error.code === "not-found") return false;
    throw error;
  }
}
