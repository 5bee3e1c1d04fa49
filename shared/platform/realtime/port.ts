import type { TenantId } from "../ids.ts";

/**
 * What browsers hear without asking. Azure Web PubSub, or on one machine a WebSocket server that speaks its
 * `json.webpubsub.azure.v1` subprotocol. Best effort by nature: the desk refetches after a reconnect.
 */
export interface RealtimeMessage {
  /** The domain event's type, e.g. `message.received`. */
  readonly type: string;
  readonly id: string;
  readonly at: string;
  readonly subject: string;
  readonly data: unknown;
}

export interface Realtime {
  /** To everyone of the tenant who listens; in order of the calls. Never throws for want of listeners. */
  publish(tenantId: TenantId, messages: readonly RealtimeMessage[]): Promise<void>;
  /** A WebSocket address with a token for one user, already joined to the tenant's group; valid for `expiresIn` seconds. */
  negotiate(tenantId: TenantId, userId: string): Promise<{ readonly url: string; readonly expiresIn: number }>;
  /** Closes the user's sockets, e.g. when they are deactivated. */
  closeUser(tenantId: TenantId, userId: string): Promise<void>;
  ping(): Promise<void>;
}

/** The hub of Web PubSub, the same in both editions. */
export const REALTIME_HUB = "desk";

/** The group all desks of a tenant join. */
export function tenantGroup(tenantId: TenantId): string {
  return `tenant:${tenantId}`;
}
