import type { ConfigurationDependencies, ConfigurationLog } from "../configuration/service.ts";
import type { HashAddress } from "../platform/addressHash.ts";
import { type Caller, userIdOf } from "../platform/caller.ts";
import type { Clock } from "../platform/clock.ts";
import type { Directory } from "../platform/directory/directory.ts";
import type { Documents } from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import type { TenantId } from "../platform/ids.ts";
import type { Outbox } from "../platform/outbox/outbox.ts";
import type { Realtime } from "../platform/realtime/port.ts";
import type { Telemetry } from "../platform/telemetry/port.ts";
import { type Entered, entered, finishSignIn, type Newcomer, type Proof, shown } from "./enter.ts";
import type { Keys } from "./keys/keys.ts";
import {
  type JsonWebKeys,
  type Login,
  type Me,
  type Principal,
  type Session,
  type SignUp,
  Tenants,
  Users,
} from "./model.ts";
import { Passwords } from "./passwords/hashing.ts";
import { permissionsOf } from "./people/rights.ts";
import { roleRules } from "./people/roles.ts";
import { Standings } from "./people/standing.ts";
import { teamRules } from "./people/teams.ts";
import { noteForbidden } from "./refusals/forbidden.ts";
import type { Refusals } from "./refusals/refusals.ts";
import { stillCounts } from "./rules.ts";
import type { Challenge } from "./secondFactor/model.ts";
import { securityRules } from "./secondFactor/security.ts";
import { expired, SessionStore } from "./sessions.ts";
import { signIn } from "./signIn.ts";
import { type SignUpOrigin, signUp } from "./signUp.ts";
import { requireTenant } from "./tenants/rules.ts";
import { AccessTokens } from "./tokens.ts";
import { userRules } from "./users.ts";

export type { Entered, Newcomer, Proof } from "./enter.ts";
export { Keys } from "./keys/keys.ts";
export { Refusals } from "./refusals/refusals.ts";
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
  readonly keys: Keys;
  readonly hashAddress: HashAddress;
  readonly refusals: Refusals;
  /** Default: at production cost. */
  readonly passwords?: Passwords;
}

/** Who may come in: sign-up, sign-in, sessions, access tokens. */
export class Identity {
  /** Kind `users`, for the configuration context. */
  readonly users: ConfigurationDependencies["users"];
  /** Kinds `roles` and `teams`, likewise. */
  readonly roles: ConfigurationDependencies["roles"];
  readonly teams: ConfigurationDependencies["teams"];
  /** Kind `security`, likewise. */
  readonly security: ConfigurationDependencies["security"] = securityRules();
  readonly #dependencies: IdentityDependencies;
  readonly #passwords: Passwords;
  readonly #sessions: SessionStore;
  readonly #tokens: AccessTokens;
  readonly #standings: Standings;

  constructor(dependencies: IdentityDependencies) {
    const { keys, clock, publicUrl } = dependencies;
    this.#dependencies = dependencies;
    this.#passwords = dependencies.passwords ?? new Passwords();
    this.#sessions = new SessionStore(dependencies);
    this.#tokens = new AccessTokens(keys.signing, publicUrl, clock);
    this.#standings = new Standings(dependencies);
    const changed = (tenantId: TenantId) => this.#standings.forget(tenantId);
    this.users = userRules({ ...dependencies, passwords: this.#passwords, sessions: this.#sessions, changed });
    this.roles = roleRules({ clock, changed });
    this.teams = teamRules({ clock });
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

  /** A fresh access token and the next refresh token. Throws `session-expired`. `address`: the client's. */
  async refresh(refreshToken: string | undefined, address: string): Promise<Entered> {
    let principal: Principal | undefined;
    const refreshed = await this.#sessions.refresh(refreshToken, address, async (tenantId, sessionId, session) => {
      principal = await this.#admit(tenantId, sessionId, session);
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
    const verified = principal.user.confirmedEmail === user.email;
    return { tenant, user: { ...user, verified }, role: user.role, permissions: [...principal.permissions] };
  }

  /**
   * The caller of an access token, or undefined once it has run out or is not true any more (see `Standings`). Mostly without a
   * look at the store, and without a signature check. Throws `unavailable` when the store cannot say.
   */
  async authenticate(accessToken: string): Promise<Caller | undefined> {
    const claimed = await this.#tokens.verify(accessToken);
    if (claimed === undefined || !(await this.#standings.confirms(claimed))) return undefined;
    return claimed.caller;
  }

  async isActiveUser(tenantId: TenantId, userId: string): Promise<boolean> {
    return (await this.#dependencies.log.read(Users, tenantId, userId))?.value.active === true;
  }

  /** What a user is called now; undefined once they are gone. */
  async nameOf(tenantId: TenantId, userId: string): Promise<string | undefined> {
    return (await this.#dependencies.log.read(Users, tenantId, userId))?.value.name;
  }

  /** Counts that a caller, from `address`, may not do what takes this permission, where that would have been administration. */
  noteForbidden(caller: Caller, permission: string, address: string): Promise<void> {
    return noteForbidden(this.#dependencies, caller, permission, address);
  }

  publicKeys(): Promise<JsonWebKeys> {
    return this.#tokens.publicKeys();
  }

  #parts() {
    return { ...this.#dependencies, passwords: this.#passwords, sessions: this.#sessions, tokens: this.#tokens };
  }

  async #admit(tenantId: TenantId, sessionId: string, { userId, signInsSince }: Session): Promise<Principal> {
    const principal = await this.#principal(tenantId, userId);
    if (principal === undefined) throw expired();
    requireTenant(principal.tenant, "sign-in");
    if (!stillCounts(principal.user, sessionId, signInsSince)) throw expired();
    return principal;
  }

  async #principal(tenantId: TenantId, userId: string): Promise<Principal | undefined> {
    const { documents, log } = this.#dependencies;
    const store = documents.forTenant(tenantId);
    const [tenant, item] = await Promise.all([store.read(Tenants, [], tenantId), log.read(Users, tenantId, userId)]);
    if (tenant === undefined || item === undefined || !item.value.active) return undefined;
    const permissions = await permissionsOf(store, item.value.role);
    return { tenant: tenant.value, userId, user: item.value, permissions };
  }
}
