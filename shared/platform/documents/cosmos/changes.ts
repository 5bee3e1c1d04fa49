import type { Container as CosmosContainer } from "@azure/cosmos";
import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { Problem } from "../../errors.ts";
import { type Envelope, parseEnvelope } from "./envelope.ts";
import { retryingRead } from "./retry.ts";

/** The SDK's own continuation: the container it is of, and a place in each of its ranges. */
const Continuation = z.looseObject({ rid: z.string(), Continuation: z.array(z.unknown()).min(1) });

function damaged(cause?: unknown): Problem {
  return new Problem("invalid-request", { detail: "The feed's cursor is damaged.", cause });
}

function checkContinuation(token: string): void {
  let parsed: unknown;
  try {
    parsed = JSON.parse(token);
  } catch (cause) {
    throw damaged(cause);
  }
  if (!Continuation.safeParse(parsed).success) throw damaged();
}

/** One page of the feed of the newest versions, over all ranges in turn. Empty when nothing has changed. */
export async function readChanges(
  clock: Clock,
  source: CosmosContainer,
  after: string | undefined,
  limit: number,
): Promise<{ readonly envelopes: readonly Envelope[]; readonly cursor: string }> {
  if (after !== undefined) checkContinuation(after);
  const { ChangeFeedStartFrom } = await import("@azure/cosmos");
  return retryingRead(clock, async () => {
    const changeFeedStartFrom =
      after === undefined ? ChangeFeedStartFrom.Beginning() : ChangeFeedStartFrom.Continuation(after);
    const iterator = source.items.getChangeFeedIterator({ changeFeedStartFrom, maxItemCount: limit });
    const response = await iterator.readNext();
    return { envelopes: (response.result ?? []).map(parseEnvelope), cursor: response.continuationToken };
  });
}
