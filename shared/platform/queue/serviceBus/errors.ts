import { Problem } from "../../errors.ts";
import { explained } from "../../serviceFault.ts";
import { SessionLost } from "../port.ts";

/** The SDK's error code, read by shape: its classes would have to be loaded for `instanceof`. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** How a refusal of Service Bus looks to the product. What is a `Problem` or a mistake of the program already, stays. */
export function toProblem(error: unknown): unknown {
  if (error instanceof Problem || error instanceof RangeError) return error;
  if (codeOf(error) === "MessageSizeExceeded") {
    return new Problem("too-large", { detail: "The message is larger than the queue takes.", cause: error });
  }
  return new Problem("unavailable", {
    detail: "The queue cannot be reached right now. Try again.",
    retryAfter: 5,
    cause: explained("Service Bus", error),
  });
}

const LOST = new Set(["SessionLockLost", "SessionCannotBeLocked", "MessageLockLost", "MessageNotFound"]);

/** The same for what is done under a session's lock. */
export function toSessionProblem(error: unknown, sessionId: string): unknown {
  if (!LOST.has(codeOf(error) ?? "")) return toProblem(error);
  return new SessionLost(`The lock on session ${sessionId} was lost`, { cause: error });
}
