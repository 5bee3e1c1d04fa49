import { z } from "zod";
import { ConfigurationId, CustomRole, Team } from "../../configuration/kinds.ts";
import { loggedKind } from "../../configuration/model.ts";
import { TenantId } from "../../platform/ids.ts";

export const Roles = loggedKind("roles", CustomRole, (role) => ({ ...role }));
export const Teams = loggedKind("teams", Team, (team) => ({ ...team }));

/** On the queue `jobs`: closes a user's sockets once more. */
export const CloseSocketsJob = z.object({
  job: z.literal("close-sockets"),
  tenantId: TenantId,
  userId: ConfigurationId,
});
export type CloseSocketsJob = z.infer<typeof CloseSocketsJob>;
