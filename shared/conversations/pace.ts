import type { MessageError, StoredConversation } from "./model.ts";

const SECOND = 1000;
const HOUR = 60 * 60 * SECOND;

/**
 * WhatsApp takes about one message every 6 s to one recipient; a burst is allowed and then made up for by a pause. Source:
 * WhatsApp Cloud API, "Pair rate limits" (error 131056). We stay well below the burst it names (45).
 */
export const RECIPIENT_BURST = 10;
export const RECIPIENT_INTERVAL_MS = 6 * SECOND;

/** After this long without a result, and without a status from the provider, a try counts as of unknown outcome. */
export const UNKNOWN_AFTER_MS = 60 * SECOND;
/** How often, and for how long, a message that surely was not sent is tried by itself before a person must decide. */
export const MAX_ATTEMPTS = 20;
export const GIVE_UP_AFTER_MS = 24 * HOUR;
const MAX_BACK_OFF_MS = HOUR;

type Pace = StoredConversation["outboundPace"];

function tokensAt(pace: Pace, now: Date): number {
  if (pace === null) return RECIPIENT_BURST;
  const refilled = Math.max(0, now.getTime() - Date.parse(pace.at)) / RECIPIENT_INTERVAL_MS;
  return Math.min(RECIPIENT_BURST, pace.tokens + refilled);
}

/** Milliseconds until the recipient may get another message; 0 for now. */
export function paceDelay(pace: Pace, now: Date): number {
  return Math.ceil(Math.max(0, 1 - tokensAt(pace, now)) * RECIPIENT_INTERVAL_MS);
}

/** The bucket after one send at `now`. */
export function paceAfterSend(pace: Pace, now: Date): NonNullable<Pace> {
  return { tokens: Math.max(0, tokensAt(pace, now) - 1), at: now.toISOString() };
}

/** When to try again after the `attempts`th try was put off: as the provider says, or later when that was often. */
export function retryAt(attempts: number, providerSeconds: number, now: Date): Date {
  const backOff = Math.min(MAX_BACK_OFF_MS, 2 ** Math.min(attempts, 20) * SECOND);
  return new Date(now.getTime() + Math.max(providerSeconds * SECOND, backOff));
}

/** Whether trying by itself has gone on long enough. */
export function givesUp(attempts: number, queuedAt: string, next: Date): boolean {
  return attempts >= MAX_ATTEMPTS || next.getTime() - Date.parse(queuedAt) > GIVE_UP_AFTER_MS;
}

export const OUTCOME_UNKNOWN_ERROR: MessageError = {
  code: "outcome-unknown",
  message: "Nobody knows whether this was sent. Look whether the person has it before you try again.",
  remedy: "retry",
};
