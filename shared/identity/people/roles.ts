import type { CustomRole, RoleInput, ShownRole } from "../../configuration/kinds.ts";
import type { Edit, KindRules, Standing, Write } from "../../configuration/model.ts";
import { builtInPermissions, PERMISSIONS } from "../../platform/caller.ts";
import type { Clock } from "../../platform/clock.ts";
import type { TenantStore } from "../../platform/documents/port.ts";
import { Problem } from "../../platform/errors.ts";
import { newEvent } from "../../platform/events/newEvent.ts";
import type { TenantId } from "../../platform/ids.ts";
import { Users } from "../model.ts";
import { Roles } from "./model.ts";
import { mustHave } from "./rights.ts";

/** Of one organisation. */
const MAX_ROLES = 100;

interface RoleRulesDependencies {
  readonly clock: Clock;
  /** Called once a role was changed here, so that this instance looks again at who may do what. */
  readonly changed: (tenantId: TenantId) => void;
}

/**
 * Kind `roles`: sets of permissions that an organisation makes for itself. Its id is what a user's `role` names; the built-in
 * names stay what they are. Who has a role is subject to its change at once, and no permission comes by it that whoever
 * changed it had not.
 */
export function roleRules({ clock, changed }: RoleRulesDependencies): KindRules<RoleInput, CustomRole, ShownRole> {
  return {
    kind: Roles,
    writePermission: "users.manage",
    put: (write, input) => (standing) => edit(clock, write, input, standing),
    remove: (write) => (standing) => removal(clock, write, standing),
    settle: async ({ tenantId }) => changed(tenantId),
    show: async (_tenantId, items) =>
      items.map(({ id, revision, updatedAt, value }) => ({ id, revision, updatedAt, ...value })),
  };
}

async function edit(
  clock: Clock,
  { caller, id }: Write,
  { name, permissions: asked }: RoleInput,
  { store, current }: Standing<CustomRole>,
): Promise<Edit<CustomRole>> {
  if (builtInPermissions(id) !== undefined)
    throw new Problem("role-reserved", { detail: `"${id}" is a built-in role, which stays what it is.` });
  const permissions = PERMISSIONS.filter((permission) => asked.includes(permission));
  await mustHave(store, caller, [...(current?.permissions ?? []), ...permissions]);
  if (current === undefined) await mustHaveRoom(store);
  const data = { roleId: id, name, permissions };
  return {
    value: { name, permissions },
    events: [
      current === undefined
        ? newEvent(caller, clock, "role.created", id, data)
        : newEvent(caller, clock, "role.changed", id, { ...data, before: current }),
    ],
  };
}

async function removal(
  clock: Clock,
  { caller, id }: Write,
  { store, current }: Standing<CustomRole>,
): Promise<Edit<CustomRole>> {
  await mustHave(store, caller, current?.permissions ?? []);
  await mustBeUnused(store, id);
  return {
    value: undefined,
    events: [newEvent(caller, clock, "role.deleted", id, { roleId: id, ...current })],
  };
}

async function mustHaveRoom(store: TenantStore): Promise<void> {
  const { items } = await store.query(Roles.items, { partition: [], limit: MAX_ROLES });
  if (items.length >= MAX_ROLES)
    throw new Problem("too-many-items", { detail: `An organisation has at most ${MAX_ROLES} roles of its own.` });
}

async function mustBeUnused(store: TenantStore, id: string): Promise<void> {
  const { items } = await store.query(Users.items, {
    partition: [],
    where: [{ path: "value.role", op: "=", value: id }],
    limit: 1,
  });
  if (items.length > 0)
    throw new Problem("role-in-use", { detail: "Somebody has this role. Give them another one first." });
}
