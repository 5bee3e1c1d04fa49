import type { azureCredential } from "../credential.ts";
import type { ApplicationInsightsOptions } from "./applicationInsights.ts";
import { isFailure } from "./errors.ts";
import { formatLine } from "./logger.ts";
import { type Metrics, MetricsRegistry } from "./metrics.ts";
import type { Telemetry } from "./port.ts";
import { formatTraceparent } from "./trace.ts";
import { localTracer, type Tracer } from "./tracer.ts";

interface TelemetryOptions {
  /** Of an Application Insights resource; undefined: spans stay in this process. */
  readonly connectionString?: string | undefined;
  /** As whom telemetry is sent, to a resource that refuses what comes without. Default: by the connection string alone. */
  readonly credential?: typeof azureCredential | undefined;
  /** Operations sent a second, beside all that fail; default 20. 0: only those that fail. */
  readonly tracesPerSecond?: number | undefined;
  /** The role this process plays, e.g. `cordboard`. */
  readonly serviceName: string;
  readonly region: string;
  /** Takes each log line, newline included, e.g. `(line) => process.stdout.write(line)`. */
  readonly write: (line: string) => void;
  /** Default: the system's. */
  readonly now?: () => Date;
}

const TRACES_PER_SECOND = 20;
/** Milliseconds a flush may take. */
const FLUSH_LIMIT = 5000;

/**
 * Logs as lines of JSON, counters in memory, spans by Application Insights where there is a connection string. Its SDK is
 * loaded at once but in the background: the first spans wait for it, so that a cold start is not without a trace. When it
 * cannot be loaded the product works on without it, and says so.
 */
export function openTelemetry(options: TelemetryOptions): Telemetry & Metrics {
  const { serviceName, region, write, now = () => new Date(), connectionString, credential } = options;
  const { tracesPerSecond = TRACES_PER_SECOND } = options;
  const metrics = new MetricsRegistry();
  let tracer = localTracer();
  let loading: Promise<void> | undefined;

  const log: Telemetry["log"] = (level, message, fields) =>
    write(formatLine({ service: serviceName, region }, now(), level, message, fields, tracer.current()));

  if (connectionString !== undefined) {
    loading = loadTracer({ connectionString, serviceName, credential, tracesPerSecond })
      .then(
        (loaded) => {
          tracer = loaded;
        },
        (error: unknown) => log("error", "application insights could not be loaded", { error }),
      )
      .finally(() => {
        loading = undefined;
      });
  }

  const span: Telemetry["span"] = async (name, spanOptions, work) => {
    if (loading !== undefined) await loading;
    const started = performance.now();
    const observe = (failed: boolean) => metrics.observe(name, (performance.now() - started) / 1000, failed);
    try {
      const result = await tracer.span(name, spanOptions, work);
      observe(false);
      return result;
    } catch (error) {
      observe(isFailure(spanOptions.kind, error));
      throw error;
    }
  };

  return {
    log,
    span,
    currentTraceparent: () => {
      const position = tracer.current();
      return position && formatTraceparent(position);
    },
    count: (name, labels, by = 1) => metrics.count(name, labels, by),
    renderMetrics: () => metrics.renderMetrics(),
    flush: () =>
      bounded(
        (async () => {
          await loading;
          await tracer.flush();
        })(),
      ),
  };
}

async function loadTracer(options: ApplicationInsightsOptions): Promise<Tracer> {
  const { applicationInsightsTracer } = await import("./applicationInsights.ts");
  return applicationInsightsTracer(options);
}

async function bounded(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FLUSH_LIMIT);
  });
  await Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
