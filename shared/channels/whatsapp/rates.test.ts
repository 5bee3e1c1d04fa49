import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fixedClock } from "../../platform/testing/fixedClock.ts";
import { NumberRates } from "./rates.ts";

describe("NumberRates", () => {
  it("lets a burst through, then as many as the rate, each number on its own", () => {
    const clock = fixedClock();
    const rates = new NumberRates(clock, 4);
    const full = { seconds: 0.25, code: 130429 };
    expect([1, 2, 3, 4, 5].map(() => rates.take("a"))).toEqual([undefined, undefined, undefined, undefined, full]);
    expect(rates.take("b")).toBeUndefined();
    clock.advance(250);
    expect([rates.take("a"), rates.take("a")]).toEqual([undefined, full]);
  });

  it("closes a number for as long as it is told", () => {
    const clock = fixedClock();
    const rates = new NumberRates(clock);
    rates.close("a", 5, 131048);
    rates.close("a", 2, 130429);
    expect([rates.take("a"), rates.take("b")]).toEqual([{ seconds: 5, code: 131048 }, undefined]);
    expect([rates.isClosed("a"), rates.isClosed("b")]).toEqual([true, false]);
    clock.advance(5000);
    expect(rates.take("a")).toBeUndefined();
    expect(rates.isClosed("a")).toBe(false);
  });

  it("never lets more through in any stretch of time than burst and rate allow", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 }), (pauses) => {
        const clock = fixedClock();
        const rates = new NumberRates(clock, 10);
        let [sent, elapsed] = [0, 0];
        for (const pause of pauses) {
          clock.advance(pause);
          elapsed += pause;
          if (rates.take("a") === undefined) sent++;
          expect(sent).toBeLessThanOrEqual(10 + elapsed / 100 + 1e-6);
        }
      }),
    );
    expect(() => new NumberRates(fixedClock(), 0)).toThrow(RangeError);
  });
});
