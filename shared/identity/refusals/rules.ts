import type { Actor } from "../../platform/caller.ts";
import { derivedId } from "../../platform/ids.ts";
import type { Counted, RefusalWindow } from "./model.ts";

const MINUTE = 60_000;
/** Of each kind, in one window: a log tells whence it came, and is no list of a botnet. */
const NAMED = 10;

/** One refusal. */
export interface Refusal {
  /** What is counted together: the same for one account whether or not there is one, so that counting tells nobody. */
  readonly account: string;
  /** Whose account it is, where there is one. */
  readonly userId?: string | undefined;
  /** Who was refused, where they had signed in already. */
  readonly actor?: Actor | undefined;
  /** In kebab case; see `RefusalReason`. */
  readonly reason: string;
  readonly addressHash?: string | undefined;
  /** The permission that was wanting. */
  readonly wanted?: string | undefined;
}

/** When the minute of `now` began. */
export function minuteOf(now: Date): string {
  return new Date(Math.floor(now.getTime() / MINUTE) * MINUTE).toISOString();
}

export function windowId(account: string, since: string): string {
  return derivedId("rfs", account, since);
}

/** The window with one refusal more. */
export function counted(window: RefusalWindow | undefined, refusal: Refusal, now: Date): RefusalWindow {
  const { actor, userId, reason, addressHash, wanted } = refusal;
  const before = window?.reasons[reason];
  const one: Counted = {
    count: 1,
    lastAt: now.toISOString(),
    addresses: addressHash === undefined ? [] : [addressHash],
    wanted: wanted === undefined ? [] : [wanted],
  };
  return {
    since: minuteOf(now),
    ...window,
    ...(actor === undefined ? {} : { actor }),
    ...(userId === undefined ? {} : { userId }),
    reasons: { ...window?.reasons, [reason]: before === undefined ? one : sum(before, one) },
  };
}

/** The windows of one minute at accounts that there are not, as one. */
export function merged(since: string, windows: readonly RefusalWindow[]): RefusalWindow {
  const reasons: Record<string, Counted> = {};
  for (const window of windows)
    for (const [reason, each] of Object.entries(window.reasons)) {
      const before = reasons[reason];
      reasons[reason] = before === undefined ? each : sum(before, each);
    }
  return { since, merged: true, reasons };
}

function sum(one: Counted, other: Counted): Counted {
  return {
    count: one.count + other.count,
    lastAt: Date.parse(one.lastAt) < Date.parse(other.lastAt) ? other.lastAt : one.lastAt,
    addresses: firstOf(one.addresses, other.addresses),
    wanted: firstOf(one.wanted, other.wanted),
  };
}

function firstOf(some: readonly string[], more: readonly string[]): string[] {
  return [...new Set([...some, ...more])].slice(0, NAMED);
}
