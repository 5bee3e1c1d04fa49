import { MediaDocuments } from "../../media/model.ts";
import type { Clock } from "../../platform/clock.ts";
import {
  CommitRejected,
  create,
  type Documents,
  replace,
  type Stored,
  type TenantStore,
} from "../../platform/documents/port.ts";
import type { TenantId } from "../../platform/ids.ts";
import { LruCache } from "../../platform/lru.ts";
import type { Telemetry } from "../../platform/telemetry/port.ts";
import type { Tenant } from "../model.ts";
import { MEDIA_USE, MediaUses } from "./model.ts";
import { limitOf, limitReached } from "./plans.ts";

/** Milliseconds for which a count of all files is believed, unless one was added or removed. */
const COUNTED_FOR = 10 * 60 * 1000;
const CAPACITY = 1000;
const FILES_AT_ONCE = 1000;
const MAX_RACES = 10;

interface MediaRoomParts {
  readonly documents: Documents;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/**
 * What a tenant's files have in bytes, counted as they come and go: a count beside the file, which a crash between the two leaves
 * wrong by that file. So nobody is refused before all files were counted anew, and the count then put right.
 */
export class MediaRoom {
  readonly #parts: MediaRoomParts;
  /** Of those who were refused: the count that was found right. */
  readonly #checked = new LruCache<{ readonly bytes: number; readonly at: number }>(CAPACITY);

  constructor(parts: MediaRoomParts) {
    this.#parts = parts;
  }

  /** Throws `plan-limit-reached` where `bytes` more are too many. */
  async require(tenant: Tenant, bytes: number): Promise<void> {
    const store = this.#parts.documents.forTenant(tenant.id);
    const limit = limitOf(tenant, "mediaBytes");
    const known = await store.read(MediaUses, [], MEDIA_USE);
    const used = known?.value.bytes ?? 0;
    if (used + bytes <= limit) return;
    const now = this.#parts.clock.now().getTime();
    const checked = this.#checked.get(tenant.id);
    if (checked?.bytes !== used || checked.at + COUNTED_FOR < now) {
      const counted = await countAll(store);
      await correct(store, known, counted);
      this.#checked.set(tenant.id, { bytes: counted, at: now });
      if (counted + bytes <= limit) return;
    }
    throw limitReached(tenant, "mediaBytes");
  }

  /** A file came, or with a negative number went. What cannot be counted is logged: the file stands all the same. */
  async count(tenantId: TenantId, bytes: number): Promise<void> {
    const { documents, telemetry } = this.#parts;
    try {
      if (await add(documents.forTenant(tenantId), bytes)) return;
      telemetry.log("warn", "a file was not counted, others were quicker", { tenantId });
    } catch (error) {
      telemetry.log("warn", "a file was not counted", { tenantId, error });
    }
  }
}

async function add(store: TenantStore, bytes: number): Promise<boolean> {
  for (let race = 0; race < MAX_RACES; race++) {
    const known = await store.read(MediaUses, [], MEDIA_USE);
    if (await correct(store, known, Math.max(0, (known?.value.bytes ?? 0) + bytes))) return true;
  }
  return false;
}

/** False when another writer was quicker. */
async function correct(
  store: TenantStore,
  known: Stored<{ readonly bytes: number }> | undefined,
  bytes: number,
): Promise<boolean> {
  const write =
    known === undefined
      ? create(MediaUses, MEDIA_USE, { bytes })
      : replace(MediaUses, MEDIA_USE, { bytes }, known.etag);
  try {
    await store.commit("identity", [], [write]);
    return true;
  } catch (error) {
    if (error instanceof CommitRejected) return false;
    throw error;
  }
}

async function countAll(store: TenantStore): Promise<number> {
  let sum = 0;
  for (let cursor: string | undefined; ; ) {
    const page = await store.query(MediaDocuments, {
      partition: [],
      limit: FILES_AT_ONCE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { value } of page.items) if (value.status === "stored") sum += value.size;
    if (page.nextCursor === undefined) return sum;
    cursor = page.nextCursor;
  }
}
