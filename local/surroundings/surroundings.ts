import type { UpgradeHandler } from "../host/httpServer.ts";
import type { LaneSource, QueueTriggersOptions } from "../host/queueTriggers.ts";

type Settings = Readonly<Record<string, string | undefined>>;

/** The services that the functions stand on, on this machine, and what the host takes from them. */
export interface Surroundings {
  /** What the bundle reads from the environment: all that was given, and where the services are. */
  readonly settings: Settings;
  /** Feeds the queue triggers. */
  readonly queue: LaneSource;
  readonly onArrival?: NonNullable<QueueTriggersOptions["onArrival"]>;
  readonly onUpgrade?: UpgradeHandler;
  /** For what the phones remember, which must not outlive the documents. */
  readonly simulatorFolder: string;
  /** False when the documents end with this process: each start then begins with an empty store. */
  readonly keepsDocuments: boolean;
  /** Lines that say what the services are; none where there is nothing to explain. */
  readonly told: readonly string[];
  /** Called when the host has stopped. */
  close(): Promise<void>;
}

/** `given` wins over every default. Rejects when a service does not start, or a setting is missing or wrong. */
export type StartSurroundings = (folder: string, given: Settings) => Promise<Surroundings>;
