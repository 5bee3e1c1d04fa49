import type { Clock } from "../../platform/clock.ts";
import { CommitRejected, create, type Documents, remove, replace } from "../../platform/documents/port.ts";
import { TenantId } from "../../platform/ids.ts";
import type { Telemetry } from "../../platform/telemetry/port.ts";
import { sequenceId } from "./chain.ts";
import { AuditDues, AuditHeads, CHECKPOINT_TYPE, type Checkpoint, Checkpoints } from "./model.ts";

/** Months found at once. */
const FOUND = 1000;
/** Entries that come while a checkpoint is made. */
const MAX_RACES = 20;
/** Milliseconds: by the store's clock, which may be ahead. */
const AHEAD = 60_000;

export interface CheckpointParts {
  readonly documents: Documents;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** See `Keys`. */
  readonly keys: { sign(type: string, words: object): Promise<string> };
}

/**
 * Signs the end of each chain that has gone on since its last checkpoint; resolves to how many. A chain that fails is left to
 * the next run, as is what a run leaves that was cut off.
 */
export async function makeCheckpoints(parts: CheckpointParts): Promise<number> {
  const { documents, clock, telemetry } = parts;
  const until = new Date(clock.now().getTime() + AHEAD);
  let all = 0;
  for (;;) {
    const due = await documents.sweep("history", AuditDues.kind, until, FOUND);
    let made = 0;
    for (const { tenantId: tenant, id: month } of due) {
      const tenantId = TenantId.parse(tenant);
      try {
        if (await makeCheckpoint(parts, tenantId, month)) made++;
      } catch (error) {
        telemetry.log("warn", "a checkpoint is made later", { tenantId, error });
      }
    }
    all += made;
    if (due.length < FOUND || made === 0) return all;
  }
}

/** False where others came first all the time. */
async function makeCheckpoint(
  { documents, clock, keys }: CheckpointParts,
  tenantId: TenantId,
  month: string,
): Promise<boolean> {
  const store = documents.forTenant(tenantId);
  for (let race = 0; race < MAX_RACES; race++) {
    const head = await store.read(AuditHeads, [month], month);
    if (head?.value.due !== true) return false;
    const { sequence, hash } = head.value;
    const words: Checkpoint = { tenantId, sequence, hash, at: clock.now().toISOString() };
    const statement = await keys.sign(CHECKPOINT_TYPE, words);
    try {
      await store.commit(
        "history",
        [month],
        [
          replace(AuditHeads, month, { ...head.value, due: false }, head.etag),
          create(Checkpoints, sequenceId(sequence), { statement }),
          remove(AuditDues, month),
        ],
      );
      return true;
    } catch (error) {
      if (!(error instanceof CommitRejected)) throw error;
    }
  }
  return false;
}
