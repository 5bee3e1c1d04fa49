import { actorIdOf, type Caller, systemCaller } from "../../platform/caller.ts";
import {
  type Change,
  CommitRejected,
  create,
  type Operation,
  remove,
  replace,
  type TenantStore,
} from "../../platform/documents/port.ts";
import type { DomainEvent } from "../../platform/events/event.ts";
import { newEvent } from "../../platform/events/newEvent.ts";
import { TenantId } from "../../platform/ids.ts";
import { NOBODYS_TENANT } from "../rules.ts";
import { RefusalWindow, RefusalWindows } from "./model.ts";
import type { RefusalsDependencies } from "./refusals.ts";
import { merged, windowId } from "./rules.ts";

/** Milliseconds since its last refusal, after which the minute of a window is surely over. */
const OVER_AFTER = 60_000;
/** Windows found at once. */
const FOUND = 1000;
/** Windows merged in one commit: below the store's 100 operations, with what is written of them. */
const MERGED = 90;
/** Seconds; as for any other window. */
const MERGED_KEPT_FOR = 30 * 24 * 60 * 60;

interface Found extends Pick<Change, "id" | "etag"> {
  readonly window: RefusalWindow;
}

/** See `Refusals.close`. A tenant whose windows cannot be closed now is left to the next run. */
export async function closeWindows(dependencies: RefusalsDependencies): Promise<number> {
  const { documents, clock, telemetry } = dependencies;
  const olderThan = new Date(clock.now().getTime() - OVER_AFTER);
  let all = 0;
  for (;;) {
    const found = await documents.sweep("identity", RefusalWindows.kind, olderThan, FOUND);
    let closed = 0;
    for (const [tenant, some] of Map.groupBy(found, ({ tenantId }) => tenantId)) {
      const tenantId = TenantId.parse(tenant);
      const windows = some.map(({ id, etag, data }) => ({ id, etag, window: RefusalWindow.parse(data) }));
      try {
        closed += await closeOf(dependencies, tenantId, windows);
      } catch (error) {
        telemetry.log("warn", "refusals are told of later", { tenantId, error });
      }
    }
    all += closed;
    if (found.length < FOUND || closed === 0) return all;
  }
}

async function closeOf(dependencies: RefusalsDependencies, tenantId: TenantId, found: readonly Found[]) {
  const store = dependencies.documents.forTenant(tenantId);
  const isOfNobody = ({ window }: Found) =>
    window.userId === undefined && window.actor === undefined && window.merged === undefined;
  let closed = 0;
  for (const each of found) if (!isOfNobody(each)) closed += await tell(dependencies, store, each);
  for (const [since, some] of Map.groupBy(found.filter(isOfNobody), ({ window }) => window.since))
    for (let from = 0; from < some.length; from += MERGED)
      closed += await merge(store, since, some.slice(from, from + MERGED));
  return closed;
}

/** One window, as events in the commit that removes it; 0 where it has changed meanwhile. */
async function tell({ outbox, clock }: RefusalsDependencies, store: TenantStore, { id, etag, window }: Found) {
  const { since, actor, userId } = window;
  const system = systemCaller(store.tenantId, "sign-in");
  const caller: Caller = actor === undefined ? system : { ...system, actor };
  const subject = userId ?? (actor === undefined ? store.tenantId : actorIdOf(actor));
  const events = Object.entries(window.reasons).map(
    ([reason, { count, lastAt, addresses, wanted }]): DomainEvent => ({
      ...newEvent(caller, clock, "user.refused", subject, {
        ...(userId === undefined ? {} : { userId }),
        reason,
        count,
        since,
        addressHash: addresses[0],
        addresses,
        ...(wanted.length === 0 ? {} : { wanted }),
      }),
      at: lastAt,
    }),
  );
  return done(outbox.commit(store, "identity", [], [remove(RefusalWindows, id, etag)], { events }), 1);
}

/** Tries at accounts that there are not become one window a minute, however many accounts; of nobody's tenant, none. */
async function merge(store: TenantStore, since: string, found: readonly Found[]): Promise<number> {
  const removals = found.map(({ id, etag }) => remove(RefusalWindows, id, etag));
  const written = store.tenantId === NOBODYS_TENANT ? [] : [await mergedWith(store, since, found)];
  return done(store.commit("identity", [], [...removals, ...written]), found.length);
}

async function mergedWith(store: TenantStore, since: string, found: readonly Found[]): Promise<Operation> {
  const id = windowId("of nobody", since);
  const known = await store.read(RefusalWindows, [], id);
  const before = known === undefined ? [] : [known.value];
  const window = merged(since, [...before, ...found.map((each) => each.window)]);
  return known === undefined
    ? create(RefusalWindows, id, window, { ttl: MERGED_KEPT_FOR })
    : replace(RefusalWindows, id, window, known.etag, { ttl: MERGED_KEPT_FOR });
}

/** What was counted meanwhile, or closed by another instance, is found by the next run as it then stands. */
async function done(commit: Promise<unknown>, closed: number): Promise<number> {
  try {
    await commit;
    return closed;
  } catch (error) {
    if (error instanceof CommitRejected) return 0;
    throw error;
  }
}
