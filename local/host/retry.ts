import { z } from "zod";

/** As the library hands them over: whole seconds. */
const Duration = z.object({ seconds: z.number().int().min(0) }).transform(({ seconds }) => seconds * 1000);
const maxRetryCount = z.number().int().min(-1);

const RetryOptions = z.discriminatedUnion("retryStrategy", [
  z.object({ retryStrategy: z.literal("fixedDelay"), maxRetryCount, delayInterval: Duration }),
  z
    .object({
      retryStrategy: z.literal("exponentialBackoff"),
      maxRetryCount,
      minimumInterval: Duration,
      maximumInterval: Duration,
    })
    .refine((one) => one.minimumInterval <= one.maximumInterval, "minimumInterval must not be over maximumInterval"),
]);

/** https://learn.microsoft.com/azure/azure-functions/functions-bindings-errors#retry-policies */
export interface RetryPolicy {
  /** -1 for no end. */
  readonly maxRetryCount: number;
  /** Milliseconds before a retry, of which the first is 1. */
  delayMs(retry: number): number;
}

const RANDOMIZATION = 0.2;

/** The retry policy of a function; undefined without one. Throws for one that Azure would refuse. */
export function retryPolicy(options: unknown): RetryPolicy | undefined {
  if (options === undefined) return undefined;
  const parsed = RetryOptions.safeParse(options);
  if (!parsed.success) throw new Error(`its retry policy is none: ${z.prettifyError(parsed.error)}`);
  const { data } = parsed;
  if (data.retryStrategy === "fixedDelay") {
    return { maxRetryCount: data.maxRetryCount, delayMs: () => data.delayInterval };
  }
  const { minimumInterval, maximumInterval } = data;
  return {
    maxRetryCount: data.maxRetryCount,
    // RandomizedExponentialBackoffStrategy.cs of https://github.com/Azure/azure-webjobs-sdk
    delayMs(retry) {
      const spread = 1 - RANDOMIZATION + 2 * RANDOMIZATION * Math.random();
      const added = retry === 1 ? 0 : spread * 2 ** (retry - 2) * minimumInterval;
      return Math.min(minimumInterval + added, maximumInterval);
    },
  };
}
