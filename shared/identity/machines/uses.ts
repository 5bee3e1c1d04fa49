import { CommitRejected, create, replace } from "../../platform/documents/port.ts";
import type { TenantId } from "../../platform/ids.ts";
import { LruCache } from "../../platform/lru.ts";
import type { MachineDependencies } from "./dependencies.ts";
import { MachineUses } from "./model.ts";

/** Milliseconds: how exactly the last use is known, and how seldom it is written. */
const EVERY = 60_000;
/** Seconds: 400 days after the last one nobody asks any more. */
const KEPT_FOR = 400 * 24 * 60 * 60;
const REMEMBERED = 5000;

/** When each machine was used last. */
export class Uses {
  readonly #dependencies: Pick<MachineDependencies, "documents" | "clock" | "telemetry">;
  readonly #noted = new LruCache<number>(REMEMBERED);

  constructor(dependencies: Pick<MachineDependencies, "documents" | "clock" | "telemetry">) {
    this.#dependencies = dependencies;
  }

  /**
   * Writes a use, unless one was written within the last minute, here or by another instance. Nobody has to wait for it, and it never
   * throws: a use that is not kept is a minute that is not known.
   */
  async note(tenantId: TenantId, id: string): Promise<void> {
    const { clock, telemetry } = this.#dependencies;
    const key = `${tenantId} ${id}`;
    const now = clock.now();
    if (now.getTime() - (this.#noted.get(key) ?? 0) < EVERY) return;
    this.#noted.set(key, now.getTime());
    try {
      await this.#write(tenantId, id, now);
    } catch (error) {
      // Another instance was quicker, in the same minute.
      if (!(error instanceof CommitRejected))
        telemetry.log("warn", "a machine's use was not kept", { tenantId, error });
    }
  }

  async #write(tenantId: TenantId, id: string, now: Date): Promise<void> {
    const store = this.#dependencies.documents.forTenant(tenantId);
    const stored = await store.read(MachineUses, [], id);
    if (stored !== undefined && now.getTime() - Date.parse(stored.value.lastUsedAt) < EVERY) return;
    const use = { lastUsedAt: now.toISOString() };
    const ttl = { ttl: KEPT_FOR };
    const write =
      stored === undefined ? create(MachineUses, id, use, ttl) : replace(MachineUses, id, use, stored.etag, ttl);
    await store.commit("identity", [], [write]);
  }
}
