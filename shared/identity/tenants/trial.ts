import type { Tenant } from "../model.ts";

const DAY = 24 * 60 * 60 * 1000;

/** Days before a trial's end at which its owners are warned. */
export const WARNING_DAYS = [7, 3, 1] as const;

/** Milliseconds from the moment a tenant is given up until it is erased: longer than any instance believes in it, or works for it. */
export const ERASURE_BEGINS_AFTER = 10 * 60 * 1000;

/** What is to be done about a tenant now. */
export type Step = "nothing" | "warn" | "deactivate" | "give-up" | "erase";

/** The newest step that is due; earlier ones that were missed are not made up for. */
export function stepFor(tenant: Tenant, now: Date): Step {
  switch (tenant.status) {
    case "trial":
      if (isPast(tenant.trialEndsAt, now)) return "deactivate";
      return isWarningDue(tenant, now) ? "warn" : "nothing";
    case "deactivated":
      return tenant.eraseAt !== undefined && isPast(tenant.eraseAt, now) ? "give-up" : "nothing";
    case "erased":
      return tenant.erasedAt === undefined && isPast(erasureBegins(tenant), now) ? "erase" : "nothing";
    default:
      return "nothing";
  }
}

/** When there is something to be done next, if nothing changes by hand; undefined: never. Past, where something is due. */
export function reviewAtOf(tenant: Omit<Tenant, "slug">): string | undefined {
  switch (tenant.status) {
    case "trial":
      return nextWarningAt(tenant) ?? tenant.trialEndsAt;
    case "deactivated":
      return tenant.eraseAt;
    case "erased":
      return tenant.erasedAt === undefined ? erasureBegins(tenant) : undefined;
    default:
      return undefined;
  }
}

/** The last warning that would be due by now for a trial that ends then: with it as given, only later ones follow. */
export function warnedFor(trialEndsAt: string, now: Date): Pick<Tenant, "warnedDays"> {
  const due = WARNING_DAYS.filter((days) => isPast(warningAt(trialEndsAt, days), now));
  const newest = due.at(-1);
  return newest === undefined ? {} : { warnedDays: newest };
}

/** Days until then, of which the last may be a short one: at least 1. */
export function daysUntil(at: string, now: Date): number {
  return Math.max(1, Math.ceil((Date.parse(at) - now.getTime()) / DAY));
}

export function daysAfter(now: Date, days: number): string {
  return new Date(now.getTime() + days * DAY).toISOString();
}

function isWarningDue(tenant: Tenant, now: Date): boolean {
  const next = nextWarningAt(tenant);
  return next !== undefined && isPast(next, now);
}

/** Of the first warning that was not given. */
function nextWarningAt({
  trialEndsAt,
  warnedDays = Number.POSITIVE_INFINITY,
}: Pick<Tenant, "trialEndsAt" | "warnedDays">): string | undefined {
  const next = WARNING_DAYS.find((days) => days < warnedDays);
  return next === undefined ? undefined : warningAt(trialEndsAt, next);
}

function warningAt(trialEndsAt: string, days: number): string {
  return new Date(Date.parse(trialEndsAt) - days * DAY).toISOString();
}

/** The states whose beginning matters name it; one that does not is long since begun. */
function erasureBegins({ statusSince, createdAt }: Pick<Tenant, "statusSince" | "createdAt">): string {
  return new Date(Date.parse(statusSince ?? createdAt) + ERASURE_BEGINS_AFTER).toISOString();
}

function isPast(at: string, now: Date): boolean {
  return Date.parse(at) <= now.getTime();
}
