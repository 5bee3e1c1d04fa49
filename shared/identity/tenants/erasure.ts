import type { Blobs } from "../../platform/blobs/port.ts";
import type { Caller } from "../../platform/caller.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Directory } from "../../platform/directory/directory.ts";
import { CONTAINER_NAMES, type ContainerName } from "../../platform/documents/containers.ts";
import {
  type Change,
  CommitRejected,
  type Documents,
  type Operation,
  replace,
  type Stored,
  type TenantStore,
} from "../../platform/documents/port.ts";
import type { Outbox } from "../../platform/outbox/outbox.ts";
import type { QueueSender } from "../../platform/queue/port.ts";
import type { Telemetry } from "../../platform/telemetry/port.ts";
import { type Tenant, Tenants } from "../model.ts";
import type { TenantErasure } from "./model.ts";
import { erasureMessage } from "./moves.ts";

export interface ErasureParts {
  readonly documents: Documents;
  readonly directory: Directory;
  readonly blobs: Blobs;
  readonly outbox: Outbox;
  readonly queue: QueueSender;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** No step begins later in one run, in ms: a whole one must fit into what is then left of the invocation. */
export const STEPS_BEGIN_WITHIN = 20_000;
/** Files, or documents, of one step. */
const AT_ONCE = 100;
/** Milliseconds until it is looked again whether what the tenant's commits owe is published. */
const OUTBOX_PATIENCE = 60_000;

/** What remains of an erased tenant: that it was there, without its name. */
const REMAINS: Partial<Record<ContainerName, readonly string[]>> = { configuration: [Tenants.kind] };

/** In which order containers are emptied: that of the tenant's own document comes last. */
const CONTAINERS_IN_ORDER = [
  ...CONTAINER_NAMES.filter((name) => name !== "tenants" && name !== "configuration"),
  "configuration",
] as const satisfies readonly ContainerName[];

/**
 * Erases what a tenant that was given up has left, in an order in which a crash anywhere leaves something for the retry to
 * find: addresses, files, documents of every kind, and in the end name and slug. Each step looks for what is left, so that none needs
 * to know how far another came. What does not fit into one run goes on by another message.
 */
export async function eraseSome(parts: ErasureParts, caller: Caller, job: TenantErasure): Promise<void> {
  const { documents, directory, outbox, clock, telemetry } = parts;
  const { tenantId } = caller;
  const store = documents.forTenant(tenantId);
  const tenant = await store.read(Tenants, [], tenantId);
  if (tenant?.value.status !== "erased")
    return telemetry.log("error", "a tenant that stands is not erased", { tenantId });
  if (tenant.value.erasedAt === undefined) {
    if (await outbox.owes(tenantId)) return goOn(parts, job, OUTBOX_PATIENCE);
    const until = clock.now().getTime() + STEPS_BEGIN_WITHIN;
    const hasTime = () => clock.now().getTime() <= until;
    if (!(await emptied(parts, store, hasTime))) return goOn(parts, job, 0);
    await forget(store, tenant, clock.now());
    telemetry.count("tenants_erased", {});
  }
  await directory.release("slug", job.slug, { tenantId });
}

/** Durable before this delivery is completed. */
async function goOn({ queue, clock }: ErasureParts, job: TenantErasure, wait: number): Promise<void> {
  const { queue: name, ...message } = erasureMessage({ ...job, round: job.round + 1 });
  await queue.send(name, [{ ...message, deliverAt: new Date(clock.now().getTime() + wait) }]);
}

/** False when time ran out before nothing was left. */
async function emptied(
  { directory, blobs }: ErasureParts,
  store: TenantStore,
  hasTime: () => boolean,
): Promise<boolean> {
  const { tenantId } = store;
  const steps: (() => Promise<number>)[] = [
    () => directory.releaseAny(tenantId),
    () => blobs.removeAny(tenantId, AT_ONCE),
    ...CONTAINERS_IN_ORDER.map((container) => () => removeSome(store, container, hasTime)),
  ];
  for (const step of steps) {
    for (let removed = -1; removed !== 0; ) {
      if (!hasTime()) return false;
      removed = await step();
    }
  }
  return true;
}

/** Resolves to how many documents were found. */
async function removeSome(store: TenantStore, container: ContainerName, hasTime: () => boolean): Promise<number> {
  const found = await store.inventory(container, REMAINS[container] ?? [], AT_ONCE);
  for (const some of Map.groupBy(found, ({ partition }) => partition[0]).values()) {
    if (!hasTime()) break;
    await removeAll(store, container, some);
  }
  return found.length;
}

/** Of one partition. Something that is gone meanwhile is not found any more the next time. */
async function removeAll(store: TenantStore, container: ContainerName, some: readonly Change[]): Promise<void> {
  const removals = some.map(({ kind, id }): Operation => ({ type: "delete", kind, id }));
  try {
    await store.commit(container, some[0]?.partition ?? [], removals);
  } catch (error) {
    if (!(error instanceof CommitRejected)) throw error;
  }
}

async function forget(store: TenantStore, { id, value, etag }: Stored<Tenant>, now: Date): Promise<void> {
  const { verifiedAt: _, warnedDays: __, ...rest } = value;
  const remains = { ...rest, name: "", slug: "", erasedAt: now.toISOString() };
  await store.commit("configuration", [], [replace(Tenants, id, remains, etag)]);
}
