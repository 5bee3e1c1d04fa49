import { z } from "zod";
import { Problem } from "./errors.ts";
import type { TenantId } from "./ids.ts";

/** What a caller may do. Roles, custom roles and API-key scopes are sets of these (DOMAIN: permissions). */
export const PERMISSIONS = [
  "tenant.manage",
  "users.manage",
  "configuration.read",
  "configuration.write",
  "conversations.read",
  "conversations.handle",
  "contacts.read",
  "contacts.write",
  "work.capture",
  "work.handle",
  "work.supervise",
  "calls.read",
  "media.read",
  "media.write",
  "reports.read",
  "audit.read",
  "metrics.read",
  "data.export",
  "data.erase",
] as const;
export type Permission = (typeof PERMISSIONS)[number];

export const Role = z.enum(["owner", "admin", "supervisor", "agent"]);
export type Role = z.infer<typeof Role>;

const AGENT: readonly Permission[] = [
  "configuration.read",
  "conversations.read",
  "conversations.handle",
  "contacts.read",
  "contacts.write",
  "work.handle",
  "calls.read",
  "media.read",
  "media.write",
];
const SUPERVISOR: readonly Permission[] = [...AGENT, "work.supervise", "work.capture", "reports.read", "data.export"];
const ADMIN: readonly Permission[] = [
  ...SUPERVISOR,
  "users.manage",
  "configuration.write",
  "audit.read",
  "metrics.read",
  "data.erase",
];

export const ROLE_PERMISSIONS: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  agent: new Set(AGENT),
  supervisor: new Set(SUPERVISOR),
  admin: new Set(ADMIN),
  owner: new Set(PERMISSIONS),
};

/**
 * Who asks. The first argument of every use case; made from a verified token, or by `systemCaller` for queue and timer
 * functions. It never comes from anything the client merely sent.
 */
export interface Caller {
  readonly tenantId: TenantId;
  readonly actor: Actor;
  readonly permissions: ReadonlySet<Permission>;
}

/**
 * Recorded with every event and audit entry. `sessionId` is the sign-in it happened under; `key` is an API key, `client` an
 * OAuth2 client with credentials of its own.
 */
export type Actor =
  | { readonly type: "user"; readonly userId: string; readonly role: Role; readonly sessionId: string }
  | { readonly type: "key"; readonly keyId: string }
  | { readonly type: "client"; readonly clientId: string }
  | { readonly type: "system"; readonly name: string };

/** The system acting for one tenant, with every permission; `name` says which part of it (e.g. "inbound"). */
export function systemCaller(tenantId: TenantId, name: string): Caller {
  return { tenantId, actor: { type: "system", name }, permissions: ROLE_PERMISSIONS.owner };
}

/** Who acts, by an id that is unique among the tenant's actors of this kind. */
export function actorIdOf(actor: Actor): string {
  switch (actor.type) {
    case "user":
      return actor.userId;
    case "key":
      return actor.keyId;
    case "client":
      return actor.clientId;
    case "system":
      return actor.name;
  }
}

/** The caller's user id. Throws `forbidden` when the caller is no person. */
export function userIdOf(caller: Caller): string {
  if (caller.actor.type !== "user") throw new Problem("forbidden", { detail: "Only a person can do this." });
  return caller.actor.userId;
}
