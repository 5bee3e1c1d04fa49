import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Change } from "../../configuration/model.ts";
import { type Actor, actorIdOf } from "../../platform/caller.ts";
import type { DomainEvent } from "../../platform/events/event.ts";
import type { TenantId } from "../../platform/ids.ts";
import type { AuditActor, AuditDraft, AuditSubject } from "./model.ts";
import { kept, keptText } from "./shortening.ts";

/** What an event does not say by itself. */
export interface Sources {
  /** The name of a tenant's user now, or undefined where there is none. */
  nameOf(tenantId: TenantId, userId: string): Promise<string | undefined>;
  /** The change that made a revision of a tenant's configuration. */
  change(tenantId: TenantId, revision: number): Promise<Change | undefined>;
}

/**
 * Everyday work, by the first part of an event's type: it has histories of its own. Everything else is audited, so that what
 * is new is, too.
 */
const EVERYDAY: ReadonlySet<string> = new Set([
  "contact",
  "conversation",
  "message",
  "note",
  "media",
  "channel",
  "work-item",
  "offer",
  "agent",
  "call",
  "voicemail",
  "mailbox",
  "report",
]);
/** Told by `configuration.changed` beside it, with what was changed. */
const TOLD_TWICE: ReadonlySet<string> = new Set(["role.created", "role.changed", "role.deleted"]);

export function isAudited(type: string): boolean {
  return !EVERYDAY.has(type.split(".", 1)[0] ?? "") && !TOLD_TWICE.has(type);
}

/** What an event becomes in the audit. */
export async function draftOf(event: DomainEvent, sources: Sources): Promise<AuditDraft> {
  const { id: eventId, type, at, tenantId } = event;
  const { addressHash } = event.data;
  const actor = await actorOf(event.actor, tenantId, sources);
  const { action, subject, details } =
    type === "configuration.changed"
      ? await configurationChange(event, sources)
      : { action: type, ...(await told(event, sources)) };
  return {
    eventId,
    at,
    actor,
    action,
    subject: named(subject.type, subject.id, subject.name),
    details: kept(details),
    ...(typeof addressHash === "string" ? { addressHash: keptText(addressHash) } : {}),
  };
}

async function actorOf(actor: Actor, tenantId: TenantId, sources: Sources): Promise<AuditActor> {
  const id = actorIdOf(actor);
  if (actor.type !== "user") return { type: actor.type, id };
  const name = await sources.nameOf(tenantId, id);
  return { ...named("user", id, name), type: "user", role: actor.role, sessionId: actor.sessionId };
}

function named(type: string, id: string, name: string | undefined): AuditSubject {
  return { type, id: keptText(id), ...(name === undefined ? {} : { name: keptText(name) }) };
}

interface Described {
  readonly action: string;
  readonly subject: AuditSubject;
  readonly details: Readonly<Record<string, unknown>>;
}

const Named = z.object({ name: z.string() });
const OfUser = z.object({ userId: z.string() });
const OfTenant = z.object({ tenant: Named });

/** Events whose data are the details. */
async function told(
  { type, tenantId, subject: id, data }: DomainEvent,
  sources: Sources,
): Promise<Omit<Described, "action">> {
  const { addressHash: _, ...details } = data;
  const kind = type.split(".", 1)[0] ?? "";
  if (kind === "tenant") return { subject: named(kind, id, OfTenant.safeParse(data).data?.tenant.name), details };
  if (kind !== "user") return { subject: named(kind, id, Named.safeParse(data).data?.name), details };
  const userId = OfUser.safeParse(data).data?.userId;
  // Tries at accounts that there are not: the organisation's own affair.
  if (userId === undefined && id === tenantId) return { subject: named("tenant", tenantId, undefined), details };
  return { subject: named("user", userId ?? id, await sources.nameOf(tenantId, userId ?? id)), details };
}

const ConfigurationChanged = z.object({ kind: z.string(), id: z.string(), action: z.string(), revision: z.int() });

/** With the diff that the configuration's own log keeps, which holds no secrets. */
async function configurationChange({ tenantId, data }: DomainEvent, sources: Sources): Promise<Described> {
  const { kind, id, action, revision } = ConfigurationChanged.parse(data);
  const change = await sources.change(tenantId, revision);
  const name = Named.safeParse(change?.before ?? change?.after).data?.name;
  return {
    action: `configuration.${action}`,
    subject: named(kind, id, name),
    details: {
      revision,
      ...(change === undefined ? {} : { changes: diffOf(change), secretsChanged: change.secretsChanged }),
    },
  };
}

interface FieldChange {
  readonly field: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

function diffOf({ before, after }: Change): readonly FieldChange[] {
  const fields = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...fields]
    .filter((field) => !isDeepStrictEqual(before?.[field], after?.[field]))
    .map((field) => ({ field, from: before?.[field], to: after?.[field] }));
}
