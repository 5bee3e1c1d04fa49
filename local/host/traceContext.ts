import { randomFillSync } from "node:crypto";
import type { TraceContext } from "./coreTypes.ts";

/** W3C trace context, version 00. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

const BYTES_PER_TRACE = 24;
const pool = Buffer.alloc(BYTES_PER_TRACE * 256);
let used = pool.length;

function newTraceparent(): string {
  // Random bytes are drawn in bulk: one system call per trace would be among the dearest parts of an empty invocation.
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const hex = pool.toString("hex", used, used + BYTES_PER_TRACE);
  used += BYTES_PER_TRACE;
  return `00-${hex.slice(0, 32)}-${hex.slice(32)}-01`;
}

/** The caller's trace when it sent a valid one, otherwise a new one: an invocation on Azure always has a trace. */
export function traceContextFrom(traceparent: string | undefined, tracestate?: string): TraceContext {
  if (traceparent === undefined || !TRACEPARENT.test(traceparent)) return { traceParent: newTraceparent() };
  return tracestate === undefined || tracestate === ""
    ? { traceParent: traceparent }
    : { traceParent: traceparent, traceState: tracestate.slice(0, 512) };
}
