/** Whether an operation is sent though nothing in it failed. */
export interface Choice {
  readonly chosen: boolean;
  /** For how many operations each one that is chosen stands, itself included: a whole number, or infinity. */
  readonly weight: number;
}

export type Chooser = (traceId: string) => Choice;

/** Over how many milliseconds the pace is taken. */
const WINDOW = 1000;
/** Milliseconds of quiet that a burst may make good: of 20 a second, 200 at once are sent whole. */
const MAX_QUIET = 10 * WINDOW;

/**
 * Chooses operations so that about `perSecond` a second are sent however many there are. Exponentially decaying sums tell the
 * present pace; the trace's id decides, so that the parts of a trace in several instances of the same pace share their fate.
 * `now` is in milliseconds, of a clock that never goes back.
 */
export function traceSampler(perSecond: number, now: () => number): Chooser {
  let latest = now();
  let operations = 0;
  let milliseconds = WINDOW;
  return (traceId) => {
    const passed = now() - latest;
    latest += passed;
    const kept = Math.exp(-passed / WINDOW);
    operations = operations * kept + 1;
    milliseconds = Math.min(milliseconds * kept + passed, MAX_QUIET);
    const share = Math.min(1, ((milliseconds / 1000) * perSecond) / operations);
    const weight = Math.ceil(1 / share);
    return { weight, chosen: positionOf(traceId) < 1 / weight };
  };
}

/** From 0 to below 1. The last digits, since those are random by W3C's trace context, level 2. */
function positionOf(traceId: string): number {
  return Number.parseInt(traceId.slice(-13), 16) / 2 ** 52;
}
