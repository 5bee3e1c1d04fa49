import type { Clock } from "../clock.ts";

/** A clock that stands at `start` until it is moved; sleeping moves it. */
export function fixedClock(start = "2026-11-21T08:00:00.000Z"): Clock & { advance(milliseconds: number): void } {
  let now = Date.parse(start);
  return {
    now: () => new Date(now),
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      now += milliseconds;
    },
    advance: (milliseconds) => {
      now += milliseconds;
    },
  };
}
