import type { Clock } from "../../shared/platform/clock.ts";
import { resolveSettings, type TriggeredFunction } from "./bindings.ts";
import { type Logger, reasonOf, systemLine } from "./logger.ts";
import { parseNcrontab, type Schedule } from "./ncrontab.ts";
import type { TimerStore } from "./timerStore.ts";
import { traceContextFrom } from "./traceContext.ts";
import type { Invoke } from "./worker.ts";

export interface TimersOptions {
  readonly functions: readonly TriggeredFunction[];
  readonly store: TimerStore;
  readonly invoke: Invoke;
  readonly settings: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Timers {
  start(): void;
  /** Starts no further run and resolves when those under way have ended. */
  drain(): Promise<void>;
}

/** Schedules shorter than this have no memory on Azure: nobody needs a run that was due seconds ago. */
const MIN_MONITORED_MS = 60_000;
/** A sleep is cut into these, because a machine that was suspended must notice the time when it wakes. */
const MAX_SLEEP_MS = 30_000;
/** What .NET writes for "never". */
const NEVER = "0001-01-01T00:00:00.000Z";

class Timer {
  readonly #trigger: TriggeredFunction;
  readonly #options: TimersOptions;
  readonly #schedule: Schedule;
  readonly #monitored: boolean;

  constructor(trigger: TriggeredFunction, options: TimersOptions) {
    this.#trigger = trigger;
    this.#options = options;
    const { schedule, useMonitor } = trigger.binding;
    try {
      this.#schedule = parseNcrontab(resolveSettings(String(schedule), options.settings));
    } catch (error) {
      throw new Error(`Function "${trigger.name}": ${reasonOf(error)}`, { cause: error });
    }
    this.#monitored = useMonitor !== false && this.#interval() >= MIN_MONITORED_MS;
  }

  #interval(): number {
    const first = this.#schedule.next(this.#options.clock.now());
    const second = first && this.#schedule.next(first);
    return first && second ? second.getTime() - first.getTime() : Number.POSITIVE_INFINITY;
  }

  /** Sleeps and runs, one after the other, so that one timer never overlaps itself, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const start = clock.now();
    if (this.#missedRun(start)) await this.#fire(start, true);
    else {
      if (this.#trigger.binding.runOnStartup === true) await this.#fire(start, false);
      this.#remember(undefined);
    }
    while (!signal.aborted) {
      const due = this.#schedule.next(clock.now());
      if (due === undefined) return;
      await this.#sleepUntil(due, signal);
      if (!signal.aborted) await this.#fire(due, false);
    }
  }

  #missedRun(now: Date): boolean {
    const status = this.#monitored ? this.#options.store.read(this.#trigger.name) : undefined;
    if (status === undefined) return false;
    const due = this.#schedule.next(new Date(status.last ?? status.lastUpdated));
    return due !== undefined && due.getTime() < now.getTime();
  }

  async #sleepUntil(due: Date, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      const left = due.getTime() - clock.now().getTime();
      if (left <= 0 || signal.aborted) return;
      await clock.sleep(Math.min(left, MAX_SLEEP_MS), signal).catch(() => undefined);
    }
  }

  async #fire(occurrence: Date, isPastDue: boolean): Promise<void> {
    const { fn, bindingName, name } = this.#trigger;
    try {
      await this.#options.invoke(fn, {
        binding: bindingName,
        data: { json: JSON.stringify(this.#timerObject(occurrence, isPastDue)) },
        traceContext: traceContextFrom(undefined),
      });
    } catch (error) {
      this.#options.logger(systemLine("error", reasonOf(error), name));
    }
    // After the run: a host that dies in the middle makes it up at its next start.
    this.#remember(occurrence);
  }

  /** In the names of the Azure host, whose first letters the library lowers. */
  #timerObject(occurrence: Date, isPastDue: boolean): unknown {
    const status = this.#options.store.read(this.#trigger.name);
    return {
      Schedule: { AdjustForDST: true },
      ScheduleStatus: this.#monitored
        ? {
            Last: status?.last ?? NEVER,
            Next: this.#schedule.next(occurrence)?.toISOString() ?? NEVER,
            LastUpdated: status?.lastUpdated ?? NEVER,
          }
        : null,
      IsPastDue: isPastDue,
    };
  }

  #remember(occurrence: Date | undefined): void {
    if (!this.#monitored) return;
    const { store, clock, logger } = this.#options;
    const { name } = this.#trigger;
    const last = occurrence?.toISOString() ?? store.read(name)?.last;
    const lastUpdated = clock.now().toISOString();
    try {
      store.write(name, last === undefined ? { lastUpdated } : { last, lastUpdated });
    } catch (error) {
      logger(systemLine("warning", `The time of the last run was not stored: ${reasonOf(error)}`, name));
    }
  }
}

/** Runs an app's timer triggers. Throws for a schedule that Azure would refuse. */
export function createTimers(options: TimersOptions): Timers {
  const timers = options.functions.map((trigger) => new Timer(trigger, options));
  const stop = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  return {
    start() {
      running = Promise.all(timers.map((timer) => timer.run(stop.signal)));
    },
    async drain() {
      stop.abort();
      await running;
    },
  };
}
