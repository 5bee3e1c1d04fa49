import type { TenantId } from "../ids.ts";
import { tenantGroup } from "./port.ts";

/** How long an address may be used to connect: short, since who is deactivated meanwhile could still use it. Sockets outlive it. */
export const TOKEN_SECONDS = 300;

/** A user as Web PubSub knows them: with the tenant, since a user id is unique in its tenant only. */
export function connectedUser(tenantId: TenantId, userId: string): string {
  return `${tenantId}.${userId}`;
}

/**
 * What one user's connection may do: it is in its tenant's group from the start, and may only leave and rejoin that one. It
 * may send to none: browsers speak to the API, not to each other.
 */
export function accessOf(tenantId: TenantId): { readonly groups: string[]; readonly roles: string[] } {
  const group = tenantGroup(tenantId);
  return { groups: [group], roles: [`webpubsub.joinLeaveGroup.${group}`] };
}
