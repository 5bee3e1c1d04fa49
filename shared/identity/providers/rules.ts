import type { User } from "../../configuration/kinds.ts";
import { Role, type RoleId } from "../../platform/caller.ts";
import { sha256 } from "../rules.ts";
import type { SignInFailure } from "./failures.ts";
import type { Arrival, SignInProvider } from "./model.ts";

/** The id of `UserLinks`; an issuer has no line break. */
export function linkId({ issuer, subject }: Pick<Arrival, "issuer" | "subject">): string {
  return sha256(`${issuer}\n${subject}`);
}

/** Whether the user says so too. */
export function isLinked(user: User, { issuer, subject }: Pick<Arrival, "issuer" | "subject">): boolean {
  return (user.links ?? []).some((link) => link.issuer === issuer && link.subject === subject);
}

/** The role that the provider gives somebody: the first of the map that fits, or the default. */
export function providedRole({ roleMap, defaultRole }: SignInProvider, { roles }: Arrival): RoleId {
  return roleMap.find(({ value }) => roles.includes(value))?.role ?? defaultRole;
}

/** The role after a sign-in of somebody who is known: the provider's where it is asked for roles, and never for owners. */
export function roleAfter(provider: SignInProvider, user: User, arrival: Arrival): RoleId {
  return provider.roleClaim === undefined || user.role === Role.enum.owner
    ? user.role
    : providedRole(provider, arrival);
}

/** Why this provider's person may not come in whoever they are, or undefined. Where domains count, a claimed address does not. */
export function domainProblem({ allowedDomains }: SignInProvider, arrival: Arrival): SignInFailure | undefined {
  if (allowedDomains.length === 0) return undefined;
  if (arrival.email === undefined) return "sso-no-email";
  if (arrival.emailVerified !== true) return "sso-email-not-verified";
  return allowedDomains.includes(domainOf(arrival.email)) ? undefined : "sso-domain-not-allowed";
}

/**
 * Whether somebody who has this address and an account is taken to be the person: only by the admin's word, only an address that the
 * provider has verified in a domain that is the organisation's own, and only for who has come by no other provider before.
 */
export function isKnownByEmail(provider: SignInProvider, user: User, { emailVerified }: Arrival): boolean {
  const { linkByEmail, allowedDomains } = provider;
  return linkByEmail && allowedDomains.length > 0 && emailVerified === true && (user.links ?? []).length === 0;
}

function domainOf(email: string): string {
  return email.slice(email.lastIndexOf("@") + 1);
}
