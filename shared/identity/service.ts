import type { ConfigurationDependencies, ConfigurationLog } from "../configuration/service.ts";
import { type Caller, ROLE_PERMISSIONS, userIdOf } from "../platform/caller.ts";
import type { Clock } from "../platform/clock.ts";
import type { Directory } from "../platform/directory/directory.ts";
import type { Documents } from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import type { TenantId } from "../platform/ids.ts";
import type { Outbox } from "../platform/outbox/outbox.ts";
import type { Realtime } from "../platform/realtime/port.ts";
import type { Telemetry } from "../platform/telemetry/port.ts";
import {
  type JsonWebKeys,
  type Login,
  type Me,
  type Principal,
  type Session,
  type SignedIn,
  type SignUp,
  Tenants,
} from "./model.ts";
import { Passwords } from "./passwords.ts";
import { expired, SessionStore } from "./sessions.ts";
import { signIn } from "./signIn.ts";
import { SigningKeys, type SigningSeeds } from "./signingKeys.ts";
import { type SignUpOrigin, signUp } from "./signUp.ts";
import { ACCESS_TOKEN_SECONDS, AccessTokens, type UserActor } from "./tokens.ts";
import { Users, userRules } from "./users.ts";

export { SESSION_SECONDS } from "./sessions.ts";

export interface IdentityDependencies {
  readonly documents: Documents;
  readonly outbox: Outbox;
  readonly log: ConfigurationLog;
  readonly directory: Directory;
  readonly realtime: Realtime;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Without a slash at the end; issuer of the access tokens. */
  readonly publicUrl: string;
  readonly trialDays: number;
  readonly signingSeeds: SigningSeeds;
  /** Default: at production cost. */
  readonly passwords?: Passwords;
}

/** What a door gives the browser: the answer's body, and the refresh token for its cookie. */
export interface Entered {
  readonly signedIn: SignedIn;
  readonly refreshToken: string;
}

/** Who may come in: sign-up, sign-in, sessions, access tokens. */
export class Identity {
  /** Kind `users`, for the configuration context. */
  readonly users: ConfigurationDependencies["users"];
  readonly #dependencies: IdentityDependencies;
  readonly #passwords: Passwords;
  readonly #sessions: SessionStore;
  readonly #tokens: AccessTokens;

  constructor(dependencies: IdentityDependencies) {
    const { signingSeeds, clock, publicUrl } = dependencies;
    this.#dependencies = dependencies;
    this.#passwords = dependencies.passwords ?? new Passwords();
    this.#sessions = new SessionStore(dependencies);
    this.#tokens = new AccessTokens(new SigningKeys(signingSeeds, clock), publicUrl, clock);
    this.users = userRules({ ...dependencies, passwords: this.#passwords, sessions: this.#sessions });
  }

  /**
   * Makes an organisation, its first owner and their sign-in; with the same idempotency key and the same names, signs in to the
   * one made first. Throws `slug-taken` for a slug that was asked for and is another's, `unavailable` when too many sign
   * in at the moment, and where there is such an organisation what `signIn` throws.
   */
  async signUp(request: SignUp, origin: SignUpOrigin): Promise<Entered> {
    const { principal, sessionId, refreshToken } = await signUp(this.#parts(), request, origin);
    return this.#enter(principal, sessionId, refreshToken);
  }

  /**
   * Signs a user in. Unknown organisation, unknown or inactive user and wrong password are all `invalid-credentials`, after
   * the same reads, writes and hash. Throws `rate-limited` after 10 failures in 15 minutes from `address`, or 100 from anywhere.
   */
  async signIn(request: Login, address: string): Promise<Entered> {
    const { principal, sessionId, refreshToken } = await signIn(this.#parts(), request, address);
    return this.#enter(principal, sessionId, refreshToken);
  }

  /** A fresh access token and the next refresh token. Throws `session-expired`. */
  async refresh(refreshToken: string | undefined): Promise<Entered> {
    let principal: Principal | undefined;
    const refreshed = await this.#sessions.refresh(refreshToken, async (tenantId, session) => {
      principal = await this.#admit(tenantId, session);
    });
    if (principal === undefined) throw expired();
    return this.#enter(principal, refreshed.sessionId, refreshed.refreshToken);
  }

  /** Ends the sign-in, whatever its state. */
  async signOut(refreshToken: string | undefined): Promise<void> {
    await this.#sessions.end(refreshToken);
  }

  /** Throws `unauthenticated` once the user is gone or inactive. */
  async me(caller: Caller): Promise<Me> {
    const principal = await this.#principal(caller.tenantId, userIdOf(caller));
    if (principal === undefined) throw new Problem("unauthenticated");
    const { tenant, user } = shown(principal);
    return { tenant, user, role: user.role, permissions: [...ROLE_PERMISSIONS[user.role]] };
  }

  /** The caller of an access token, or undefined. Without a look at the store; mostly without a signature check. */
  authenticate(accessToken: string): Promise<Caller | undefined> {
    return this.#tokens.verify(accessToken);
  }

  publicKeys(): Promise<JsonWebKeys> {
    return this.#tokens.publicKeys();
  }

  #parts() {
    return { ...this.#dependencies, passwords: this.#passwords, sessions: this.#sessions };
  }

  async #enter(principal: Principal, sessionId: string, refreshToken: string): Promise<Entered> {
    const { tenant, userId, user } = principal;
    const actor: UserActor = { type: "user", userId, role: user.role, sessionId };
    const accessToken = await this.#tokens.issue(tenant.id, actor);
    return { signedIn: { accessToken, expiresIn: ACCESS_TOKEN_SECONDS, ...shown(principal) }, refreshToken };
  }

  async #admit(tenantId: TenantId, session: Session): Promise<Principal> {
    const principal = await this.#principal(tenantId, session.userId, session.signInsSince);
    if (principal === undefined || principal.tenant.status === "deactivated") throw expired();
    return principal;
  }

  async #principal(tenantId: TenantId, userId: string, signInsSince?: number): Promise<Principal | undefined> {
    const { documents, log } = this.#dependencies;
    const [tenant, item] = await Promise.all([
      documents.forTenant(tenantId).read(Tenants, [], tenantId),
      log.read(Users, tenantId, userId),
    ]);
    if (tenant === undefined || item === undefined || !item.value.active) return undefined;
    if (signInsSince !== undefined && item.value.signInsSince !== signInsSince) return undefined;
    return { tenant: tenant.value, userId, user: item.value };
  }
}

function shown({ tenant, userId, user }: Principal): Pick<SignedIn, "tenant" | "user"> {
  const { createdAt: _, ...organization } = tenant;
  return { tenant: organization, user: { id: userId, name: user.name, email: user.email, role: user.role } };
}
