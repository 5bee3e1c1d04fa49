import type { MailOutcome } from "../platform/mail/port.ts";
import type { Delivery, GivenUp, Notice } from "./model.ts";

/** Milliseconds after which a try without a result has none to come: more than a try may take. */
export const LOOK_AFTER_MS = 60_000;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Before the second, third, … try; the last goes for all further ones. */
const WAITS = [10 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR];
const LONGEST_WAIT = 6 * HOUR;
const GIVES_UP_AFTER = 24 * HOUR;

export type Step =
  | { readonly step: "try" }
  | { readonly step: "wait"; readonly until: Date }
  | { readonly step: "nothing" }
  | { readonly step: "refuse"; readonly reason: GivenUp };

/** The queue's own name for a delivery, and how often the message was delivered; 1 again when an operator replays it. */
export interface Arrival {
  readonly messageId: string;
  readonly deliveryCount: number;
}

/** What a delivery of the queue has to do, given what is known. */
export function whatToDo(known: Delivery | undefined, arrival: Arrival, now: Date): Step {
  switch (known?.status) {
    case undefined:
      return { step: "try" };
    case "sent":
      return { step: "nothing" };
    case "refused":
      return afterRefusal(known.refusal, arrival);
    case "trying":
      return notBefore(new Date(Date.parse(known.triedAt) + LOOK_AFTER_MS), now);
    case "waiting":
      return notBefore(known.dueAt === null ? now : new Date(known.dueAt), now);
  }
}

/** The message that is to be parked comes until it is; one that only came to look has nothing to do; a replay is a try. */
function afterRefusal(refusal: Delivery["refusal"], { messageId, deliveryCount }: Arrival): Step {
  if (refusal === null || refusal.messageId !== messageId) return { step: "nothing" };
  return deliveryCount > 1 ? { step: "refuse", reason: refusal.reason } : { step: "try" };
}

function notBefore(until: Date, now: Date): Step {
  return until > now ? { step: "wait", until } : { step: "try" };
}

/** The next try, as it is recorded before it is made. */
export function nextTry(known: Delivery | undefined, now: Date): Delivery {
  const at = now.toISOString();
  const rest = { status: "trying", triedAt: at, unsure: true, dueAt: null, refusal: null } as const;
  if (known === undefined) return { ...rest, number: 1, since: at, tries: 1, firstTriedAt: at };
  const same = known.unsure ? { number: known.number, since: known.since } : { number: known.number + 1, since: at };
  if (known.status === "refused") return { ...rest, ...same, tries: 1, firstTriedAt: at };
  return { ...rest, ...same, tries: known.tries + 1, firstTriedAt: known.firstTriedAt };
}

/** What the outcome makes of a try; `messageId` is that of the message by which it was made. */
export function afterTry(tried: Delivery, outcome: MailOutcome, messageId: string, now: Date): Delivery {
  if (outcome.outcome === "accepted") return { ...tried, status: "sent", unsure: false };
  if (outcome.outcome === "refused") {
    const reason = outcome.what === "recipient" ? "recipient-refused" : "mail-refused";
    return { ...tried, status: "refused", unsure: false, refusal: { reason, messageId } };
  }
  const { unsure, retryAfterSeconds = 0 } = outcome;
  const wait = WAITS[Math.min(tried.tries, WAITS.length) - 1] ?? HOUR;
  const due = now.getTime() + Math.min(LONGEST_WAIT, Math.max(wait, retryAfterSeconds * SECOND));
  if (due - Date.parse(tried.firstTriedAt) > GIVES_UP_AFTER)
    return { ...tried, status: "refused", unsure, refusal: { reason: "mail-undeliverable", messageId } };
  return { ...tried, status: "waiting", unsure, dueAt: new Date(due).toISOString() };
}

/** Whether its link no longer leads anywhere. */
export function isExpired(notice: Notice, now: Date): boolean {
  return "expiresAt" in notice && Date.parse(notice.expiresAt) <= now.getTime();
}
