import { Security, type SecurityInput, type ShownSecurity } from "../../configuration/kinds.ts";
import { type KindRules, loggedKind } from "../../configuration/model.ts";
import { Problem } from "../../platform/errors.ts";

const SecuritySettings = loggedKind("security", Security, (security) => ({ ...security }));

/** The one item of its kind. */
const SECURITY_ID = "tenant";

/** Kind `security`. It binds at the next sign-in: nobody is signed out by it. */
export function securityRules(): KindRules<SecurityInput, Security, ShownSecurity> {
  return {
    kind: SecuritySettings,
    writePermission: "users.manage",
    put:
      ({ id }, input) =>
      async () => {
        if (id !== SECURITY_ID)
          throw new Problem("not-found", { detail: `The security settings have one item, "${SECURITY_ID}".` });
        return { value: input };
      },
    remove: () => async () => ({ value: undefined }),
    settle: async () => undefined,
    show: async (_tenantId, items) =>
      items.map(({ id, revision, updatedAt, value }) => ({ id, revision, updatedAt, ...value })),
  };
}
