import type { Role } from "../../../shared/platform/caller.ts";

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
