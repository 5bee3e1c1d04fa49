import { CustomRole } from "../../configuration/kinds.ts";
import { loggedKind } from "../../configuration/model.ts";

export const Roles = loggedKind("roles", CustomRole, (role) => ({ ...role }));
