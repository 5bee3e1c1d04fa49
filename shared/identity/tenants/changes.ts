import type { User } from "../../configuration/kinds.ts";
import type { ConfigurationLog } from "../../configuration/service.ts";
import { type Notice, noticeMessage } from "../../notices/model.ts";
import type { Caller } from "../../platform/caller.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Directory } from "../../platform/directory/directory.ts";
import { CommitRejected, type Documents, replace, type TenantStore } from "../../platform/documents/port.ts";
import { Problem } from "../../platform/errors.ts";
import type { EventType } from "../../platform/events/event.ts";
import { newEvent } from "../../platform/events/newEvent.ts";
import type { TenantId } from "../../platform/ids.ts";
import type { Consequences, Outbox } from "../../platform/outbox/outbox.ts";
import type { Telemetry } from "../../platform/telemetry/port.ts";
import { ShownTenant, type Tenant, Tenants, Users } from "../model.ts";
import { reviewAtOf } from "./trial.ts";

/** Owners who get a notice: an organisation has few. */
const MAX_OWNERS = 20;
const MAX_RACES = 10;

export interface ChangeParts {
  readonly documents: Documents;
  readonly outbox: Outbox;
  readonly directory: Directory;
  readonly log: ConfigurationLog;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Without a slash at the end. */
  readonly publicUrl: string;
}

/** What becomes of a tenant, and what follows from it. */
export interface Change {
  readonly next: Tenant;
  readonly event: EventType;
  /** Beside the tenant as it then is, and its state before. */
  readonly data?: Record<string, unknown>;
  /** For each of its owners; `occasion` tells one such notice from the next. */
  readonly notice?: { readonly occasion: string; readonly to: (owner: Owner) => Notice };
  readonly messages?: Consequences["messages"];
}

type Owner = Pick<User, "name" | "email">;

/**
 * Reads the tenant, decides, and commits the decision with what follows; again after a lost race. `decide` answers undefined where
 * nothing is to be done, and may throw. Resolves to the tenant as it then is; undefined where there is none.
 */
export async function changeTenant(
  parts: ChangeParts,
  caller: Caller,
  decide: (tenant: Tenant, now: Date) => Change | undefined,
): Promise<Tenant | undefined> {
  const { documents, outbox, directory, clock } = parts;
  const { tenantId } = caller;
  const store = documents.forTenant(tenantId);
  for (let race = 0; race < MAX_RACES; race++) {
    const stored = await store.read(Tenants, [], tenantId);
    if (stored === undefined) return undefined;
    const change = decide(stored.value, clock.now());
    if (change === undefined) return stored.value;
    const { next, messages = [] } = change;
    const reviewAt = reviewAtOf(next);
    // Before the commit, so that whatever follows by itself is looked after wherever this ends.
    if (reviewAt !== undefined) await directory.remind(stored.value.slug, tenantId, reviewAt, "sooner");
    try {
      await outbox.commit(store, "configuration", [], [replace(Tenants, tenantId, next, stored.etag)], {
        events: [eventOf(parts, caller, change, stored.value)],
        messages: [...messages, ...(await noticesOf(store, change))],
      });
      return next;
    } catch (error) {
      if (!(error instanceof CommitRejected)) throw error;
    }
  }
  throw new Problem("unavailable", { retryAfter: 1 });
}

function eventOf({ clock }: ChangeParts, caller: Caller, { event, next, data }: Change, before: Tenant) {
  const tenant = ShownTenant.parse(next);
  return newEvent(caller, clock, event, caller.tenantId, { tenant, before: before.status, ...data });
}

async function noticesOf(store: TenantStore, { notice }: Change): Promise<NonNullable<Consequences["messages"]>> {
  if (notice === undefined) return [];
  const { items } = await store.query(Users.items, {
    partition: [],
    where: [
      { path: "value.role", op: "=", value: "owner" },
      { path: "value.active", op: "=", value: true },
    ],
    limit: MAX_OWNERS,
  });
  const owners = items.map(({ value }) => value.value);
  return owners.map((owner) => noticeMessage(store.tenantId, owner.email, notice.to(owner), notice.occasion));
}

/**
 * Lets the directory remind of the tenant when its state says, however many change it at once: whoever writes the reminder looks
 * once more whether the tenant still is what it was written for. Once it is erased, its slug is given back.
 */
export async function settleReminder({ documents, directory }: ChangeParts, tenantId: TenantId): Promise<void> {
  const store = documents.forTenant(tenantId);
  for (let race = 0; race < MAX_RACES; race++) {
    const stored = await store.read(Tenants, [], tenantId);
    if (stored === undefined) return;
    await directory.remind(stored.value.slug, tenantId, reviewAtOf(stored.value));
    const again = await store.read(Tenants, [], tenantId);
    if (again?.etag === stored.etag) return;
  }
  throw new Problem("unavailable", { retryAfter: 1 });
}
