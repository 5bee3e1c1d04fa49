/** What /api/metrics shows. */
export interface Metrics {
  /** Counters and span durations of this process since its start, in Prometheus' text format 0.0.4. */
  renderMetrics(): string;
}

/** Upper bounds in seconds of the buckets in which spans are counted. */
const BUCKETS = [0.005, 0.025, 0.1, 0.25, 1, 5];
/** Series kept at most: a label with unbounded values is a mistake, and must not fill the memory. */
const MAX_SERIES = 2000;

interface Duration {
  readonly buckets: number[];
  seconds: number;
  count: number;
  failures: number;
}

/** Counts in memory; one number a counter and set of labels. */
export class MetricsRegistry implements Metrics {
  /** By metric name, then by rendered labels. */
  readonly #counters = new Map<string, Map<string, number>>();
  readonly #durations = new Map<string, Duration>();
  #series = 0;

  count(name: string, labels: Readonly<Record<string, string>> | undefined, by: number): void {
    const metric = `cordboard_${name.replace(/\W/g, "_")}_total`;
    const key = labels === undefined ? "" : renderLabels(labels);
    const series = this.#counters.get(metric) ?? new Map<string, number>();
    const value = series.get(key);
    if (value === undefined && !this.#mayAdd()) return;
    series.set(key, (value ?? 0) + by);
    this.#counters.set(metric, series);
  }

  /** A span's end. Names are few: routes, queues, containers. */
  observe(span: string, seconds: number, failed: boolean): void {
    const duration = this.#durations.get(span) ?? this.#newDuration(span);
    if (duration === undefined) return;
    duration.seconds += seconds;
    duration.count++;
    if (failed) duration.failures++;
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) duration.buckets[bucket] = (duration.buckets[bucket] ?? 0) + 1;
  }

  renderMetrics(): string {
    const lines: string[] = [];
    for (const [metric, series] of this.#counters) {
      lines.push(`# TYPE ${metric} counter`);
      for (const [labels, value] of series) lines.push(`${metric}${labels === "" ? "" : `{${labels}}`} ${value}`);
    }
    if (this.#durations.size > 0) lines.push(...this.#renderDurations());
    return `${lines.join("\n")}\n`;
  }

  #renderDurations(): string[] {
    const lines = ["# TYPE cordboard_span_seconds histogram"];
    for (const [span, { buckets, seconds, count }] of this.#durations) {
      const label = renderLabels({ span });
      let sum = 0;
      BUCKETS.forEach((bound, i) => {
        sum += buckets[i] ?? 0;
        lines.push(`cordboard_span_seconds_bucket{${label},le="${bound}"} ${sum}`);
      });
      lines.push(`cordboard_span_seconds_bucket{${label},le="+Inf"} ${count}`);
      lines.push(`cordboard_span_seconds_sum{${label}} ${seconds}`, `cordboard_span_seconds_count{${label}} ${count}`);
    }
    lines.push("# TYPE cordboard_span_failures_total counter");
    for (const [span, { failures }] of this.#durations)
      lines.push(`cordboard_span_failures_total{${renderLabels({ span })}} ${failures}`);
    return lines;
  }

  #newDuration(span: string): Duration | undefined {
    if (!this.#mayAdd()) return undefined;
    const duration = { buckets: BUCKETS.map(() => 0), seconds: 0, count: 0, failures: 0 };
    this.#durations.set(span, duration);
    return duration;
  }

  #mayAdd(): boolean {
    if (this.#series >= MAX_SERIES) return false;
    this.#series++;
    return true;
  }
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name.replace(/\W/g, "_")}="${escapeLabel(value)}"`)
    .join(",");
}

function escapeLabel(value: string): string {
  return value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}
