import type { Clock } from "../../shared/platform/clock.ts";
import { resolveSettings, type TriggeredFunction } from "./bindings.ts";
import type { RetryContext } from "./coreTypes.ts";
import { withOffset } from "./dotNetTime.ts";
import { type Logger, reasonOf, systemLine } from "./logger.ts";
import { parseNcrontab, type Schedule } from "./ncrontab.ts";
import { type RetryPolicy, retryPolicy } from "./retry.ts";
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

/** Schedules with two runs within it have no memory on Azure: nobody needs a run that was due seconds ago. */
const MONITORED_MS = 60_000;
/** A sleep is cut into these, because a machine that was suspended must notice the time when it wakes. */
const MAX_SLEEP_MS = 30_000;
/** What .NET writes for "never". */
const NEVER = "0001-01-01T00:00:00+00:00";

/** Azure's schedule status; `last` and `lastUpdated` are missing before the first run. */
interface Status {
  readonly last?: Date;
  readonly next: Date;
  readonly lastUpdated?: Date;
}

/**
 * One timer, in the steps of Azure's (TimerListener.cs and ScheduleMonitor.cs in
 * https://github.com/Azure/azure-webjobs-sdk-extensions): it never overlaps itself; a run that was due meanwhile follows at
 * once, and only one; a run that was due while the host was down is made up for and says so.
 */
class Timer {
  readonly #trigger: TriggeredFunction;
  readonly #options: TimersOptions;
  readonly #schedule: Schedule;
  readonly #retry: RetryPolicy | undefined;
  readonly #monitored: boolean;

  constructor(trigger: TriggeredFunction, options: TimersOptions) {
    this.#trigger = trigger;
    this.#options = options;
    const { schedule, useMonitor } = trigger.binding;
    const now = options.clock.now();
    try {
      this.#schedule = parseNcrontab(resolveSettings(String(schedule), options.settings));
      this.#retry = retryPolicy(trigger.fn.metadata.retryOptions);
      const second = this.#schedule.next(this.#next(now));
      const isOften = second !== undefined && second.getTime() - now.getTime() <= MONITORED_MS;
      this.#monitored = useMonitor !== false && !isOften;
    } catch (error) {
      throw new Error(`Function "${trigger.name}": ${reasonOf(error)}`, { cause: error });
    }
  }

  /** Runs, one run after the other, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const start = clock.now();
    let status = this.#statusAt(start);
    if (this.#monitored && status.next.getTime() < start.getTime()) status = await this.#fire(status, true, signal);
    else if (this.#trigger.binding.runOnStartup === true) status = await this.#fire(status, false, signal);
    while (!signal.aborted) {
      await this.#sleepUntil(status.next, signal);
      if (!signal.aborted) status = await this.#fire(status, false, signal);
    }
  }

  #next(after: Date): Date {
    const next = this.#schedule.next(after);
    if (next === undefined) throw new Error("its schedule names a time that never comes.");
    return next;
  }

  /** The status to start with: as it was stored, or new. After a change of schedule what is past is not due. */
  #statusAt(now: Date): Status {
    const stored = this.#monitored ? this.#options.store.read(this.#trigger.name) : undefined;
    if (stored === undefined) {
      const next = this.#next(now);
      this.#remember({ next, lastUpdated: now });
      return { next };
    }
    const last = stored.last === undefined ? {} : { last: new Date(stored.last) };
    const since = last.last ?? new Date(stored.lastUpdated);
    const expected = this.#next(since);
    if (stored.next === undefined || Date.parse(stored.next) === expected.getTime()) {
      return { ...last, next: expected, lastUpdated: new Date(stored.lastUpdated) };
    }
    const changed =
      expected < now ? { next: this.#next(now), lastUpdated: now } : { next: expected, lastUpdated: since };
    this.#remember(changed);
    return changed;
  }

  async #sleepUntil(due: Date, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      const left = due.getTime() - clock.now().getTime();
      if (left <= 0 || signal.aborted) return;
      await clock.sleep(Math.min(left, MAX_SLEEP_MS), signal).catch(() => undefined);
    }
  }

  /** Runs once, with retries, and resolves to the status after it. */
  async #fire(status: Status, isPastDue: boolean, signal: AbortSignal): Promise<Status> {
    const last = this.#options.clock.now();
    await this.#invoke(JSON.stringify(this.#timerObject(status, isPastDue)), signal);
    const after = { last, next: this.#next(last), lastUpdated: last };
    // After the run: a host that dies in the middle makes it up at its next start.
    this.#remember(after);
    return after;
  }

  async #invoke(json: string, signal: AbortSignal): Promise<void> {
    const { invoke, clock, logger } = this.#options;
    const { fn, bindingName: binding, name } = this.#trigger;
    const { maxRetryCount = 0, delayMs } = this.#retry ?? {};
    let exception: RetryContext["exception"];
    for (let retryCount = 0; ; retryCount++) {
      const retryContext = this.#retry && { retryCount, maxRetryCount, ...(exception && { exception }) };
      try {
        const traceContext = traceContextFrom(undefined);
        await invoke(fn, { binding, data: { json }, traceContext, ...(retryContext && { retryContext }) });
        return;
      } catch (error) {
        logger(systemLine("error", reasonOf(error), name));
        const stackTrace = error instanceof Error ? (error.stack ?? "") : "";
        exception = { message: reasonOf(error), source: "", stackTrace };
      }
      if (delayMs === undefined || retryCount === maxRetryCount) return;
      await clock.sleep(delayMs(retryCount + 1), signal).catch(() => undefined);
      if (signal.aborted) return;
    }
  }

  /** In the names of the Azure host, whose first letters the library lowers. `Next` is the run that it is given to. */
  #timerObject({ last, next, lastUpdated }: Status, isPastDue: boolean): unknown {
    const text = (at: Date | undefined) => (at === undefined ? NEVER : withOffset(at));
    return {
      Schedule: { AdjustForDST: true },
      ScheduleStatus: this.#monitored ? { Last: text(last), Next: text(next), LastUpdated: text(lastUpdated) } : null,
      IsPastDue: isPastDue,
    };
  }

  #remember({ last, next, lastUpdated }: Status & { readonly lastUpdated: Date }): void {
    if (!this.#monitored) return;
    const { store, logger } = this.#options;
    const { name } = this.#trigger;
    try {
      store.write(name, {
        ...(last && { last: last.toISOString() }),
        next: next.toISOString(),
        lastUpdated: lastUpdated.toISOString(),
      });
    } catch (error) {
      logger(systemLine("warning", `The time of the last run was not stored: ${reasonOf(error)}`, name));
    }
  }
}

/**
 * Runs an app's timer triggers, in UTC. Throws for a schedule or a retry policy that Azure would refuse, and for
 * WEBSITE_TIME_ZONE, which Flex Consumption does not support
 * (https://learn.microsoft.com/azure/azure-functions/functions-app-settings#website_time_zone).
 */
export function createTimers(options: TimersOptions): Timers {
  if (options.functions.length > 0 && options.settings.WEBSITE_TIME_ZONE !== undefined) {
    throw new Error("WEBSITE_TIME_ZONE is set: timers are in UTC, here and on Flex Consumption.");
  }
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
