import type { Clock } from "../../platform/clock.ts";
import type { Documents } from "../../platform/documents/port.ts";
import type { TenantId } from "../../platform/ids.ts";
import { LruCache } from "../../platform/lru.ts";
import { type Tenant, Tenants } from "../model.ts";

/** In ms. Another instance's change is seen this much later at worst. */
const KEPT_FOR = 10_000;
const CAPACITY = 5000;

interface Kept {
  readonly tenant: Promise<Tenant | undefined>;
  /** When it was asked for; clocks may be set back. */
  readonly at: number;
}

/** Tenants, asked for with every request: so it remembers those it found, and never that there is none. */
export class TenantLookup {
  readonly #documents: Documents;
  readonly #clock: Clock;
  readonly #kept = new LruCache<Kept>(CAPACITY);

  constructor(documents: Documents, clock: Clock) {
    this.#documents = documents;
    this.#clock = clock;
  }

  /** As it was at most 10 s ago. */
  async find(tenantId: TenantId): Promise<Tenant | undefined> {
    const now = this.#clock.now().getTime();
    const known = this.#kept.get(tenantId);
    if (known !== undefined && now >= known.at && now - known.at < KEPT_FOR) return known.tenant;
    const kept = { tenant: this.read(tenantId), at: now };
    this.#kept.set(tenantId, kept);
    try {
      const tenant = await kept.tenant;
      if (tenant === undefined) this.#drop(tenantId, kept);
      return tenant;
    } catch (error) {
      this.#drop(tenantId, kept);
      throw error;
    }
  }

  /** As it is. */
  async read(tenantId: TenantId): Promise<Tenant | undefined> {
    return (await this.#documents.forTenant(tenantId).read(Tenants, [], tenantId))?.value;
  }

  #drop(tenantId: TenantId, kept: Kept): void {
    if (this.#kept.get(tenantId) === kept) this.#kept.set(tenantId, { ...kept, at: Number.POSITIVE_INFINITY });
  }
}
