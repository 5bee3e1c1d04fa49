import { exceptionOf } from "./errors.ts";
import type { Choice } from "./sampling.ts";

/** Where Azure Monitor's exporter looks for the share of operations that were sent, in percent: items count 100 / share. */
const SAMPLE_RATE = "microsoft.sample_rate";
/** Spans held at most. When there are more, what is known by then decides about them. */
const MAX_HELD = 500;

/** What is needed of OpenTelemetry's span. */
export interface EndingSpan {
  spanContext(): { traceFlags: number };
  setAttribute(name: string, value: number): unknown;
  addEvent(name: string, attributes: Record<string, string>): unknown;
  /** In milliseconds of `performance`. */
  end(time: number): void;
}

interface Held {
  readonly span: EndingSpan;
  readonly endedAt: number;
}

/**
 * One instance's part of a trace: a request, a delivery or a timer, with all that happens within. Its spans are held until
 * the first of them ends; then all are sent, if any failed or the trace was chosen, or none. One that failed counts for
 * itself alone even when it was chosen, because all that fail are sent: so sums over what arrives stay right.
 */
export class LocalTrace {
  readonly #choice: Choice;
  readonly #held: Held[] = [];
  readonly #told = new WeakSet<object>();
  #failed = false;
  #over = false;

  constructor(choice: Choice) {
    this.#choice = choice;
  }

  /** Notes what a span failed with, and the error on the innermost span only: it passes through those around it. */
  fail(span: EndingSpan, error: unknown): void {
    this.#failed = true;
    if (typeof error === "object" && error !== null) {
      if (this.#told.has(error)) return;
      this.#told.add(error);
    }
    span.addEvent("exception", exceptionOf(error));
  }

  /** In place of `span.end()`. `isFirst`: the span in which all others of this instance lie. */
  end(span: EndingSpan, isFirst: boolean): void {
    this.#held.push({ span, endedAt: performance.now() });
    this.#over ||= isFirst;
    if (!this.#over && this.#held.length < MAX_HELD) return;
    for (const each of this.#held.splice(0)) this.#settle(each);
  }

  #settle({ span, endedAt }: Held): void {
    const { chosen, weight } = this.#choice;
    // What has no such flag at its end is not exported.
    if (!this.#failed && !chosen) span.spanContext().traceFlags = 0;
    else if (!this.#failed && weight > 1) span.setAttribute(SAMPLE_RATE, 100 / weight);
    span.end(endedAt);
  }
}
