import { z } from "zod";
import type { LogLevel } from "./coreTypes.ts";

/** `hh:mm:ss` or `d.hh:mm:ss`, as .NET writes time spans, to milliseconds. */
const TimeSpan = z
  .string()
  .regex(/^(\d+\.)?([01]?\d|2[0-3]):[0-5]?\d:[0-5]?\d(\.\d{1,7})?$/, "expected a time span hh:mm:ss")
  .transform((text) => {
    const [, days = "0", hours = "0", minutes = "0", seconds = "0"] =
      /^(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(text) ?? [];
    return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  });

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** The one value that this host can be given, since it has nothing else; also when none is given. */
const only = <T extends string | number | boolean>(value: T, why: string) =>
  z.literal(value, { error: `must be ${value}: the local host ${why}` }).optional();
const count = z.number().int().min(1).optional();

// https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook#hostjson-settings
const Http = z.strictObject({
  routePrefix: z.string().optional(),
  maxOutstandingRequests: only(-1, "does not count requests"),
  maxConcurrentRequests: only(-1, "does not count requests"),
  dynamicThrottlesEnabled: only(false, "does not watch its own load"),
});

// https://learn.microsoft.com/azure/azure-functions/functions-bindings-service-bus#hostjson-settings
const ServiceBus = z.strictObject({
  autoCompleteMessages: only(true, "completes messages itself"),
  prefetchCount: only(0, "fetches nothing before it is needed"),
  maxConcurrentSessions: count,
  maxConcurrentCallsPerSession: only(1, "works each lane in order"),
  maxMessageBatchSize: count,
  minMessageBatchSize: only(1, "waits for no batch to fill"),
  // Read by Azure for minimums over 1 only, and there at most this.
  maxBatchWaitTime: TimeSpan.refine((ms) => ms <= 150 * SECOND, "must be at most 00:02:30").optional(),
  // A departure: an empty lane is released at once.
  sessionIdleTimeout: TimeSpan.optional(),
  maxAutoLockRenewalDuration: TimeSpan.optional(),
});

// https://learn.microsoft.com/azure/azure-functions/configure-monitoring#configure-log-levels
const Level = z
  .string()
  .toLowerCase()
  .pipe(z.enum(["trace", "debug", "information", "warning", "error", "critical", "none"]));

/**
 * host.json, https://learn.microsoft.com/azure/azure-functions/functions-host-json. What this host would ignore is refused,
 * but for what concerns Azure's own machinery (the extension bundle, what goes to Application Insights).
 */
const HostJson = z.strictObject({
  version: z.literal("2.0"),
  functionTimeout: z
    .union([z.literal("-1"), TimeSpan.refine((ms) => ms >= SECOND, "must be at least 00:00:01")])
    .optional(),
  concurrency: z.strictObject({ dynamicConcurrencyEnabled: only(false, "does not watch its own load") }).optional(),
  extensions: z.strictObject({ http: Http.optional(), serviceBus: ServiceBus.optional() }).optional(),
  logging: z
    .strictObject({ logLevel: z.record(z.string(), Level).optional(), applicationInsights: z.unknown().optional() })
    .optional(),
  extensionBundle: z.unknown().optional(),
});

export interface HostConfig {
  readonly routePrefix: string;
  /** Milliseconds; undefined for no end. */
  readonly functionTimeoutMs: number | undefined;
  /** Lanes of one function at once. */
  readonly maxConcurrentSessions: number;
  /** Messages in one invocation of a function with cardinality `many`. */
  readonly maxMessageBatchSize: number;
  /** Milliseconds for which a running handler's lock is renewed. */
  readonly maxAutoLockRenewalMs: number;
  /** The least level that is logged, by the beginning of a category, or `default`. */
  readonly logLevels: Readonly<Record<string, LogLevel>>;
}

/** Reads host.json's text. Throws, naming the member, when Azure would refuse it or this host would ignore it. */
export function parseHostJson(text: string): HostConfig {
  const parsed = HostJson.safeParse(JSON.parse(text));
  if (!parsed.success) {
    const where = "what Azure would refuse, or the local host would ignore (docs/decisions/004-local-host.md)";
    throw new Error(`host.json has ${where}:\n${z.prettifyError(parsed.error)}`);
  }
  const { functionTimeout = 30 * MINUTE, extensions, logging } = parsed.data;
  const bus = extensions?.serviceBus;
  return {
    routePrefix: (extensions?.http?.routePrefix ?? "api").replace(/^\/+|\/+$/g, ""),
    functionTimeoutMs: functionTimeout === "-1" ? undefined : functionTimeout,
    maxConcurrentSessions: bus?.maxConcurrentSessions ?? 8,
    maxMessageBatchSize: bus?.maxMessageBatchSize ?? 1000,
    maxAutoLockRenewalMs: bus?.maxAutoLockRenewalDuration ?? 5 * MINUTE,
    logLevels: logging?.logLevel ?? {},
  };
}

const OVERRIDE = /^AzureFunctionsJobHost(?:__|:)|^AzureWebJobs[._].+[._]Disabled$/i;

/**
 * Throws when a setting changes host.json or disables a function, as it would on Azure: this host reads the file alone
 * (https://learn.microsoft.com/azure/azure-functions/functions-host-json#override-hostjson-values).
 */
export function refuseOverrides(settings: Readonly<Record<string, string | undefined>>): void {
  const name = Object.keys(settings).find((each) => OVERRIDE.test(each));
  if (name !== undefined) throw new Error(`The setting ${name} is for Azure: the local host would ignore it.`);
}
