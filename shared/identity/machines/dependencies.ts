import type { HashAddress } from "../../platform/addressHash.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Documents } from "../../platform/documents/port.ts";
import type { FetchOutside } from "../../platform/egress/port.ts";
import type { Outbox } from "../../platform/outbox/outbox.ts";
import type { Telemetry } from "../../platform/telemetry/port.ts";
import type { Keys } from "../keys/keys.ts";
import type { Refusals } from "../refusals/refusals.ts";

export interface MachineDependencies {
  readonly documents: Documents;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly hashAddress: HashAddress;
  readonly refusals: Pick<Refusals, "note">;
  /** For key sets that clients publish. */
  readonly fetchOutside: FetchOutside;
  readonly keys: Keys;
  /** Without a slash at the end; issuer of the access tokens. */
  readonly publicUrl: string;
}
