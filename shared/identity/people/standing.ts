import type { User } from "../../configuration/kinds.ts";
import type { ConfigurationLog } from "../../configuration/service.ts";
import type { Permission } from "../../platform/caller.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Documents } from "../../platform/documents/port.ts";
import { Problem } from "../../platform/errors.ts";
import type { TenantId } from "../../platform/ids.ts";
import { LruCache } from "../../platform/lru.ts";
import { Users } from "../model.ts";
import { stillCounts } from "../rules.ts";
import type { Claimed } from "../tokens.ts";
import { permissionsOf } from "./rights.ts";

/** In ms. How long an instance goes by its last look at a tenant's revision. */
const LOOK_EVERY = 3000;
/** In ms. Nobody is let in by a look that began longer ago, however slowly the store answers. */
const TRUSTED_FOR = 5000;
const TENANTS = 2000;
const USERS = 10_000;

interface Look {
  /** When it began. */
  readonly at: number;
  readonly revision: Promise<number>;
}

/** What of a user decides about their access tokens. */
interface Standing extends Pick<User, "role" | "signInsSince" | "keptSession"> {
  readonly permissions: ReadonlySet<Permission>;
}

interface Known {
  /** Of the tenant's configuration: until it moves on, all that it says of the user stands. */
  readonly revision: number;
  readonly standing: Promise<Standing | undefined>;
}

interface StandingDependencies {
  readonly documents: Documents;
  readonly log: ConfigurationLog;
  readonly clock: Clock;
}

/**
 * Whether what an access token says is still true: its user is active, has not been signed out by a new password, and may do what
 * it says. Each instance follows the revision of the tenants that use it and reads a user anew once it has moved on (decision
 * 014): 1 RU in 3 s for a tenant at most, and 1 RU for a user after a change, 2 with a custom role. Nobody pays per request.
 */
export class Standings {
  readonly #dependencies: StandingDependencies;
  readonly #looks = new LruCache<Look>(TENANTS);
  readonly #users = new LruCache<Known>(USERS);

  constructor(dependencies: StandingDependencies) {
    this.#dependencies = dependencies;
  }

  /** As of 3 s ago at worst. Throws `unavailable` when the store cannot say. */
  async confirms({ caller, signInsSince }: Claimed): Promise<boolean> {
    const { tenantId, actor, permissions } = caller;
    const standing = await this.#of(tenantId, actor.userId);
    return (
      standing !== undefined &&
      standing.role === actor.role &&
      stillCounts(standing, actor.sessionId, signInsSince) &&
      standing.permissions.size === permissions.size &&
      [...permissions].every((permission) => standing.permissions.has(permission))
    );
  }

  /** After a change that was made here: the next request looks again. */
  forget(tenantId: TenantId): void {
    this.#looks.set(tenantId, { at: Number.NEGATIVE_INFINITY, revision: Promise.resolve(0) });
  }

  async #of(tenantId: TenantId, userId: string): Promise<Standing | undefined> {
    const revision = await this.#revision(tenantId);
    const key = `${tenantId} ${userId}`;
    const known = this.#users.get(key);
    if (known?.revision === revision) return known.standing;
    const loading = { revision, standing: this.#load(tenantId, userId) };
    this.#users.set(key, loading);
    return loading.standing.catch((error: unknown) => {
      if (this.#users.get(key) === loading) this.#users.set(key, { ...loading, revision: Number.NaN });
      throw error;
    });
  }

  async #revision(tenantId: TenantId): Promise<number> {
    const { log, clock } = this.#dependencies;
    const ageOf = ({ at }: Look) => clock.now().getTime() - at;
    const last = this.#looks.get(tenantId);
    const isRecent = last !== undefined && ageOf(last) >= 0 && ageOf(last) < LOOK_EVERY;
    const look = isRecent ? last : { at: clock.now().getTime(), revision: log.head(tenantId) };
    if (!isRecent) this.#looks.set(tenantId, look);
    try {
      const revision = await look.revision;
      if (ageOf(look) <= TRUSTED_FOR) return revision;
      throw new Problem("unavailable", { retryAfter: 1 });
    } catch (error) {
      if (this.#looks.get(tenantId) === look) this.forget(tenantId);
      throw error;
    }
  }

  /** After the revision was read, so that what is found is of that revision or newer. */
  async #load(tenantId: TenantId, userId: string): Promise<Standing | undefined> {
    const store = this.#dependencies.documents.forTenant(tenantId);
    const user = (await store.read(Users.items, [], userId))?.value.value;
    if (user?.active !== true) return undefined;
    const { role, signInsSince, keptSession } = user;
    return { role, signInsSince, keptSession, permissions: await permissionsOf(store, role) };
  }
}
