import type { ConfigurationLog } from "../../configuration/service.ts";
import type { TenantId } from "../../platform/ids.ts";
import type { Realtime } from "../../platform/realtime/port.ts";
import { Users } from "../model.ts";

const USERS_AT_ONCE = 100;

/** Closes the sockets of all users of a tenant. */
export async function closeSockets(
  { log, realtime }: { readonly log: ConfigurationLog; readonly realtime: Realtime },
  tenantId: TenantId,
): Promise<void> {
  for (let cursor: string | undefined; ; ) {
    const { items, nextCursor } = await log.list(Users, tenantId, { limit: USERS_AT_ONCE, cursor });
    for (const { id } of items) await realtime.closeUser(tenantId, id);
    if (nextCursor === undefined) return;
    cursor = nextCursor;
  }
}
