import type { DatedKey, KeyStore } from "../../platform/secrets/keyStore.ts";
import type { Telemetry } from "../../platform/telemetry/port.ts";
import { ended, isDue } from "./schedule.ts";
import { signingKey } from "./signingKeys.ts";
import type { KeySuccession } from "./succession.ts";

export interface RotationParts {
  readonly store: KeyStore;
  readonly succession: KeySuccession;
  readonly telemetry: Telemetry;
  /** A signing key's age at which another is made. */
  readonly days: number;
}

/**
 * One run of the rotation: makes a key when the newest is old enough, keeps the public half of each that has a successor, and
 * drops those that no token needs any more. Each step stands by itself: what a run that was cut off left, the next one does, and
 * two at once make one key too many, which hurts nobody. All times are those of whoever keeps the keys.
 */
export async function rotate({ store, succession, telemetry, days }: RotationParts): Promise<void> {
  const { keys: before, now } = await store.list();
  const isOld = isDue(before, now.getTime(), days);
  if (isOld) {
    const { id } = await store.add();
    telemetry.log("info", "a signing key was made", { operation: id });
  }
  const { keys } = isOld ? await store.list() : { keys: before };
  await keepFormer(succession, keys);
  for (const { id } of ended(keys, now.getTime())) {
    await store.drop(id);
    telemetry.log("info", "a signing key was dropped", { operation: id });
  }
}

async function keepFormer(succession: KeySuccession, keys: readonly DatedKey[]): Promise<void> {
  for (const [index, key] of keys.entries()) {
    const successor = keys[index - 1];
    if (successor !== undefined) await succession.keep(signingKey(key), signingKey(successor));
  }
}
