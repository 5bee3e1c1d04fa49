import { queryOptions, useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import type { ShownRole } from "../../../shared/configuration/kinds.ts";
import type { Role, RoleId } from "../../../shared/platform/caller.ts";
import { get, type Page } from "../api/client.ts";
import { keys } from "../api/keys.ts";
import { useMay } from "./me.ts";

export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  owner: "Owner",
  admin: "Administrator",
  supervisor: "Supervisor",
  agent: "Agent",
};

export const ROLE_HINTS: Readonly<Record<Role, string>> = {
  owner: "Everything, and answers for the organisation",
  admin: "Sets up numbers and people",
  supervisor: "Watches, steers and reports",
  agent: "Handles conversations",
};

/** From the least to the most that one may do. */
export const ROLES: readonly Role[] = ["agent", "supervisor", "admin", "owner"];

const customRolesQuery = queryOptions({
  queryKey: keys.configuration("roles"),
  queryFn: ({ signal }) => get<Page<ShownRole>>("configuration/roles?limit=200", signal),
  staleTime: 5 * 60_000,
});

const NONE: readonly ShownRole[] = [];

/** The roles that the organisation made for itself; none until they are known. */
export function useCustomRoles(): readonly ShownRole[] {
  const may = useMay();
  const { data } = useQuery({ ...customRolesQuery, enabled: may("configuration.read") });
  return data?.items ?? NONE;
}

/** What to call a role. */
export function useRoleWords(): (role: RoleId) => string {
  const custom = useCustomRoles();
  return useCallback(
    (role) => {
      const builtIn = ROLES.find((each) => each === role);
      if (builtIn !== undefined) return ROLE_WORDS[builtIn];
      return custom.find(({ id }) => id === role)?.name ?? "Another role";
    },
    [custom],
  );
}
