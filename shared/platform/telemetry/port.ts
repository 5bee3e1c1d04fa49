/**
 * Logs, traces and counts. A log line names what happened in constant words and carries ids; never message text, tokens,
 * names, phone numbers or addresses. `LogFields` has no place for them.
 */
export interface LogFields {
  readonly tenantId?: string;
  readonly operation?: string;
  readonly messageId?: string;
  readonly sessionId?: string;
  readonly conversationId?: string;
  readonly channelId?: string;
  readonly userId?: string;
  readonly mediaId?: string;
  readonly queue?: string;
  readonly container?: string;
  readonly route?: string;
  readonly status?: number;
  readonly code?: string | number;
  readonly attempt?: number;
  readonly count?: number;
  readonly milliseconds?: number;
  /** Milliseconds that a message was due before it was delivered. */
  readonly waited?: number;
  readonly reason?: string;
  /** Logged by name, `code` and stack frames; the message only where the class is known to hold none of a person's data. */
  readonly error?: unknown;
}

export type Level = "debug" | "info" | "warn" | "error";

export interface Telemetry {
  log(level: Level, message: string, fields?: LogFields): void;
  /**
   * Runs `work` inside a span, a child of the current one or of `traceparent` (W3C) where given. Records a throw as the
   * span's failure and throws on.
   */
  span<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T>;
  /** The current span as W3C `traceparent`, to travel with a queue message; undefined outside any span. */
  currentTraceparent(): string | undefined;
  /** Adds to a counter shown by /api/metrics, e.g. `count("webhook_events", { channel: "whatsapp" })`. */
  count(name: string, labels?: Readonly<Record<string, string>>, by?: number): void;
  /** Sends what is buffered. Bounded to 5 s. */
  flush(): Promise<void>;
}

export interface SpanOptions {
  readonly kind?: "internal" | "server" | "client" | "producer" | "consumer";
  readonly traceparent?: string | undefined;
  readonly fields?: LogFields;
}
