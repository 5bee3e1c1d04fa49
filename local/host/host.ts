import { join } from "node:path";
import { type Clock, systemClock } from "../../shared/platform/clock.ts";
import { functionsByTrigger } from "./bindings.ts";
import { type HostConfig, refuseOverrides } from "./hostConfig.ts";
import { createHttpServer, type Middleware, type UpgradeHandler } from "./httpServer.ts";
import { filteredLogger, type Logger, reasonOf, systemLine } from "./logger.ts";
import { createQueueTriggers, type LaneSource, type QueueTriggersOptions } from "./queueTriggers.ts";
import { openTimerStore } from "./timerStore.ts";
import { createTimers } from "./timers.ts";
import { traceContextFrom } from "./traceContext.ts";
import { startWorker } from "./worker.ts";

export interface HostOptions {
  /** The built `main.cjs`; what it reads from the environment must be set before. */
  readonly bundle: string;
  readonly config: HostConfig;
  /** The folder for the host's own small state. */
  readonly dataFolder: string;
  /** Needed when the app has queue triggers. */
  readonly queue?: LaneSource;
  readonly onArrival?: NonNullable<QueueTriggersOptions["onArrival"]>;
  /** For `%NAME%` in schedules and queue names. Default: none. */
  readonly settings?: Readonly<Record<string, string | undefined>>;
  /** Gets what host.json's log levels let through. */
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Runs before the functions, e.g. for the browser app's files. */
  readonly middleware?: Middleware;
  readonly onUpgrade?: UpgradeHandler;
  readonly bodyLimit?: number;
  /** Milliseconds that running work may take when the host stops; default 10,000. */
  readonly drainMs?: number;
}

export interface Host {
  /** Names of the loaded functions. */
  readonly functions: readonly string[];
  /** Serves HTTP on `port` (0: a free one; default host 127.0.0.1), then starts timers and queues. Resolves to the port. */
  start(port: number, hostname?: string): Promise<number>;
  /**
   * Accepts nothing more, lets what runs finish for at most `drainMs`, gives back the rest (queue messages are delivered
   * again, connections are cut), runs the `appTerminate` hooks. Never rejects; later calls join the first.
   */
  stop(): Promise<void>;
}

/** True when `work` ended within `milliseconds`. */
async function within(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const ended = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return ended;
}

/** Loads the bundle and wires its triggers. Rejects, with the reason, at anything the app asks for and cannot have. */
export async function createHost(options: HostOptions): Promise<Host> {
  const { config, clock = systemClock, settings = {}, drainMs = 10_000 } = options;
  refuseOverrides(settings);
  const logger = filteredLogger(options.logger, config.logLevels);
  const worker = await startWorker({ bundle: options.bundle, logger, timeoutMs: config.functionTimeoutMs });
  const { core, invoke } = worker;
  const shared = { invoke, logger, clock, settings };
  const parts = await wire().catch(async (error: unknown) => {
    await worker.terminate();
    throw error;
  });
  let stopped: Promise<void> | undefined;

  async function wire() {
    const triggers = functionsByTrigger(core);
    const { queue, onArrival, middleware, onUpgrade, bodyLimit } = options;
    if (triggers.queues.length > 0 && queue === undefined) throw new Error("The app has queue triggers: give a queue.");
    return {
      warmups: triggers.warmups,
      http: createHttpServer({
        functions: triggers.http,
        routePrefix: config.routePrefix,
        invoke,
        logger,
        ...(middleware && { middleware }),
        ...(onUpgrade && { onUpgrade }),
        ...(bodyLimit !== undefined && { bodyLimit }),
      }),
      timers: createTimers({
        ...shared,
        functions: triggers.timers,
        store: openTimerStore(join(options.dataFolder, "timers.json")),
      }),
      queues:
        queue &&
        createQueueTriggers({
          ...shared,
          functions: triggers.queues,
          source: queue,
          config,
          ...(onArrival && { onArrival }),
        }),
    };
  }

  async function warmUp(): Promise<void> {
    for (const { fn, bindingName, name } of parts.warmups) {
      await invoke(fn, { binding: bindingName, data: { json: "{}" }, traceContext: traceContextFrom(undefined) }).catch(
        (error: unknown) => logger(systemLine("error", reasonOf(error), name)),
      );
    }
  }

  async function shutDown(): Promise<void> {
    const drained = Promise.all([parts.http.drain(), parts.timers.drain(), parts.queues?.drain()]);
    if (!(await within(drained, drainMs))) {
      logger(systemLine("warning", `Work was still running after ${drainMs / 1000} s and is given back.`));
      parts.http.destroy();
      await parts.queues?.release();
    }
    await worker.terminate();
  }

  return {
    functions: [...core.functions.keys()],
    async start(port, hostname) {
      await warmUp();
      const bound = await parts.http.listen(port, hostname);
      parts.timers.start();
      parts.queues?.start();
      return bound;
    },
    stop() {
      stopped ??= shutDown().catch((error: unknown) => logger(systemLine("error", reasonOf(error))));
      return stopped;
    },
  };
}

/**
 * Calls `stop` on the first SIGTERM or SIGINT and exits with 0 when it has resolved; a second signal exits at once with 1.
 */
export function stopOnSignals(stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = () => {
    if (stopping) process.exit(1);
    stopping = true;
    void stop().finally(() => process.exit(0));
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}
