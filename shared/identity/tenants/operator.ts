import { type Caller, systemCaller } from "../../platform/caller.ts";
import { TenantId } from "../../platform/ids.ts";
import { type Tenant, Tenants } from "../model.ts";
import { type Change, type ChangeParts, changeTenant, settleReminder } from "./changes.ts";
import { activated, deactivated, givenUp, type MoveSettings, suspended, trialExtended } from "./moves.ts";

/** What whoever runs the installation may do with tenants. Each throws `conflict`, in words, where a tenant's state does not allow it. */
export class TenantOperator {
  readonly #parts: ChangeParts & MoveSettings;

  constructor(parts: ChangeParts & MoveSettings) {
    this.#parts = parts;
  }

  /** Those that are not erased, by slug, up to 1000 a page. */
  async list(cursor?: string): Promise<{ items: readonly Tenant[]; nextCursor: string | undefined }> {
    const { items, nextCursor } = await this.#parts.directory.tenants(cursor);
    const tenants: Tenant[] = [];
    for (const listed of items) {
      const tenant = await this.#read(listed.tenantId);
      // A slug whose sign-up never got further.
      if (tenant !== undefined) tenants.push(tenant);
    }
    return { items: tenants, nextCursor };
  }

  /** By slug or id; by id also what remains of an erased one. */
  async find(name: string): Promise<Tenant | undefined> {
    const id = TenantId.safeParse(name).data ?? (await this.#parts.directory.find("slug", name))?.tenantId;
    return id === undefined ? undefined : this.#read(id);
  }

  activate(tenantId: TenantId): Promise<Tenant | undefined> {
    return this.#change(tenantId, activated);
  }

  suspend(tenantId: TenantId): Promise<Tenant | undefined> {
    return this.#change(tenantId, suspended);
  }

  deactivate(tenantId: TenantId): Promise<Tenant | undefined> {
    return this.#change(tenantId, deactivated);
  }

  /** Gives up a deactivated tenant: from then on nothing brings it back, and ten minutes later its erasure begins. */
  erase(tenantId: TenantId): Promise<Tenant | undefined> {
    return this.#change(tenantId, (tenant, now) => givenUp(tenant, now, "operator"));
  }

  extendTrial(tenantId: TenantId, days: number): Promise<Tenant | undefined> {
    return this.#change(tenantId, (tenant, now, settings) => trialExtended(tenant, now, days, settings));
  }

  async #change(
    tenantId: TenantId,
    move: (tenant: Tenant, now: Date, settings: MoveSettings) => Change,
  ): Promise<Tenant | undefined> {
    const caller: Caller = systemCaller(tenantId, "operator");
    const changed = await changeTenant(this.#parts, caller, (tenant, now) => move(tenant, now, this.#parts));
    try {
      await settleReminder(this.#parts, tenantId);
    } catch (error) {
      // There is a reminder that comes soon enough, and whatever it brings sets it right.
      this.#parts.telemetry.log("warn", "left to a tenant's next review", { tenantId, error });
    }
    return changed;
  }

  async #read(tenantId: TenantId): Promise<Tenant | undefined> {
    return (await this.#parts.documents.forTenant(tenantId).read(Tenants, [], tenantId))?.value;
  }
}
