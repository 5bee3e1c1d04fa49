import type { Clock } from "../../shared/platform/clock.ts";
import type { Delivery, QueueReceiver } from "../../shared/platform/queue/port.ts";
import { QUEUES, type QueueName } from "../../shared/platform/queue/queues.ts";
import { resolveSettings, type TriggeredFunction } from "./bindings.ts";
import type { HostConfig } from "./hostConfig.ts";
import { type Lane, startLane } from "./lane.ts";
import { type Logger, reasonOf, systemLine } from "./logger.ts";
import { messageBatch, singleMessage } from "./serviceBusData.ts";
import { traceContextFrom } from "./traceContext.ts";
import type { Invoke } from "./worker.ts";

/** Where lanes come from: the SQLite queue, or anything that keeps the port. */
export interface LaneSource extends QueueReceiver {
  /** When an accept may next find something; without it, a scheduled message waits for the next poll. */
  nextDueAt?(queue: QueueName): Date | undefined;
}

export interface QueueTriggersOptions {
  readonly functions: readonly TriggeredFunction[];
  readonly source: LaneSource;
  /** Calls back after each send in this process; returns how to stop. Without it there is only polling. */
  readonly onArrival?: (listener: (queue: QueueName) => void) => () => void;
  readonly invoke: Invoke;
  readonly config: HostConfig;
  readonly settings: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface QueueTriggers {
  start(): void;
  /** Accepts no more sessions and resolves when what runs has ended. */
  drain(): Promise<void>;
  /** Accepts nothing more and gives back what still runs, so that it is delivered again. */
  release(): Promise<void>;
}

/** For messages from other processes, and those that become due. */
const POLL_MS = 1000;
const KEEP_MS = 1000;
const MIN_WAIT_MS = 5;

interface QueueFunction {
  readonly trigger: TriggeredFunction;
  readonly queue: QueueName;
  readonly many: boolean;
  /** Sessions at once, messages at once, and for how long their lock is renewed. */
  readonly limits: { readonly lanes: number; readonly batchSize: number; readonly maxAutoLockRenewalMs: number };
}

function isQueueName(name: string): name is QueueName {
  return Object.hasOwn(QUEUES, name);
}

/**
 * For batches Azure reads neither maxConcurrentSessions nor maxAutoLockRenewalDuration: one session at a time, whose lock
 * is not renewed (https://learn.microsoft.com/azure/azure-functions/functions-bindings-service-bus#hostjson-settings).
 */
function limitsOf(config: HostConfig, many: boolean): QueueFunction["limits"] {
  if (many) return { lanes: 1, batchSize: config.maxMessageBatchSize, maxAutoLockRenewalMs: 0 };
  return { lanes: config.maxConcurrentSessions, batchSize: 1, maxAutoLockRenewalMs: config.maxAutoLockRenewalMs };
}

function queueFunction(trigger: TriggeredFunction, { settings, config }: QueueTriggersOptions): QueueFunction {
  const {
    queueName,
    isSessionsEnabled,
    autoCompleteMessages,
    cardinality = "one",
    dataType,
    sdkBinding,
  } = trigger.binding;
  const fail = (why: string) => new Error(`Function "${trigger.name}": ${why}`);
  const queue = typeof queueName === "string" ? resolveSettings(queueName, settings) : "";
  if (!isQueueName(queue)) throw fail(`there is no queue "${queue}".`);
  if (isSessionsEnabled !== true) throw fail("all queues have sessions: isSessionsEnabled must be true.");
  if (autoCompleteMessages === false) throw fail("the local host completes messages itself.");
  if (cardinality !== "one" && cardinality !== "many") throw fail(`there is no cardinality "${cardinality}".`);
  if (sdkBinding === true || (dataType !== undefined && dataType !== "string")) {
    throw fail("the local host hands messages over as text or JSON only: no sdkBinding, no dataType.");
  }
  const many = cardinality === "many";
  return { trigger, queue, many, limits: limitsOf(config, many) };
}

/** The trace of the messages when they have one in common; a mixed batch begins its own, as on Azure. */
function commonTrace(deliveries: readonly Delivery[]): string | undefined {
  const first = deliveries[0]?.traceparent;
  return deliveries.every((one) => one.traceparent === first) ? first : undefined;
}

class Pump {
  readonly queue: QueueName;
  readonly #fn: QueueFunction;
  readonly #options: QueueTriggersOptions;
  readonly #lanes = new Set<Lane>();
  #workers = 0;
  #probing = 0;
  #arrivedMeanwhile = false;
  #stopped = false;
  #dueTimer: NodeJS.Timeout | undefined;
  #idle: (() => void) | undefined;

  constructor(fn: QueueFunction, options: QueueTriggersOptions) {
    this.#fn = fn;
    this.queue = fn.queue;
    this.#options = options;
  }

  /** Something may be waiting. */
  wake(): void {
    if (this.#probing > 0) this.#arrivedMeanwhile = true;
    else this.#addWorker();
  }

  keep(): void {
    for (const lane of this.#lanes) void lane.keep();
  }

  async drain(): Promise<void> {
    this.#stop();
    for (const lane of this.#lanes) lane.stop();
    if (this.#workers > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
  }

  async release(): Promise<void> {
    this.#stop();
    await Promise.all([...this.#lanes].map((lane) => lane.release()));
  }

  #stop(): void {
    this.#stopped = true;
    clearTimeout(this.#dueTimer);
  }

  #addWorker(): void {
    if (this.#stopped || this.#workers >= this.#fn.limits.lanes) return;
    this.#workers++;
    void this.#work().finally(() => {
      this.#workers--;
      if (this.#workers === 0) this.#idle?.();
    });
  }

  /** Works lane after lane until none waits. Each lane found starts a colleague, so a backlog soon occupies all of them. */
  async #work(): Promise<void> {
    for (;;) {
      const session = await this.#probe();
      if (session === undefined) return;
      if (this.#stopped) return session.close();
      this.#addWorker();
      const lane = startLane({
        session,
        functionName: this.#fn.trigger.name,
        batchSize: this.#fn.limits.batchSize,
        handle: (deliveries) => this.#handle(deliveries),
        clock: this.#options.clock,
        logger: this.#options.logger,
        maxAutoLockRenewalMs: this.#fn.limits.maxAutoLockRenewalMs,
      });
      this.#lanes.add(lane);
      await lane.done;
      this.#lanes.delete(lane);
    }
  }

  async #probe() {
    const { source, logger } = this.#options;
    this.#probing++;
    try {
      do {
        this.#arrivedMeanwhile = false;
        if (this.#stopped) return undefined;
        const session = await source.acceptNextSession(this.queue);
        if (session !== undefined) return session;
      } while (this.#arrivedMeanwhile);
      this.#wakeWhenDue();
    } catch (error) {
      logger(systemLine("error", `queue ${this.queue}: ${reasonOf(error)}`, this.#fn.trigger.name));
    } finally {
      this.#probing--;
    }
    return undefined;
  }

  #wakeWhenDue(): void {
    const due = this.#options.source.nextDueAt?.(this.queue)?.getTime();
    const wait = due === undefined ? POLL_MS : due - this.#options.clock.now().getTime();
    // Farther ones are met by a later poll.
    if (this.#stopped || wait >= POLL_MS) return;
    clearTimeout(this.#dueTimer);
    // A timer may fire within the millisecond before; and what was due already came just after the look.
    this.#dueTimer = setTimeout(() => this.wake(), Math.max(wait + 1, MIN_WAIT_MS));
  }

  async #handle(deliveries: readonly Delivery[]): Promise<void> {
    const { trigger, many } = this.#fn;
    const [first] = deliveries;
    if (first === undefined) return;
    await this.#options.invoke(trigger.fn, {
      binding: trigger.bindingName,
      traceContext: traceContextFrom(commonTrace(deliveries)),
      ...(many ? messageBatch(deliveries) : singleMessage(first)),
    });
  }
}

/**
 * Runs an app's Service Bus queue triggers on the local queue, with host.json's limits: up to maxConcurrentSessions lanes
 * at once, each strictly in order; a handler that throws abandons its messages with the error as reason, and the engine
 * parks them after their last delivery. A lane that has nothing due is released at once (sessionIdleTimeout bounds how
 * long Azure would hold it). Throws for a queue that is not declared, or is asked for without sessions.
 */
export function createQueueTriggers(options: QueueTriggersOptions): QueueTriggers {
  const pumps = options.functions.map((trigger) => new Pump(queueFunction(trigger, options), options));
  const timers: NodeJS.Timeout[] = [];
  let stopListening: (() => void) | undefined;
  return {
    start() {
      stopListening = options.onArrival?.((queue) => {
        for (const pump of pumps) if (pump.queue === queue) pump.wake();
      });
      const everyPump = (act: (pump: Pump) => void) => () => pumps.forEach(act);
      timers.push(
        setInterval(
          everyPump((pump) => pump.wake()),
          POLL_MS,
        ),
      );
      timers.push(
        setInterval(
          everyPump((pump) => pump.keep()),
          KEEP_MS,
        ),
      );
      for (const pump of pumps) pump.wake();
    },
    async drain() {
      stopListening?.();
      await Promise.all(pumps.map((pump) => pump.drain()));
      for (const timer of timers) clearInterval(timer);
    },
    async release() {
      stopListening?.();
      await Promise.all(pumps.map((pump) => pump.release()));
      for (const timer of timers) clearInterval(timer);
    },
  };
}
