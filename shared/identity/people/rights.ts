import { builtInPermissions, type Caller, type Permission, Role, type RoleId } from "../../platform/caller.ts";
import type { TenantStore } from "../../platform/documents/port.ts";
import { Problem } from "../../platform/errors.ts";
import { Users } from "../model.ts";
import { Roles } from "./model.ts";

/** What somebody may do and give. */
export interface Rights {
  readonly isOwner: boolean;
  readonly permissions: ReadonlySet<Permission>;
}

/** What a role may do by now. One point read for a custom role; one that is gone may do nothing. */
export async function permissionsOf(store: TenantStore, role: RoleId): Promise<ReadonlySet<Permission>> {
  const builtIn = builtInPermissions(role);
  if (builtIn !== undefined) return builtIn;
  return new Set((await store.read(Roles.items, [], role))?.value.value.permissions);
}

/** A role that somebody can be given. */
export async function isRole(store: TenantStore, role: RoleId): Promise<boolean> {
  return builtInPermissions(role) !== undefined || (await store.read(Roles.items, [], role)) !== undefined;
}

/** A user's, as the store has them; undefined for one who is gone or inactive. */
export async function rightsOfUser(store: TenantStore, userId: string): Promise<Rights | undefined> {
  const user = (await store.read(Users.items, [], userId))?.value.value;
  if (user?.active !== true) return undefined;
  return { isOwner: user.role === Role.enum.owner, permissions: await permissionsOf(store, user.role) };
}

/** Whether somebody may give this role, and change whoever has it: nobody gives permissions that they do not have. */
export async function covers({ isOwner, permissions }: Rights, store: TenantStore, role: RoleId): Promise<boolean> {
  if (role === Role.enum.owner) return isOwner;
  return [...(await permissionsOf(store, role))].every((permission) => permissions.has(permission));
}

/**
 * Throws `forbidden` unless the caller manages users by now and covers each of these roles. By the store and not by the token, which
 * may be of before somebody took the caller's own permissions away.
 */
export async function mustCover(store: TenantStore, caller: Caller, roles: readonly RoleId[]): Promise<void> {
  const rights = await managing(store, caller);
  for (const role of roles) {
    if (await covers(rights, store, role)) continue;
    throw new Problem("forbidden", {
      detail:
        role === Role.enum.owner
          ? "Only an owner can make, change or remove owners."
          : "This role may do more than you, so you can neither give it nor change those who have it.",
    });
  }
}

/** Throws `forbidden` unless the caller manages users by now and has each of these permissions. */
export async function mustHave(store: TenantStore, caller: Caller, permissions: readonly Permission[]): Promise<void> {
  const rights = await managing(store, caller);
  const lacking = permissions.find((permission) => !rights.permissions.has(permission));
  if (lacking !== undefined)
    throw new Problem("forbidden", {
      detail: `You cannot give or take the permission "${lacking}": you do not have it.`,
    });
}

async function managing(store: TenantStore, { actor, permissions }: Caller): Promise<Rights> {
  const rights =
    actor.type === "user" ? await rightsOfUser(store, actor.userId) : { isOwner: actor.type === "system", permissions };
  if (rights === undefined) throw new Problem("unauthenticated");
  if (!rights.permissions.has("users.manage"))
    throw new Problem("forbidden", { detail: `This needs the permission "users.manage".` });
  return rights;
}
