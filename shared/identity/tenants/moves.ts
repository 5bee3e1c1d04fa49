import { Problem } from "../../platform/errors.ts";
import { derivedId } from "../../platform/ids.ts";
import type { OutgoingMessage } from "../../platform/queue/port.ts";
import type { Tenant } from "../model.ts";
import type { Change } from "./changes.ts";
import type { TenantErasure } from "./model.ts";
import { daysAfter, daysUntil, ERASURE_BEGINS_AFTER, warnedFor } from "./trial.ts";

/** What moves need to know of the installation. */
export interface MoveSettings {
  /** Without a slash at the end. */
  readonly publicUrl: string;
  /** From the deactivation to the erasure. */
  readonly graceDays: number;
}

export function warned(tenant: Tenant, now: Date, { publicUrl }: MoveSettings): Change {
  const { name: organization, trialEndsAt } = tenant;
  const days = daysUntil(trialEndsAt, now);
  const next = { ...tenant, ...warnedFor(trialEndsAt, now) };
  return {
    next,
    event: "tenant.trial-warned",
    data: { days },
    notice: {
      occasion: `${trialEndsAt}-${next.warnedDays}`,
      to: ({ name }) => ({
        template: "trial-ending",
        name,
        organization,
        days,
        endsAt: trialEndsAt,
        link: plansAt(publicUrl),
      }),
    },
  };
}

export function trialEnded(tenant: Tenant, now: Date, settings: MoveSettings): Change {
  const { name: organization, trialEndsAt: endedAt } = tenant;
  const eraseAt = daysAfter(now, settings.graceDays);
  return {
    next: { ...withState(tenant, "deactivated", now), eraseAt },
    event: "tenant.deactivated",
    data: { reason: "trial-ended", eraseAt },
    notice: {
      occasion: endedAt,
      to: ({ name }) => ({
        template: "trial-ended",
        name,
        organization,
        endedAt,
        eraseAt,
        link: plansAt(settings.publicUrl),
      }),
    },
  };
}

/** By an operator: `deactivate`. */
export function deactivated(tenant: Tenant, now: Date, { graceDays }: MoveSettings): Change {
  mustBe(tenant, ["trial", "active", "suspended"], "deactivated");
  const eraseAt = daysAfter(now, graceDays);
  const next = { ...withState(tenant, "deactivated", now), eraseAt };
  return { next, event: "tenant.deactivated", data: { reason: "operator", eraseAt } };
}

/** By an operator: `activate`. */
export function activated(tenant: Tenant, now: Date, settings: MoveSettings): Change {
  mustBe(tenant, ["trial", "suspended", "deactivated"], "activated");
  const next = { ...withState(tenant, "active", now), plan: "active" as const };
  return { next, event: "tenant.activated", ...welcomeBack(tenant, now, settings) };
}

/** By an operator: `suspend`. */
export function suspended(tenant: Tenant, now: Date): Change {
  mustBe(tenant, ["active"], "suspended");
  return { next: withState(tenant, "suspended", now), event: "tenant.suspended" };
}

/** By an operator: `extend-trial`. From the trial's end on, or from now where it has ended. */
export function trialExtended(tenant: Tenant, now: Date, days: number, settings: MoveSettings): Change {
  if (tenant.plan !== "trial") throw refused(tenant, "extended in its trial");
  mustBe(tenant, ["trial", "deactivated"], "extended in its trial");
  const from = new Date(Math.max(Date.parse(tenant.trialEndsAt), now.getTime()));
  const trialEndsAt = daysAfter(from, days);
  const { warnedDays: _, ...rest } = tenant.status === "trial" ? tenant : withState(tenant, "trial", now);
  const next = { ...rest, trialEndsAt, ...warnedFor(trialEndsAt, now) };
  return { next, event: "tenant.trial-extended", data: { days }, ...welcomeBack(tenant, now, settings) };
}

/** By an operator (`erase`), or when the grace is over. What erases it begins once no instance believes in the tenant any more. */
export function givenUp(tenant: Tenant, now: Date, reason: "operator" | "grace-over"): Change {
  mustBe(tenant, ["deactivated"], "erased");
  const { id: tenantId, slug } = tenant;
  const begins = erasureMessage({ tenantId, slug, begun: now.toISOString(), round: 0 });
  return {
    next: withState(tenant, "erased", now),
    event: "tenant.erased",
    data: { reason },
    messages: [{ ...begins, deliverAt: new Date(now.getTime() + ERASURE_BEGINS_AFTER) }],
  };
}

/** The message by which an erasure begins or goes on; the same one for the same round of what was begun then. */
export function erasureMessage(
  erasure: Omit<TenantErasure, "job">,
): OutgoingMessage & { readonly queue: "jobs"; readonly body: TenantErasure } {
  const { tenantId, begun, round } = erasure;
  const messageId = derivedId("ers", tenantId, begun, round);
  const body = { job: "tenant-erasure", ...erasure } as const;
  return { queue: "jobs", messageId, sessionId: derivedId("ers", tenantId), body };
}

function welcomeBack(tenant: Tenant, now: Date, { publicUrl }: MoveSettings): Pick<Change, "notice"> {
  if (tenant.status !== "deactivated" && tenant.status !== "suspended") return {};
  const { name: organization } = tenant;
  return {
    notice: {
      occasion: now.toISOString(),
      to: ({ name }) => ({ template: "tenant-reactivated", name, organization, link: `${publicUrl}/` }),
    },
  };
}

/** In another state, without what belonged to the one before. */
function withState({ eraseAt: _, ...tenant }: Tenant, status: Tenant["status"], now: Date): Tenant {
  return { ...tenant, status, statusSince: now.toISOString() };
}

function mustBe(tenant: Tenant, states: readonly Tenant["status"][], become: string): void {
  if (!states.includes(tenant.status)) throw refused(tenant, become);
}

function refused({ status }: Tenant, become: string): Problem {
  return new Problem("conflict", { detail: `A tenant that is ${status} cannot be ${become}.` });
}

function plansAt(publicUrl: string): string {
  return `${publicUrl}/#/plan`;
}
