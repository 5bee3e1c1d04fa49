import type { LogFields, Telemetry } from "../telemetry/port.ts";

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields | undefined;
}

/** Telemetry for tests: keeps its lines for the test to look at, prints nothing, and makes no spans. */
export function silentTelemetry(): Telemetry & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  return {
    lines,
    log: (level, message, fields) => void lines.push({ level, message, fields }),
    span: (_name, _options, work) => work(),
    currentTraceparent: () => undefined,
    count: () => undefined,
    flush: async () => undefined,
  };
}
