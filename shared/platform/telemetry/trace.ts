import { randomFillSync } from "node:crypto";

/** Where a span stands in its trace, as W3C trace context names it: hexadecimal, 32 and 16 digits. */
export interface TracePosition {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** Undefined for anything that is not a valid `traceparent`: it may come from outside. */
export function parseTraceparent(text: string | undefined): TracePosition | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(text ?? "") ?? [];
  if (text === undefined || text.length > 200 || text.startsWith("ff")) return undefined;
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent({ traceId, spanId, sampled }: TracePosition): string {
  return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
}

/** Random bytes are drawn in bulk: a system call for each of thousands of spans a second would cost more than the spans. */
const pool = Buffer.alloc(8192);
let used = pool.length;

/** `bytes` random bytes in hexadecimal; for ids that must be unlike, not for secrets. */
export function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString("hex", used - bytes, used);
}
