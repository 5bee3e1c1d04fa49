import type { User } from "../configuration/kinds.ts";
import { type Caller, ROLE_PERMISSIONS } from "../platform/caller.ts";
import type { Clock } from "../platform/clock.ts";
import type { Documents } from "../platform/documents/port.ts";
import { newEvent } from "../platform/events/newEvent.ts";
import type { Outbox } from "../platform/outbox/outbox.ts";
import { clearAttempts } from "./attempts.ts";
import type { NewSignIn, Principal, SignedIn, Tenant } from "./model.ts";
import { accountId } from "./rules.ts";
import type { Challenge } from "./secondFactor/model.ts";
import type { SessionStore } from "./sessions.ts";
import { ACCESS_TOKEN_SECONDS, type AccessTokens, type UserActor } from "./tokens.ts";

/** By what somebody has shown who they are. */
type SignInMethod = "password" | "oidc" | "saml" | "totp" | "recovery-code";

export interface Proof {
  readonly methods: readonly SignInMethod[];
  /** The client's. */
  readonly address: string;
}

/** Whose first factor was right, as they are now. */
export interface Newcomer extends Principal {
  readonly tenant: Tenant;
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
  readonly clock: Clock;
}

/**
 * Where every way in ends, once the first factor was right: makes the session, or answers the challenge of a second factor where
 * the user has one or the organisation asks for it.
 */
export async function finishSignIn(
  parts: EnterParts,
  { tenant, userId, user }: Newcomer,
  { methods }: Proof,
): Promise<Entered | Challenge> {
  const { documents, outbox, sessions, clock } = parts;
  const sessionId = sessions.newSessionId();
  const session = sessions.begin(tenant.id, sessionId, userId, user.signInsSince);
  const caller: Caller = {
    tenantId: tenant.id,
    actor: { type: "user", userId, role: user.role, sessionId },
    permissions: ROLE_PERMISSIONS[user.role],
  };
  await outbox.commit(
    documents.forTenant(tenant.id),
    "identity",
    [],
    [session.operation, clearAttempts(accountId(tenant.slug, user.email), clock.now())],
    { events: [newEvent(caller, clock, "user.signed-in", userId, { userId, methods })] },
  );
  return entered(parts, { principal: { tenant, userId, user }, sessionId, refreshToken: session.refreshToken });
}

/** What the browser gets of a sign-in that stands. */
export async function entered(
  { tokens }: Pick<EnterParts, "tokens">,
  { principal, sessionId, refreshToken }: NewSignIn,
): Promise<Entered> {
  const { tenant, userId, user } = principal;
  const actor: UserActor = { type: "user", userId, role: user.role, sessionId };
  const accessToken = await tokens.issue(tenant.id, actor);
  return { signedIn: { accessToken, expiresIn: ACCESS_TOKEN_SECONDS, ...shown(principal) }, refreshToken };
}

export function shown({ tenant, userId, user }: Principal): Pick<SignedIn, "tenant" | "user"> {
  const { createdAt: _, ...organization } = tenant;
  return { tenant: organization, user: { id: userId, name: user.name, email: user.email, role: user.role } };
}
