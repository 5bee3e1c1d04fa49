import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EndingSpan, LocalTrace } from "./localTrace.ts";
import { type Choice, traceSampler } from "./sampling.ts";

/** Trace ids spread evenly, without chance: the fractional parts of multiples of the golden ratio. */
function traceId(n: number): string {
  const position = Math.floor(((n * 0.618_033_988_749_895) % 1) * 2 ** 52);
  return position.toString(16).padStart(32, "0");
}

/** Operations at an even pace of so many a second, for so many seconds, after a minute of quiet. */
function choices(limit: number, pace: number, seconds: number): Choice[] {
  let now = 0;
  const choose = traceSampler(limit, () => now);
  now += 60_000;
  return Array.from({ length: pace * seconds }, (_, n) => {
    now += 1000 / pace;
    return choose(traceId(n));
  });
}

const chosenOf = (some: readonly Choice[]) => some.filter(({ chosen }) => chosen);
const sumOf = (some: readonly Choice[]) => some.reduce((sum, { weight }) => sum + weight, 0);

describe("the sampler", () => {
  it("chooses everything below its pace, and a burst after a quiet time", () => {
    expect(chosenOf(choices(20, 10, 60))).toHaveLength(600);
    const choose = traceSampler(20, () => 60_000);
    expect(chosenOf(Array.from({ length: 20 }, (_, n) => choose(traceId(n))))).toHaveLength(20);
  });

  it.each([100, 1000, 5000])("keeps its pace of 20 when there are %i a second", (pace) => {
    const steady = choices(20, pace, 30).slice(pace * 10);
    const chosen = chosenOf(steady);
    expect(chosen.length / 20).toBeGreaterThan(15);
    expect(chosen.length / 20).toBeLessThan(25);
  });

  it.each([30, 1000, 5000])("lets those that it chose stand for all of %i a second", (pace) => {
    const all = choices(20, pace, 30);
    const chosen = chosenOf(all);
    expect(Math.abs(sumOf(chosen) - all.length) / all.length).toBeLessThan(0.05);
    for (const { weight } of chosen) expect(Number.isInteger(weight)).toBe(true);
  });

  it("chooses nothing at a pace of nothing", () => {
    expect(chosenOf(choices(0, 100, 10))).toEqual([]);
  });

  it("decides the same for a trace in two instances of the same pace, and less where there is more", () => {
    const at = (pace: number) => choices(20, pace, 30).map(({ chosen }) => chosen);
    expect(at(400)).toEqual(at(400));
    const [few, many] = [at(400).slice(4000, 8000), at(4000).slice(4000, 8000)];
    const onlyInMany = many.filter((chosen, n) => chosen && !few[n]);
    expect(onlyInMany).toEqual([]);
  });
});

function fakeSpan() {
  const context = { traceFlags: 1 };
  const attributes: Record<string, number> = {};
  const events: string[] = [];
  const state = { ended: false };
  const span: EndingSpan = {
    spanContext: () => context,
    setAttribute: (name, value) => {
      attributes[name] = value;
    },
    addEvent: (name) => events.push(name),
    end: () => {
      state.ended = true;
    },
  };
  return { span, attributes, events, state, sent: () => state.ended && context.traceFlags === 1 };
}

describe("an instance's part of a trace", () => {
  const no = { chosen: false, weight: 50 };
  const yes = { chosen: true, weight: 50 };

  it("is sent whole, or not at all, and counts for as many as it stands for", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }), fc.boolean(), (fails, chosen) => {
        const trace = new LocalTrace(chosen ? yes : no);
        const spans = fails.map(() => fakeSpan());
        for (const [n, { span }] of spans.entries()) {
          if (fails[n]) trace.fail(span, new Error("x"));
          expect(spans.some(({ state }) => state.ended)).toBe(false);
          trace.end(span, n === spans.length - 1);
        }
        const failed = fails.includes(true);
        expect(spans.every(({ state }) => state.ended)).toBe(true);
        expect(new Set(spans.map(({ sent }) => sent()))).toEqual(new Set([failed || chosen]));
        const rate = failed || !chosen ? undefined : 2;
        for (const { attributes } of spans) expect(attributes["microsoft.sample_rate"]).toBe(rate);
      }),
    );
  });

  it("tells an error once, on the innermost span that it ended", () => {
    const trace = new LocalTrace(no);
    const [inner, outer] = [fakeSpan(), fakeSpan()];
    const error = new Error("x");
    trace.fail(inner.span, error);
    trace.end(inner.span, false);
    trace.fail(outer.span, error);
    trace.end(outer.span, true);
    expect([inner.events, outer.events]).toEqual([["exception"], []]);
  });

  it("does not hold spans without end, and sends what comes after a failure late", () => {
    const trace = new LocalTrace(no);
    const early = Array.from({ length: 600 }, fakeSpan);
    for (const { span } of early) trace.end(span, false);
    expect(early.filter(({ state }) => state.ended)).toHaveLength(500);
    const late = fakeSpan();
    trace.fail(late.span, new Error("x"));
    trace.end(late.span, true);
    expect(early.filter(({ sent }) => sent())).toHaveLength(100);
    const straggler = fakeSpan();
    trace.end(straggler.span, false);
    expect(straggler.sent()).toBe(true);
  });
});
