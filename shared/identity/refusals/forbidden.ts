import type { HashAddress } from "../../platform/addressHash.ts";
import { actorIdOf, type Caller, type Permission } from "../../platform/caller.ts";
import type { Telemetry } from "../../platform/telemetry/port.ts";
import type { Refusals } from "./refusals.ts";

/** What administration takes: who tries it without is remembered. Work that somebody may not do is not worth an entry. */
const ADMINISTRATIVE: ReadonlySet<string> = new Set<Permission>([
  "tenant.manage",
  "users.manage",
  "configuration.write",
  "audit.read",
  "metrics.read",
  "data.export",
  "data.erase",
]);

interface ForbiddenParts {
  readonly refusals: Refusals;
  readonly hashAddress: HashAddress;
  readonly telemetry: Telemetry;
}

/** See `Identity.noteForbidden`. Never throws: the refusal stands also where it cannot be remembered. */
export async function noteForbidden(
  { refusals, hashAddress, telemetry }: ForbiddenParts,
  { tenantId, actor }: Caller,
  permission: string,
  address: string,
): Promise<void> {
  if (!ADMINISTRATIVE.has(permission)) return;
  const account = `${actor.type} ${actorIdOf(actor)}`;
  const userId = actor.type === "user" ? actor.userId : undefined;
  try {
    const addressHash = await hashAddress(address);
    await refusals.note(tenantId, { account, userId, actor, reason: "forbidden", addressHash, wanted: permission });
  } catch (error) {
    telemetry.log("error", "a refusal was not recorded", { tenantId, error });
  }
}
