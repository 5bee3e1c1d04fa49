import { join } from "node:path";
import type { Timer } from "@azure/functions";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BindingInfo, FunctionMetadata, RetryContext } from "../coreTypes.ts";
import { collectLog, type StoppedClock, stoppedClock, temporaryFolder } from "../testing.ts";
import { openTimerStore } from "../timerStore.ts";
import { createTimers } from "../timers.ts";
import { startContractHost } from "./contractHost.ts";

/**
 * Timers: https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer and, where that is silent,
 * TimerListener.cs and ScheduleMonitor.cs of https://github.com/Azure/azure-webjobs-sdk-extensions; retries:
 * https://learn.microsoft.com/azure/azure-functions/functions-bindings-errors#retry-policies
 */
const MINUTE = 60_000;
const NEVER = "0001-01-01T00:00:00+00:00";

let folder = temporaryFolder();
let clock: StoppedClock;
const { lines, log } = collectLog();
beforeEach(() => {
  folder = temporaryFolder();
  clock = stoppedClock("2026-03-01T00:02:00Z");
  lines.length = 0;
});
afterEach(() => folder.remove());

interface Run {
  readonly at: string;
  readonly isPastDue: boolean;
  readonly status: Readonly<Record<string, string>> | null;
  readonly retry: RetryContext | undefined;
}

interface TimerOptions {
  readonly binding?: Record<string, unknown>;
  readonly retryOptions?: unknown;
  readonly settings?: Record<string, string>;
  readonly handler?: (run: number) => Promise<unknown>;
}

const HOUR_AND_MINUTE = { start: 11, end: 19 };

/** A timer that runs each five minutes unless `binding` says otherwise. */
function timer({ binding: options = {}, retryOptions, settings = {}, handler }: TimerOptions = {}) {
  const runs: Run[] = [];
  const binding: BindingInfo = { type: "timerTrigger", direction: "in", schedule: "0 */5 * * * *", ...options };
  const metadata: FunctionMetadata = { name: "tick", bindings: { t: binding }, retryOptions };
  const timers = createTimers({
    functions: [{ fn: { metadata, callback: () => undefined }, name: "tick", bindingName: "t", binding }],
    store: openTimerStore(join(folder.path, "timers.json")),
    settings,
    clock,
    logger: log,
    invoke: async (_, { data, retryContext }) => {
      const { IsPastDue, ScheduleStatus } = JSON.parse(data.json ?? "");
      const at = clock.now().toISOString().slice(HOUR_AND_MINUTE.start, HOUR_AND_MINUTE.end);
      runs.push({ at, isPastDue: IsPastDue, status: ScheduleStatus, retry: retryContext });
      await handler?.(runs.length);
      return {};
    },
  });
  return { runs, timers, at: () => runs.map((run) => run.at) };
}

/** Starts a timer, lets `minutes` pass and stops it. */
async function live(options: TimerOptions, minutes: number) {
  const one = timer(options);
  one.timers.start();
  await clock.advance(minutes * MINUTE);
  await one.timers.drain();
  return one;
}

describe("what a timer function is given", () => {
  it("is the documented timer, in camel case, through the library", async () => {
    const seen: Timer[] = [];
    const host = await startContractHost({ clock, probe: { timer: (given) => seen.push(given) } });
    await clock.advance(8 * MINUTE);
    await vi.waitFor(() => expect(seen).toHaveLength(2));
    await host.stop();
    const time = (minute: string) => `2026-03-01T00:${minute}:00.000+00:00`;
    const common = { isPastDue: false, schedule: { adjustForDST: true } };
    expect(seen).toEqual([
      { ...common, scheduleStatus: { last: NEVER, next: time("05"), lastUpdated: NEVER } },
      // `next` is the run that is under way: it is moved on after it.
      { ...common, scheduleStatus: { last: time("05"), next: time("10"), lastUpdated: time("05") } },
    ]);
  });

  it.each([
    ["useMonitor is false", { useMonitor: false }],
    ["two runs fall into a minute", { schedule: "*/30 * * * * *" }],
  ])("has no status when %s", async (_, binding) => {
    const { runs } = await live({ binding }, 5);
    expect(runs.length).toBeGreaterThan(0);
    expect(runs.every(({ status }) => status === null)).toBe(true);
  });

  it("has a status for two runs in a minute once a day", async () => {
    const { runs } = await live({ binding: { schedule: "0,30 5 0 * * *" } }, 5);
    expect(runs.map(({ status }) => status?.Next?.slice(11, 19))).toEqual(["00:05:00", "00:05:30"]);
  });
});

describe("when a timer runs", () => {
  it("is never beside itself; what was due meanwhile follows once and at once, and is not past due", async () => {
    const { runs, at } = await live(
      { handler: (run) => (run === 1 ? clock.sleep(12 * MINUTE) : Promise.resolve()) },
      20,
    );
    expect(at()).toEqual(["00:05:00", "00:17:00", "00:20:00"]);
    expect(runs.map(({ isPastDue }) => isPastDue)).toEqual([false, false, false]);
  });

  it("is at once when it was missed while the host was down, and past due", async () => {
    await live({}, 4);
    await clock.advance(30 * MINUTE);
    const { runs, at } = await live({ binding: { runOnStartup: true } }, 5);
    // One run, not one more for runOnStartup.
    expect(at()).toEqual(["00:36:00", "00:40:00"]);
    expect(runs[0]).toMatchObject({
      isPastDue: true,
      status: { Last: "2026-03-01T00:05:00.000+00:00", Next: "2026-03-01T00:10:00.000+00:00" },
    });
  });

  it("is not made up for when the schedule has changed meanwhile", async () => {
    await live({}, 4);
    await clock.advance(30 * MINUTE);
    const { runs, at } = await live({ binding: { schedule: "0 7 * * * *" } }, 40);
    expect(at()).toEqual(["01:07:00"]);
    expect(runs[0]).toMatchObject({ isPastDue: false, status: { Last: NEVER } });
  });

  it("is at the start, when runOnStartup says so", async () => {
    const { runs, at } = await live({ binding: { runOnStartup: true } }, 4);
    expect(at()).toEqual(["00:02:00", "00:05:00"]);
    expect(runs[0]?.isPastDue).toBe(false);
  });

  it("is by UTC, whatever zone the machine has", async () => {
    vi.stubEnv("TZ", "America/New_York");
    const { at } = await live({ binding: { schedule: "0 0 1 * * *" } }, 60);
    vi.unstubAllEnvs();
    expect(at()).toEqual(["01:00:00"]);
  });
});

describe("retries", () => {
  const fixed = { retryStrategy: "fixedDelay", maxRetryCount: 2, delayInterval: { seconds: 10 } };
  const fails = () => Promise.reject(new RangeError("no luck"));

  it("follow each other after a fixed delay, and tell their number and why", async () => {
    const { runs, at } = await live({ retryOptions: fixed, handler: fails }, 4);
    expect(at()).toEqual(["00:05:00", "00:05:10", "00:05:20"]);
    expect(runs.map(({ retry }) => retry)).toEqual([
      { retryCount: 0, maxRetryCount: 2 },
      { retryCount: 1, maxRetryCount: 2, exception: expect.objectContaining({ message: "RangeError: no luck" }) },
      { retryCount: 2, maxRetryCount: 2, exception: expect.objectContaining({ message: "RangeError: no luck" }) },
    ]);
    expect(lines).toHaveLength(3);
  });

  it("end with the first that succeeds, and keep the timer from running beside them", async () => {
    const retryOptions = { ...fixed, maxRetryCount: -1, delayInterval: { seconds: 150 } };
    const { at } = await live({ retryOptions, handler: (run) => (run < 4 ? fails() : Promise.resolve()) }, 13.5);
    expect(at()).toEqual(["00:05:00", "00:07:30", "00:10:00", "00:12:30", "00:12:30", "00:15:00"]);
  });

  it("back off by powers of two from the minimum to the maximum", async () => {
    const retryOptions = {
      retryStrategy: "exponentialBackoff",
      maxRetryCount: 5,
      minimumInterval: { seconds: 10 },
      maximumInterval: { seconds: 60 },
    };
    const times: number[] = [];
    const handler = () => {
      times.push(clock.now().getTime());
      return fails();
    };
    await live({ binding: { schedule: "0 5 0 * * *" }, retryOptions, handler }, 10);
    const delays = times.slice(1).map((time, at) => (time - (times[at] ?? 0)) / 1000);
    expect(delays).toHaveLength(5);
    const [first, second = 0, third = 0, fourth = 0, fifth] = delays;
    expect([first, fifth]).toEqual([10, 60]);
    for (const [delay, added] of [
      [second, 10],
      [third, 20],
      [fourth, 40],
    ] as const) {
      expect(delay).toBeGreaterThanOrEqual(10 + 0.8 * added);
      expect(delay).toBeLessThanOrEqual(Math.min(10 + 1.2 * added, 60));
    }
  });

  it("stop with the host", async () => {
    const { at } = await live({ retryOptions: { ...fixed, maxRetryCount: -1 }, handler: fails }, 3.25);
    await clock.advance(10 * MINUTE);
    expect(at()).toEqual(["00:05:00", "00:05:10"]);
  });
});

describe("a timer is refused", () => {
  it.each<[string, TimerOptions, RegExp]>([
    ["five fields", { binding: { schedule: "*/5 * * * *" } }, /six fields/],
    ["a time span, which only dedicated plans have", { binding: { schedule: "00:05:00" } }, /six fields/],
    ["a field out of range", { binding: { schedule: "0 0 24 * * *" } }, /hour/],
    ["a day that never comes", { binding: { schedule: "0 0 0 31 2 *" } }, /never comes/],
    ["a setting that is missing", { binding: { schedule: "%NIGHTLY%" } }, /NIGHTLY/],
    ["no schedule", { binding: { schedule: undefined } }, /six fields/],
    ["a time zone", { settings: { WEBSITE_TIME_ZONE: "Europe/Berlin" } }, /WEBSITE_TIME_ZONE/],
    ["an unknown strategy", { retryOptions: { retryStrategy: "often", maxRetryCount: 1 } }, /retry policy/],
    ["a delay that is missing", { retryOptions: { retryStrategy: "fixedDelay", maxRetryCount: 1 } }, /delayInterval/],
    [
      "a minimum over the maximum",
      {
        retryOptions: {
          retryStrategy: "exponentialBackoff",
          maxRetryCount: 1,
          minimumInterval: { seconds: 2 },
          maximumInterval: { seconds: 1 },
        },
      },
      /minimumInterval/,
    ],
    [
      "a count below -1",
      { retryOptions: { retryStrategy: "fixedDelay", maxRetryCount: -2, delayInterval: { seconds: 1 } } },
      /maxRetryCount/,
    ],
  ])("for %s", (_, options, message) => expect(() => timer(options)).toThrow(message));
});
