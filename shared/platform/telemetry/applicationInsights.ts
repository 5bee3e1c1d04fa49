import type { Context, Span, SpanKind } from "@opentelemetry/api";
import type { AzureMonitorOpenTelemetryOptions } from "applicationinsights";
import type { azureCredential } from "../credential.ts";
import { Problem } from "../errors.ts";
import { errorType } from "./errors.ts";
import { scalarFields } from "./logger.ts";
import type { SpanOptions } from "./port.ts";
import { parseTraceparent, type TracePosition } from "./trace.ts";
import type { Tracer } from "./tracer.ts";

/** Traces kept a second and instance, as in host.json; `OTEL_TRACES_SAMPLER` overrides. A trace is kept whole or not at all. */
const TRACES_PER_SECOND = 20;
const OFF = { enabled: false };

type SpanProcessor = NonNullable<AzureMonitorOpenTelemetryOptions["spanProcessors"]>[number];

export interface ApplicationInsightsOptions {
  readonly connectionString: string;
  /** As whom telemetry is sent: a resource without local authentication takes it from nobody else. */
  readonly credential?: typeof azureCredential | undefined;
  readonly serviceName: string;
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
    tracesPerSecond: TRACES_PER_SECOND,
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

  function parentOf(traceparent: string | undefined): Context {
    const remote = parseTraceparent(traceparent);
    if (remote === undefined) return context.active();
    const { traceId, spanId, sampled } = remote;
    return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: sampled ? 1 : 0, isRemote: true });
  }

  function finish(span: Span, options: SpanOptions, error: unknown): void {
    const status = error === undefined ? 200 : error instanceof Problem ? error.status : 500;
    if (options.kind === "server") span.setAttribute("http.response.status_code", status);
    // A request that was refused as it should be is no failure of the service.
    const failed = error !== undefined && !(options.kind === "server" && status < 500);
    if (failed) span.setStatus({ code: SpanStatusCode.ERROR, message: errorType(error) });
    span.end();
  }

  return {
    span: async (name, options, work) => {
      const parent = parentOf(options.traceparent);
      const attributes = attributesOf(name, options);
      const span = tracer.startSpan(name, { kind: kindOf(options.kind, api.SpanKind), attributes }, parent);
      try {
        const result = await context.with(trace.setSpan(parent, span), work);
        finish(span, options, undefined);
        return result;
      } catch (error) {
        finish(span, options, error ?? new Error("Nothing was thrown"));
        throw error;
      }
    },
    current: () => positionOf(trace.getActiveSpan()),
    flush: flushAzureMonitor,
  };
}

/**
 * The Azure SDKs' own spans hold addresses with document ids and error messages as they came, and there are three or four of
 * them to each of ours, so they stay here. They cannot be switched off: the SDK connects them whatever its options say.
 * This runs before the processor that exports, which leaves out what is not sampled.
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
function attributesOf(name: string, { kind, fields = {} }: SpanOptions): Record<string, string | number> {
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
