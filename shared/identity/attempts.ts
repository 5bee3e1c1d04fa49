import type { Clock } from "../platform/clock.ts";
import {
  CommitRejected,
  create,
  type Operation,
  replace,
  type TenantStore,
  upsert,
} from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import { type Attempts, LoginAttempts } from "./model.ts";
import { ATTEMPTS_WINDOW, countAttempt, sha256 } from "./rules.ts";

const TTL = { ttl: ATTEMPTS_WINDOW / 1000 };
const MAX_RACES = 10;

/**
 * Counts a try before it is made, so that many at once cannot slip through together. Throws `rate-limited`, with the seconds
 * to wait, when the account has seen too many.
 */
export async function takeAttempt(store: TenantStore, clock: Clock, account: string, address: string): Promise<void> {
  for (let race = 0; race < MAX_RACES; race++) {
    const known = await store.read(LoginAttempts, [], account);
    const counted = countAttempt(known?.value, sha256(address).slice(0, 16), clock.now());
    if ("retryAfter" in counted)
      throw new Problem("rate-limited", {
        detail: "Too many tries to sign in. Wait a few minutes, then try again.",
        retryAfter: counted.retryAfter,
      });
    const write =
      known === undefined
        ? create(LoginAttempts, account, counted.attempts, TTL)
        : replace(LoginAttempts, account, counted.attempts, known.etag, TTL);
    try {
      await store.commit("identity", [], [write]);
      return;
    } catch (error) {
      if (!(error instanceof CommitRejected)) throw error;
    }
  }
  throw new Problem("rate-limited", { retryAfter: 1 });
}

/** Forgets an account's tries; for the commit of the sign-in that succeeded. */
export function clearAttempts(account: string, now: Date): Operation {
  const none: Attempts = { since: now.toISOString(), total: 0, byAddress: {} };
  return upsert(LoginAttempts, account, none, TTL);
}
