import type { Documents, TenantStore } from "../../platform/documents/port.ts";
import { Problem } from "../../platform/errors.ts";
import type { QueueSender } from "../../platform/queue/port.ts";

/**
 * Breaks one call to the engines: the `at`th from arming (0 for the first), either before it is done or after, when it
 * happened and nobody hears of it. All calls after it break too until `mend`, as they would for a process that is gone.
 */
export function faults() {
  let left = Number.POSITIVE_INFINITY;
  let mode: "before" | "after" = "before";
  let calls = 0;

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    calls++;
    const broken = left <= 0;
    const hit = left === 0;
    left--;
    if (broken && (!hit || mode === "before")) throw new Problem("unavailable");
    const result = await work();
    if (hit) throw new Problem("unavailable");
    return result;
  }

  const store = (inner: TenantStore): TenantStore => ({
    tenantId: inner.tenantId,
    read: (...args) => guarded(() => inner.read(...args)),
    query: (...args) => guarded(() => inner.query(...args)),
    commit: (...args) => guarded(() => inner.commit(...args)),
  });

  return {
    arm(at: number, how: "before" | "after") {
      left = at;
      mode = how;
      calls = 0;
    },
    mend() {
      left = Number.POSITIVE_INFINITY;
    },
    /** Calls since arming. */
    calls: () => calls,
    documents: (inner: Documents): Documents => ({
      ...inner,
      forTenant: (tenantId) => store(inner.forTenant(tenantId)),
    }),
    queue: (inner: QueueSender): QueueSender => ({ send: (...args) => guarded(() => inner.send(...args)) }),
  };
}
