import type { Context, Span, SpanKind } from "@opentelemetry/api";
import type { AzureMonitorOpenTelemetryOptions } from "applicationinsights";
import type { azureCredential } from "../credential.ts";
import { Problem } from "../errors.ts";
import { errorType, isFailure } from "./errors.ts";
import { LocalTrace } from "./localTrace.ts";
import { scalarFields } from "./logger.ts";
import type { SpanOptions } from "./port.ts";
import { traceSampler } from "./sampling.ts";
import { parseTraceparent, type TracePosition } from "./trace.ts";
import type { Tracer } from "./tracer.ts";

const OFF = { enabled: false };

type SpanProcessor = NonNullable<AzureMonitorOpenTelemetryOptions["spanProcessors"]>[number];

export interface ApplicationInsightsOptions {
  readonly connectionString: string;
  /** As whom telemetry is sent: a resource without local authentication takes it from nobody else. */
  readonly credential?: typeof azureCredential | undefined;
  readonly serviceName: string;
  /** Operations sent a second and instance, beside all that fail. */
  readonly tracesPerSecond: number;
}

/**
 * Spans that OpenTelemetry collects and Application Insights shows: server and consumer spans as requests, the others as
 * dependencies. See docs/decisions/005-telemetry-and-commonjs.md for what is switched off here and why.
 */
export async function applicationInsightsTracer(options: ApplicationInsightsOptions): Promise<Tracer> {
  const [{ useAzureMonitor, flushAzureMonitor }, api, credential] = await Promise.all([
    import("applicationinsights"),
    import("@opentelemetry/api"),
    options.credential?.(),
  ]);
  useAzureMonitor({
    azureMonitorExporterOptions: {
      connectionString: options.connectionString,
      disableOfflineStorage: true,
      ...(credential === undefined ? {} : { credential }),
    },
    // Everything is recorded; what is sent, a LocalTrace decides when it knows how it ended. The ratio counts only without a pace.
    tracesPerSecond: 0,
    samplingRatio: 1,
    enableLiveMetrics: false,
    enableStandardMetrics: false,
    enablePerformanceCounters: false,
    // It would send the messages of errors as they are.
    enableAutoCollectExceptions: false,
    spanProcessors: [onlySpansOf(options.serviceName)],
    instrumentationOptions: {
      http: OFF,
      mongoDb: OFF,
      mySql: OFF,
      postgreSql: OFF,
      redis: OFF,
      redis4: OFF,
      console: OFF,
      bunyan: OFF,
      winston: OFF,
    },
  });
  const tracer = api.trace.getTracer(options.serviceName);
  const { context, trace, ROOT_CONTEXT, SpanStatusCode } = api;
  const choose = traceSampler(options.tracesPerSecond, () => performance.now());
  const LOCAL_TRACE = api.createContextKey("cordboard local trace");
  // As @opentelemetry/core names it; a key of the same words is the same key, whichever package makes it.
  const SUPPRESSED = api.createContextKey("OpenTelemetry SDK Context Key SUPPRESS_TRACING");

  function parentOf(traceparent: string | undefined): Context {
    const remote = parseTraceparent(traceparent);
    if (remote === undefined) return context.active().deleteValue(SUPPRESSED);
    const { traceId, spanId, sampled } = remote;
    return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: sampled ? 1 : 0, isRemote: true });
  }

  function localTraceOf(parent: Context): LocalTrace | undefined {
    const found = parent.getValue(LOCAL_TRACE);
    return found instanceof LocalTrace ? found : undefined;
  }

  function note(span: Span, localTrace: LocalTrace, { kind }: SpanOptions, error: unknown): void {
    const status = error instanceof Problem ? error.status : 500;
    if (kind === "server") span.setAttribute("http.response.status_code", status);
    if (!isFailure(kind, error)) {
      // Or the exporter takes a request that was refused as it should be for a failed one.
      if (kind === "server") span.setStatus({ code: SpanStatusCode.OK });
      return;
    }
    span.setStatus({ code: SpanStatusCode.ERROR, message: errorType(error) });
    localTrace.fail(span, error);
  }

  return {
    span: async (name, options, work) => {
      const parent = parentOf(options.traceparent);
      const attributes = attributesOf(name, options);
      const span = tracer.startSpan(name, { kind: kindOf(options.kind, api.SpanKind), attributes }, parent);
      const around = localTraceOf(parent);
      const localTrace = around ?? new LocalTrace(choose(span.spanContext().traceId));
      const within = parent.setValue(LOCAL_TRACE, localTrace).setValue(SUPPRESSED, true);
      try {
        const result = await context.with(trace.setSpan(within, span), work);
        if (options.kind === "server") span.setAttribute("http.response.status_code", 200);
        return result;
      } catch (error) {
        note(span, localTrace, options, error);
        throw error;
      } finally {
        localTrace.end(span, around === undefined);
      }
    },
    current: () => positionOf(trace.getActiveSpan()),
    flush: flushAzureMonitor,
  };
}

/**
 * The Azure SDKs' own spans hold addresses with document ids and error messages as they came, and there are three or four of
 * them to each of ours. Within our spans none are made; those of what runs outside (fetching a key) stay here. They cannot be
 * switched off: the SDK connects them whatever its options say. This runs before the processor that exports, which leaves out
 * what is not sampled.
 */
function onlySpansOf(scope: string): SpanProcessor {
  return {
    onStart: () => {},
    onEnd: (span) => {
      if (span.instrumentationScope.name !== scope) span.spanContext().traceFlags = 0;
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
}

function positionOf(span: Span | undefined): TracePosition | undefined {
  if (span === undefined) return undefined;
  const { traceId, spanId, traceFlags } = span.spanContext();
  return { traceId, spanId, sampled: (traceFlags & 1) === 1 };
}

function kindOf(kind: SpanOptions["kind"], kinds: typeof SpanKind): SpanKind {
  switch (kind) {
    case "server":
      return kinds.SERVER;
    case "client":
      return kinds.CLIENT;
    case "producer":
      return kinds.PRODUCER;
    case "consumer":
      return kinds.CONSUMER;
    default:
      return kinds.INTERNAL;
  }
}

/** OpenTelemetry's names where it has one, so that Application Insights draws stores and queues as what they are. */
export function attributesOf(name: string, { kind, fields = {} }: SpanOptions): Record<string, string | number> {
  const { queue, container, route, ...rest } = scalarFields(fields);
  const attributes: Record<string, string | number> = {};
  for (const [field, value] of Object.entries(rest)) attributes[`cordboard.${field}`] = value;
  if (container !== undefined)
    Object.assign(attributes, { "db.system": "cosmosdb", "db.name": container, "db.operation": name });
  if (queue !== undefined)
    Object.assign(attributes, { "messaging.system": "servicebus", "messaging.destination.name": queue });
  // The exporter names requests by this, and makes it itself for HTTP only.
  if (kind === "consumer") attributes["ai.operation.name"] = name;
  if (route !== undefined && kind === "server") {
    const [method = "", path = ""] = String(route).split(" ");
    Object.assign(attributes, { "http.request.method": method, "http.route": path });
  }
  return attributes;
}
