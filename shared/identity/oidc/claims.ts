import { z } from "zod";
import { Email } from "../../configuration/kinds.ts";
import type { Arrival, OidcProvider } from "../providers/model.ts";
import { OidcFault } from "./faults.ts";

/** More than anybody has groups in a token. */
const MAX_ROLES = 1000;

const Text = z.string().max(500).optional().catch(undefined);

/** OpenID Connect Core 1.0, 5.1. Some providers spell the boolean as a text. */
const Claims = z.object({
  sub: z.string().min(1).max(255),
  email: Email.optional().catch(undefined),
  email_verified: z
    .union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")])
    .optional()
    .catch(undefined),
  name: Text,
  preferred_username: Text,
  _claim_names: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

const Roles = z.union([z.string().transform((one) => [one]), z.array(z.unknown())]);

/** The claims that a sign-in by this provider lives by. */
export function wantedClaims({ roleClaim }: OidcProvider): readonly string[] {
  return ["email", "name", ...(roleClaim === undefined ? [] : [roleClaim.split(".", 1)[0] ?? roleClaim])];
}

/** Whom the provider says it is. Throws `OidcFault`: `invalid-token`, and `claims-elsewhere` where it does not say the roles. */
export function arrivalOf(provider: OidcProvider, all: Readonly<Record<string, unknown>>): Arrival {
  const claims = Claims.safeParse(all).data;
  if (claims === undefined) throw new OidcFault("invalid-token");
  const { sub, email, email_verified: emailVerified, name, preferred_username: userName } = claims;
  return {
    issuer: provider.issuer,
    subject: sub,
    email,
    emailVerified,
    name: name ?? userName,
    roles: provider.roleClaim === undefined ? [] : rolesAt(provider.roleClaim, all, claims._claim_names ?? {}),
  };
}

function rolesAt(path: string, claims: Readonly<Record<string, unknown>>, elsewhere: object): readonly string[] {
  const found = valueAt(path, claims);
  if (found === undefined && Object.hasOwn(elsewhere, path)) throw new OidcFault("claims-elsewhere");
  const roles = Roles.safeParse(found).data ?? [];
  return roles.slice(0, MAX_ROLES).filter((role) => typeof role === "string");
}

/** By its own name, which may have dots (`https://example.com/roles`), or else as a path (`realm_access.roles`). */
function valueAt(path: string, claims: Readonly<Record<string, unknown>>): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const name of path.split(".").slice(0, 8))
    value =
      typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
  return value;
}
