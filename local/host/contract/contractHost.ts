import type { Clock } from "../../../shared/platform/clock.ts";
import { systemClock } from "../../../shared/platform/clock.ts";
import { onArrival } from "../../../shared/platform/queue/arrivals.ts";
import { openSqliteQueue, type SqliteQueue } from "../../../shared/platform/queue/sqlite/sqliteQueue.ts";
import type { Probe } from "../fixtures/contract.ts";
import { createHost } from "../host.ts";
import type { HostConfig } from "../hostConfig.ts";
import type { LogLine } from "../logger.ts";
import type { LaneSource } from "../queueTriggers.ts";
import { bundleFixture, collectLog, TEST_CONFIG, temporaryFolder } from "../testing.ts";

/** The fixture `contract` on the local host, with a queue in memory. */
export interface ContractHost {
  /** E.g. `http://127.0.0.1:50123`. */
  readonly base: string;
  readonly port: number;
  readonly queue: SqliteQueue;
  readonly lines: LogLine[];
  /** What the functions do from now on. */
  use(probe: Probe): void;
  stop(): Promise<void>;
}

interface ContractHostOptions {
  readonly config?: Partial<HostConfig>;
  readonly clock?: Clock;
  readonly settings?: Readonly<Record<string, string>>;
  /** What functions and hooks do from the start. */
  readonly probe?: Probe;
  readonly trace?: () => string | undefined;
  /** In place of the queue in memory. */
  readonly source?: LaneSource;
}

export async function startContractHost(options: ContractHostOptions = {}): Promise<ContractHost> {
  const { config, clock = systemClock, probe = {}, settings = {}, trace, source } = options;
  const folder = temporaryFolder();
  const { lines, log } = collectLog();
  const use = (next: Probe) => void Reflect.set(globalThis, "contractProbe", next);
  use(probe);
  const queue = openSqliteQueue({
    file: ":memory:",
    clock: systemClock,
    ...(trace && { currentTraceparent: trace }),
  });
  const host = await createHost({
    bundle: await bundleFixture("contract", folder.path),
    config: { ...TEST_CONFIG, ...config },
    dataFolder: folder.path,
    queue: source ?? queue,
    onArrival,
    clock,
    settings,
    logger: log,
  });
  const port = await host.start(0);
  return {
    base: `http://127.0.0.1:${port}`,
    port,
    queue,
    lines,
    use,
    async stop() {
      await host.stop();
      await queue.close();
      folder.remove();
    },
  };
}
