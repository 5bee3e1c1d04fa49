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
import { type Entered, entered, finishSignIn, type Newcomer, type Proof, shown } from "./enter.ts";
import { type JsonWebKeys, type Login, type Me, type Principal, type Session, type SignUp, Tenants } from "./model.ts";
import { Passwords } from "./passwords/hashing.ts";
import type { Challenge } from "./secondFactor/model.ts";
import { securityRules } from "./secondFactor/security.ts";
import { expired, SessionStore } from "./sessions.ts";
import { signIn } from "./signIn.ts";
import { SigningKeys, type SigningSeeds } from "./signingKeys.ts";
import { type SignUpOrigin, signUp } from "./signUp.ts";
import { AccessTokens } from "./tokens.ts";
import { Users, userRules } from "./users.ts";

export type { Entered, Newcomer, Proof } from "./enter.ts";
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

/** Who may come in: sign-up, sign-in, sessions, access tokens. */
export class Identity {
  /** Kind `users`, for the configuration context. */
  readonly users: ConfigurationDependencies["users"];
  /** Kind `security`, likewise. */
  readonly security: ConfigurationDependencies["security"] = securityRules();
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
    return signUp(this.#parts(), request, origin);
  }

  /**
   * Signs a user in. Unknown organisation, unknown or inactive user and wrong password are all `invalid-credentials`, after
   * the same reads, writes and hash. Throws `rate-limited` after 10 failures in 15 minutes from `address`, or 100 from anywhere.
   */
  async signIn(request: Login, address: string): Promise<Entered | Challenge> {
    return signIn(this.#parts(), request, address);
  }

  /** Ends a sign-in whose first factor was right, whichever it was; see `finishSignIn` in enter.ts. */
  finishSignIn(newcomer: Newcomer, proof: Proof): Promise<Entered | Challenge> {
    return finishSignIn(this.#parts(), newcomer, proof);
  }

  /** A fresh access token and the next refresh token. Throws `session-expired`. */
  async refresh(refreshToken: string | undefined): Promise<Entered> {
    let principal: Principal | undefined;
    const refreshed = await this.#sessions.refresh(refreshToken, async (tenantId, session) => {
      principal = await this.#admit(tenantId, session);
    });
    if (principal === undefined) throw expired();
    return entered(this.#parts(), { principal, ...refreshed });
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
    return { ...this.#dependencies, passwords: this.#passwords, sessions: this.#sessions, tokens: this.#tokens };
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
