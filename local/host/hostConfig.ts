import { z } from "zod";

/** `hh:mm:ss` or `d.hh:mm:ss`, as .NET writes time spans, to milliseconds. */
const TimeSpan = z
  .string()
  .regex(/^(\d+\.)?\d{1,2}:\d{2}:\d{2}(\.\d+)?$/, "expected a time span hh:mm:ss")
  .transform((text) => {
    const [, days = "0", hours = "0", minutes = "0", seconds = "0"] =
      /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)$/.exec(text) ?? [];
    return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  });

/** The part of host.json that this host obeys, with Azure's defaults; everything else is for Azure alone. */
const HostJson = z.object({
  version: z.literal("2.0"),
  functionTimeout: TimeSpan.optional(),
  extensions: z
    .object({
      http: z.object({ routePrefix: z.string().optional() }).optional(),
      serviceBus: z
        .object({
          maxConcurrentSessions: z.number().int().min(1).optional(),
          maxMessageBatchSize: z.number().int().min(1).optional(),
          maxAutoLockRenewalDuration: TimeSpan.optional(),
        })
        .optional(),
    })
    .optional(),
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
}

const MINUTE = 60_000;

/** Reads host.json's text. Throws, naming the member, when it is not what Azure would take. */
export function parseHostJson(text: string): HostConfig {
  const parsed = HostJson.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`host.json: ${z.prettifyError(parsed.error)}`);
  const { functionTimeout, extensions } = parsed.data;
  const bus = extensions?.serviceBus;
  return {
    routePrefix: (extensions?.http?.routePrefix ?? "api").replace(/^\/+|\/+$/g, ""),
    functionTimeoutMs: functionTimeout ?? 30 * MINUTE,
    maxConcurrentSessions: bus?.maxConcurrentSessions ?? 8,
    maxMessageBatchSize: bus?.maxMessageBatchSize ?? 1000,
    maxAutoLockRenewalMs: bus?.maxAutoLockRenewalDuration ?? 5 * MINUTE,
  };
}
