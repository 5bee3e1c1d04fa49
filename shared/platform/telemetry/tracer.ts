import { AsyncLocalStorage } from "node:async_hooks";
import type { SpanOptions } from "./port.ts";
import { parseTraceparent, randomHex, type TracePosition } from "./trace.ts";

/** What makes spans: this process alone, or OpenTelemetry on behalf of Application Insights. */
export interface Tracer {
  span<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T>;
  current(): TracePosition | undefined;
  flush(): Promise<void>;
}

/**
 * Spans that nobody collects: they only give log lines and queue messages their trace. Costs two random ids and one
 * asynchronous context a span.
 */
export function localTracer(): Tracer {
  const positions = new AsyncLocalStorage<TracePosition>();
  return {
    span: (_name, options, work) => {
      const parent = parseTraceparent(options.traceparent) ?? positions.getStore();
      const { traceId, sampled } = parent ?? { traceId: randomHex(16), sampled: true };
      return positions.run({ traceId, spanId: randomHex(8), sampled }, work);
    },
    current: () => positions.getStore(),
    flush: async () => {},
  };
}
