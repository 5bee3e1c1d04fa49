import { Problem } from "../../platform/errors.ts";
import type { Tenant } from "../model.ts";

/** What a plan bounds, each bound where it binds. */
export interface Limits {
  /** People who are active, whatever their role. */
  readonly agents: number;
  /** Numbers and mailboxes, of all kinds together. */
  readonly channels: number;
  /** Messages to customers from 0:00 to 24:00 UTC; notes are none. */
  readonly messagesADay: number;
  /** All files that are kept: what customers sent counts, but only uploads are refused for it. */
  readonly mediaBytes: number;
  /** Invitations that nobody has answered yet. */
  readonly invitations: number;
}

const GIGABYTE = 1024 ** 3;

/** By the tenant's plan. */
export const PLANS: Readonly<Record<Tenant["plan"], Limits>> = {
  trial: { agents: 10, channels: 3, messagesADay: 500, mediaBytes: GIGABYTE, invitations: 20 },
  active: { agents: 500, channels: 100, messagesADay: 100_000, mediaBytes: 1000 * GIGABYTE, invitations: 500 },
};

/** While a trial's owner has not confirmed their address: too little for whoever would misuse it. */
export const UNVERIFIED: Pick<Limits, "messagesADay" | "invitations"> = { messagesADay: 20, invitations: 2 };

function limitsOf({ plan, verifiedAt }: Pick<Tenant, "plan" | "verifiedAt">): Limits {
  return plan === "trial" && verifiedAt === undefined ? { ...PLANS.trial, ...UNVERIFIED } : PLANS[plan];
}

export function limitOf(tenant: Pick<Tenant, "plan" | "verifiedAt">, what: keyof Limits): number {
  return limitsOf(tenant)[what];
}

const WORDS: Readonly<Record<keyof Limits, (limit: number) => string>> = {
  agents: (limit) => `Your plan has ${limit} active people.`,
  channels: (limit) => `Your plan has ${limit} channels.`,
  messagesADay: (limit) => `Your plan has ${limit} messages a day, and today's are used up.`,
  mediaBytes: (limit) =>
    `Your plan has ${Math.round(limit / GIGABYTE)} GB for files. Delete some, or take another plan.`,
  invitations: (limit) => `Your plan has ${limit} open invitations at a time.`,
};

/**
 * `plan-limit-reached`, with the number. `retryAfter`: seconds after which there is room again by itself. Where confirming an
 * address would lift the limit, the words say so.
 */
export function limitReached(
  tenant: Pick<Tenant, "plan" | "verifiedAt">,
  what: keyof Limits,
  retryAfter?: number,
): Problem {
  const limit = limitOf(tenant, what);
  const confirm = limit < PLANS[tenant.plan][what] ? " Confirm your e-mail address to have more." : "";
  return new Problem("plan-limit-reached", {
    detail: WORDS[what](limit) + confirm,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}
