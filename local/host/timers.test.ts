import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TypedData } from "./coreTypes.ts";
import { collectLog, type StoppedClock, stoppedClock, temporaryFolder } from "./testing.ts";
import { openTimerStore } from "./timerStore.ts";
import { createTimers } from "./timers.ts";

interface TimerObject {
  readonly IsPastDue: boolean;
  readonly ScheduleStatus: { readonly Last: string; readonly Next: string } | null;
}

describe("timer triggers", () => {
  let folder = temporaryFolder();
  let clock: StoppedClock;
  const { lines, log } = collectLog();
  beforeEach(() => {
    folder = temporaryFolder();
    clock = stoppedClock("2026-03-01T00:02:00Z");
    lines.length = 0;
  });
  afterEach(() => folder.remove());

  /** One timer function on the test's clock and data folder; `runs` says when it ran and with what. */
  function timer(options: Record<string, unknown>, handler: () => Promise<unknown> = async () => undefined) {
    const runs: { at: string; timer: TimerObject }[] = [];
    const binding = { type: "timerTrigger", direction: "in" as const, schedule: "0 */5 * * * *", ...options };
    const fn = { metadata: { name: "tick", bindings: { t: binding } }, callback: () => undefined };
    const timers = createTimers({
      functions: [{ fn, name: "tick", bindingName: "t", binding }],
      store: openTimerStore(join(folder.path, "timers.json")),
      settings: { EVERY: "0 */10 * * * *" },
      clock,
      logger: log,
      invoke: async (_, { data }: { data: TypedData }) => {
        runs.push({ at: clock.now().toISOString().slice(11, 19), timer: JSON.parse(data.json ?? "") });
        await handler();
        return {};
      },
    });
    return { runs, timers, at: () => runs.map((run) => run.at) };
  }

  const MINUTE = 60_000;

  it("runs at its times, with the time before and its own", async () => {
    const { runs, timers, at } = timer({});
    timers.start();
    await clock.advance(10 * MINUTE);
    await timers.drain();
    expect(at()).toEqual(["00:05:00", "00:10:00"]);
    expect(runs[1]?.timer).toMatchObject({
      IsPastDue: false,
      ScheduleStatus: { Last: "2026-03-01T00:05:00.000+00:00", Next: "2026-03-01T00:10:00.000+00:00" },
    });
  });

  it("takes a schedule from the settings", async () => {
    const { timers, at } = timer({ schedule: "%EVERY%" });
    timers.start();
    await clock.advance(20 * MINUTE);
    await timers.drain();
    expect(at()).toEqual(["00:10:00", "00:20:00"]);
  });

  it("never overlaps itself, and runs once at once for what passed meanwhile", async () => {
    const { timers, at } = timer({}, () => clock.sleep(12 * MINUTE));
    timers.start();
    await clock.advance(20 * MINUTE);
    expect(at()).toEqual(["00:05:00", "00:17:00"]);
    const drained = timers.drain();
    await clock.advance(12 * MINUTE);
    await drained;
  });

  it("makes up for missed runs once, says so, and then keeps its times", async () => {
    const before = timer({});
    before.timers.start();
    await clock.advance(4 * MINUTE);
    await before.timers.drain();
    await clock.advance(60 * MINUTE);
    const after = timer({});
    after.timers.start();
    await clock.advance(5 * MINUTE);
    await after.timers.drain();
    expect(before.at()).toEqual(["00:05:00"]);
    expect(after.at()).toEqual(["01:06:00", "01:10:00"]);
    expect(after.runs.map((run) => run.timer.IsPastDue)).toEqual([true, false]);
  });

  it("makes up for a run that the host did not live to begin, also the first ever", async () => {
    const before = timer({});
    before.timers.start();
    await clock.advance(MINUTE);
    await before.timers.drain();
    await clock.advance(10 * MINUTE);
    const after = timer({});
    after.timers.start();
    await clock.advance(0);
    await after.timers.drain();
    expect(after.runs.map((run) => run.timer.IsPastDue)).toEqual([true]);
  });

  it("makes nothing up after a short stop, without a monitor, or for schedules under a minute", async () => {
    for (const options of [{}, { useMonitor: false }, { schedule: "*/30 * * * * *" }]) {
      const before = timer(options);
      before.timers.start();
      await clock.advance(5 * MINUTE);
      await before.timers.drain();
      if (Object.keys(options).length > 0) await clock.advance(60 * MINUTE);
      const after = timer(options);
      after.timers.start();
      await clock.advance(0);
      await after.timers.drain();
      expect(after.runs).toEqual([]);
      rmSync(join(folder.path, "timers.json"), { force: true });
    }
  });

  it("runs at the start when it is told to", async () => {
    const { timers, at } = timer({ runOnStartup: true });
    timers.start();
    await clock.advance(0);
    await timers.drain();
    expect(at()).toEqual(["00:02:00"]);
  });

  it("logs a run that fails, and runs again", async () => {
    const { timers, at } = timer({}, () => Promise.reject(new Error("no luck")));
    timers.start();
    await clock.advance(10 * MINUTE);
    await timers.drain();
    expect(at()).toEqual(["00:05:00", "00:10:00"]);
    expect(lines.map((line) => line.message)).toEqual(["Error: no luck", "Error: no luck"]);
  });

  it("starts with a broken file of times", async () => {
    writeFileSync(join(folder.path, "timers.json"), "{");
    const { timers, at } = timer({});
    timers.start();
    await clock.advance(3 * MINUTE);
    await timers.drain();
    expect(at()).toEqual(["00:05:00"]);
  });
});
