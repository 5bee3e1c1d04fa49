import { describeError } from "./errors.ts";
import type { Level, LogFields } from "./port.ts";
import type { TracePosition } from "./trace.ts";

/**
 * The fields a line may have. A list and not only a type, because an object that is passed on may carry more than its type
 * says, e.g. a whole message.
 */
const TEXT_FIELDS = [
  "tenantId",
  "operation",
  "messageId",
  "sessionId",
  "conversationId",
  "channelId",
  "userId",
  "mediaId",
  "queue",
  "container",
  "route",
  "reason",
] as const satisfies readonly (keyof LogFields)[];
const NUMBER_FIELDS = [
  "status",
  "attempt",
  "count",
  "milliseconds",
  "waited",
] as const satisfies readonly (keyof LogFields)[];

const MAX_TEXT = 500;

/** Fields as scalars, those that are no fields of ours left out. */
export function scalarFields(fields: LogFields): Record<string, string | number> {
  const kept: Record<string, string | number> = {};
  for (const name of TEXT_FIELDS) {
    const value: unknown = fields[name];
    if (typeof value === "string") kept[name] = value.slice(0, MAX_TEXT);
  }
  for (const name of NUMBER_FIELDS) {
    const value: unknown = fields[name];
    if (typeof value === "number") kept[name] = value;
  }
  const code: unknown = fields.code;
  if (typeof code === "string" || typeof code === "number") kept.code = code;
  return kept;
}

/** What every line of a process carries. */
export interface LineContext {
  readonly service: string;
  readonly region: string;
}

/** One line of JSON, with its newline. */
export function formatLine(
  context: LineContext,
  time: Date,
  level: Level,
  message: string,
  fields: LogFields | undefined,
  position: TracePosition | undefined,
): string {
  const line = {
    time: time.toISOString(),
    level,
    message,
    ...context,
    ...(fields === undefined ? {} : scalarFields(fields)),
    ...(position === undefined ? {} : { traceId: position.traceId, spanId: position.spanId }),
    ...(fields?.error === undefined ? {} : { error: describeError(fields.error) }),
  };
  return `${JSON.stringify(line)}\n`;
}
