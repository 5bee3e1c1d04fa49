import type { User } from "../configuration/kinds.ts";
import type { HashAddress } from "../platform/addressHash.ts";
import type { Caller } from "../platform/caller.ts";
import type { Clock } from "../platform/clock.ts";
import type { Documents } from "../platform/documents/port.ts";
import { newEvent } from "../platform/events/newEvent.ts";
import type { Outbox } from "../platform/outbox/outbox.ts";
import { clearAttempts } from "./attempts.ts";
import { type NewSignIn, type Principal, ShownTenant, type SignedIn } from "./model.ts";
import { permissionsOf } from "./people/rights.ts";
import { accountId } from "./rules.ts";
import type { Challenge } from "./secondFactor/model.ts";
import type { SessionStore } from "./sessions.ts";
import { requireTenant } from "./tenants/rules.ts";
import { ACCESS_TOKEN_SECONDS, type AccessTokens, type UserActor } from "./tokens.ts";

/** By what somebody has shown who they are. */
export type SignInMethod = "password" | "oidc" | "saml" | "totp" | "recovery-code";

export interface Proof {
  readonly methods: readonly SignInMethod[];
  /** The client's. */
  readonly address: string;
  /** Of a sign-in by another provider, what its settings say; default: that it does, unless the organisation says otherwise. */
  readonly countsAsSecondFactor?: boolean;
}

/** Whose first factor was right, as they are now. */
export interface Newcomer extends Omit<Principal, "permissions"> {
  readonly user: User;
}

/** What a door gives the browser: the answer's body, and the refresh token for its cookie. */
export interface Entered {
  readonly signedIn: SignedIn;
  readonly refreshToken: string;
}

export interface EnterParts {
  readonly documents: Documents;
  readonly outbox: Outbox;
  readonly sessions: SessionStore;
  readonly tokens: AccessTokens;
  readonly hashAddress: HashAddress;
  readonly clock: Clock;
}

/**
 * Where every way in ends, once the first factor was right: makes the session, or answers the challenge of a second factor where
 * the user has one or the organisation asks for it. Throws `tenant-deactivated` where the organisation is.
 */
export async function finishSignIn(
  parts: EnterParts,
  { tenant, userId, user }: Newcomer,
  { methods, address }: Proof,
): Promise<Entered | Challenge> {
  const { documents, outbox, sessions, hashAddress, clock } = parts;
  requireTenant(tenant, "sign-in");
  const addressHash = await hashAddress(address);
  const sessionId = sessions.newSessionId();
  const store = documents.forTenant(tenant.id);
  const permissions = await permissionsOf(store, user.role);
  const session = sessions.begin(tenant.id, sessionId, userId, user.signInsSince);
  const caller: Caller = {
    tenantId: tenant.id,
    actor: { type: "user", userId, role: user.role, sessionId },
    permissions,
  };
  await outbox.commit(
    store,
    "identity",
    [],
    [session.operation, clearAttempts(accountId(tenant.slug, user.email), clock.now())],
    { events: [newEvent(caller, clock, "user.signed-in", userId, { userId, methods, addressHash })] },
  );
  const principal = { tenant, userId, user, permissions };
  return entered(parts, { principal, sessionId, refreshToken: session.refreshToken });
}

/** What the browser gets of a sign-in that stands. */
export async function entered(
  { tokens }: Pick<EnterParts, "tokens">,
  { principal, sessionId, refreshToken }: NewSignIn,
): Promise<Entered> {
  const { tenant, userId, user, permissions } = principal;
  const actor: UserActor = { type: "user", userId, role: user.role, sessionId };
  const caller = { tenantId: tenant.id, actor, permissions };
  const accessToken = await tokens.issue(caller, user.signInsSince);
  return { signedIn: { accessToken, expiresIn: ACCESS_TOKEN_SECONDS, ...shown(principal) }, refreshToken };
}

export function shown({ tenant, userId, user }: Omit<Principal, "permissions">): Pick<SignedIn, "tenant" | "user"> {
  return {
    tenant: ShownTenant.parse(tenant),
    user: { id: userId, name: user.name, email: user.email, role: user.role },
  };
}
