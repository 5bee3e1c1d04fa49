import type { Actor } from "../../platform/caller.ts";
import { actorIdOf } from "../../platform/caller.ts";
import type { Collection } from "../../platform/documents/port.ts";
import { RateLimiter } from "../../platform/http/rateLimit.ts";
import type { TenantId } from "../../platform/ids.ts";
import { Tenants } from "../model.ts";
import type { Credential } from "./credentialText.ts";
import type { MachineDependencies } from "./dependencies.ts";
import { type Machine, RevokedMachines } from "./model.ts";
import { RecentReads } from "./recentReads.ts";
import { judge, type Refused } from "./rules.ts";

/** What an address may show a minute and instance that is not known to be good: each costs reads of the store. */
const STRANGERS_PER_MINUTE = 60;

/** What the store has of a machine: itself, or what is left of it. */
type Found<M> = { readonly machine: M; readonly isTenantOpen: boolean } | { readonly revoked: ReadonlySet<string> };

/** A credential that does not count, and why. */
interface Refusal {
  readonly refused: Refused | "unknown";
}

/** Strangers' tries, counted by address for all kinds of machines together. */
export class Strangers {
  readonly #limiter: RateLimiter;

  constructor(clock: MachineDependencies["clock"]) {
    this.#limiter = new RateLimiter(clock);
  }

  /** Throws `rate-limited`. */
  take(address: string): void {
    this.#limiter.take(address, STRANGERS_PER_MINUTE);
  }
}

/** Finds the machines of one kind by what they show, in the tenant that it names; what it found it believes for 3 s. */
export class MachineLookup<M extends Machine> {
  readonly #machines: Collection<M>;
  readonly #actorOf: (id: string) => Actor;
  readonly #strangers: Strangers;
  readonly #dependencies: MachineDependencies;
  readonly #recent: RecentReads<Found<M>>;

  constructor(
    machines: Collection<M>,
    actorOf: (id: string) => Actor,
    strangers: Strangers,
    dependencies: MachineDependencies,
  ) {
    this.#machines = machines;
    this.#actorOf = actorOf;
    this.#strangers = strangers;
    this.#dependencies = dependencies;
    this.#recent = new RecentReads(dependencies.clock);
  }

  /** After a change made here. */
  forget(tenantId: string, id: string): void {
    this.#recent.forget(nameOf(tenantId, id));
  }

  /** The machine that this is a secret of. Throws `rate-limited` for strangers. Refusals of machines that there are, are noted. */
  async bySecret({ tenantId, id, hash }: Credential, address: string): Promise<M | Refusal> {
    if (!this.#isKnownGood(tenantId, id, hash)) this.#strangers.take(address);
    const found = await this.#find(tenantId, id);
    const refused = found === undefined ? "unknown" : this.#refusalOf(found, hash);
    if (found !== undefined && "machine" in found && refused === undefined) return found.machine;
    if (refused !== undefined && refused !== "unknown") await this.note(tenantId, id, refused, address);
    return { refused: refused ?? "unknown" };
  }

  /** The machine as it stands, whatever it shows; unless its tenant is closed. Throws `rate-limited` for strangers. */
  async byId(tenantId: TenantId, id: string, address: string): Promise<M | undefined> {
    if (this.#recent.lastKnown(nameOf(tenantId, id)) === undefined) this.#strangers.take(address);
    const found = await this.#find(tenantId, id);
    return found !== undefined && "machine" in found && found.isTenantOpen ? found.machine : undefined;
  }

  /** Remembers a refusal, for the audit. */
  async note(tenantId: TenantId, id: string, reason: string, address: string): Promise<void> {
    const { refusals, hashAddress, telemetry } = this.#dependencies;
    const actor = this.#actorOf(id);
    try {
      const addressHash = await hashAddress(address);
      const account = `${actor.type} ${actorIdOf(actor)}`;
      await refusals.note(tenantId, { account, actor, reason: `${this.#machines.kind}-${reason}`, addressHash });
    } catch (error) {
      telemetry.log("error", "a refusal was not recorded", { tenantId, error });
    }
  }

  #isKnownGood(tenantId: TenantId, id: string, hash: string): boolean {
    const known = this.#recent.lastKnown(nameOf(tenantId, id));
    return known !== undefined && this.#refusalOf(known, hash) === undefined;
  }

  #refusalOf(found: Found<M>, hash: string): Refused | undefined {
    if ("revoked" in found) return found.revoked.has(hash) ? "revoked" : "wrong-secret";
    const verdict = judge(found.machine, hash, this.#dependencies.clock.now());
    if (verdict !== "good") return verdict;
    return found.isTenantOpen ? undefined : "tenant-closed";
  }

  #find(tenantId: TenantId, id: string): Promise<Found<M> | undefined> {
    return this.#recent.get(nameOf(tenantId, id), () => this.#read(tenantId, id));
  }

  async #read(tenantId: TenantId, id: string): Promise<Found<M> | undefined> {
    const store = this.#dependencies.documents.forTenant(tenantId);
    const [stored, tenant] = await Promise.all([store.read(this.#machines, [], id), store.read(Tenants, [], tenantId)]);
    if (stored !== undefined) {
      const isTenantOpen = tenant !== undefined && tenant.value.status !== "deactivated";
      return { machine: stored.value, isTenantOpen };
    }
    const revoked = await store.read(RevokedMachines, [], id);
    return revoked && { revoked: new Set(revoked.value.hashes) };
  }
}

/** What whoever has shown a machine's own secret may hear of it; strangers hear nothing. */
export const WHY: Readonly<Partial<Record<Refused | "unknown", string>>> = {
  expired: "It has expired.",
  revoked: "It was revoked.",
  "former-secret": "It was rotated, and the grace of this former secret is over.",
  "tenant-closed": "The organisation is deactivated.",
};

function nameOf(tenantId: string, id: string): string {
  return `${tenantId} ${id}`;
}
