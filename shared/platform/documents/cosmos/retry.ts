import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { Problem } from "../../errors.ts";
import { explained } from "../../serviceFault.ts";

/**
 * What a status means for a write, as Cosmos documents it
 * (learn.microsoft.com/rest/api/cosmos-db/http-status-codes-for-cosmosdb and .../conceptual-resilient-sdk-applications):
 * - `refused`: 404, 409, 412: nothing was written.
 * - `throttled`: 429, after the SDK has waited as often and as long as it may: nothing was written.
 * - `again`: 449, and 404 with substatus 1002 (a replica lags behind): nothing was written, try again.
 * - `denied`: 401 and 403: whoever asks lacks a role, or comes from a network that is not let in. Nothing was written.
 * - `unknown`: 408, 410, 500, 503 and a broken connection: it may have been written.
 * - `fault`: anything else cannot be helped by trying again.
 */
type Meaning = "refused" | "throttled" | "again" | "denied" | "unknown" | "too-large" | "fault";

const READ_SESSION_NOT_AVAILABLE = 1002;
/** 404: the container or database is not there. */
const OWNER_NOT_FOUND = 1003;
/** 403: a logical partition has its 20 GB. Waiting helps as little as a role would. */
const PARTITION_FULL = 1014;

export function meaningOf(status: number | string | undefined, substatus?: number): Meaning {
  if (status === 404 && substatus === READ_SESSION_NOT_AVAILABLE) return "again";
  if (status === 404 && substatus === OWNER_NOT_FOUND) return "fault";
  if (status === 401 || (status === 403 && substatus !== PARTITION_FULL)) return "denied";
  if (status === 404 || status === 409 || status === 412) return "refused";
  if (status === 413) return "too-large";
  if (status === 429) return "throttled";
  if (status === 449) return "again";
  if (status === 408 || status === 410 || status === 500 || status === 502 || status === 503 || status === 504)
    return "unknown";
  // The SDK's own time-out, and node's connection errors ("ECONNRESET", "REQUEST_SEND_ERROR", ...).
  return typeof status === "string" ? "unknown" : "fault";
}

const Failure = z.looseObject({
  code: z.union([z.number(), z.string()]).optional(),
  substatus: z.number().optional(),
  retryAfterInMs: z.number().optional(),
  cause: z.unknown().optional(),
});

export interface Fault {
  readonly meaning: Meaning;
  readonly status: number | string | undefined;
  readonly retryAfterMs: number | undefined;
}

/** Reads an SDK error. `items.batch` wraps the real one as its cause. */
export function faultOf(error: unknown): Fault {
  const parsed = Failure.safeParse(error);
  if (!parsed.success) return { meaning: "fault", status: undefined, retryAfterMs: undefined };
  const { code, substatus, retryAfterInMs, cause } = parsed.data;
  if (code === undefined && cause !== undefined) return faultOf(cause);
  return { meaning: meaningOf(code, substatus), status: code, retryAfterMs: retryAfterInMs };
}

/** Tries after the first one. Waits 20, 40, 80, 160, 320 ms, each give or take a half: about 0.6 s in all. */
export const MAX_RETRIES = 5;

export async function backOff(clock: Clock, attempt: number): Promise<void> {
  await clock.sleep(Math.round(20 * 2 ** attempt * (0.5 + Math.random())));
}

export function unavailable(cause: unknown, retryAfterMs?: number): Problem {
  return new Problem("unavailable", {
    cause: explained("Cosmos DB", cause),
    ...(retryAfterMs === undefined ? {} : { retryAfter: Math.ceil(retryAfterMs / 1000) }),
  });
}

/**
 * Runs a read until it answers. 429 is retried by the SDK, within its bounds, by Cosmos's `retry-after`; what is left of it
 * is not tried again here. Throws `unavailable` after the retries and to who is denied, and other errors as they are, or
 * explained.
 */
export async function retryingRead<T>(clock: Clock, run: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      const { meaning, retryAfterMs } = faultOf(error);
      if (meaning === "throttled" || meaning === "denied") throw unavailable(error, retryAfterMs);
      if (meaning !== "again" && meaning !== "unknown") throw explained("Cosmos DB", error);
      if (attempt >= MAX_RETRIES) throw unavailable(error);
      await backOff(clock, attempt);
    }
  }
}
