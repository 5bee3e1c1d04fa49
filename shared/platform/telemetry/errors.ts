import { CommitRejected } from "../documents/port.ts";
import { Problem } from "../errors.ts";
import { SessionLost } from "../queue/port.ts";
import { ServiceFault } from "../serviceFault.ts";
import type { SpanOptions } from "./port.ts";

/** An error as a log may hold it. */
export interface LoggedError {
  readonly name: string;
  readonly code?: string | number;
  readonly message?: string;
  /** `at …` lines, at most 12. */
  readonly stack?: readonly string[];
  readonly cause?: LoggedError;
}

const MAX_FRAMES = 12;
const MAX_CAUSES = 3;

/**
 * Messages of foreign errors quote what they choked on (an address, a line of a message, a token), so they are never
 * logged; nor is a Problem's detail, which is written for the person who asked and may quote them.
 */
export function describeError(error: unknown, causes = MAX_CAUSES): LoggedError {
  if (!(error instanceof Error)) return { name: error === null ? "null" : typeof error };
  const code = codeOf(error);
  const stack = frames(error);
  return {
    name: word(error.name) ?? "Error",
    ...(code === undefined ? {} : { code }),
    ...(isWordedByUs(error) ? { message: error.message } : {}),
    ...(stack.length === 0 ? {} : { stack }),
    ...(error.cause === undefined || causes === 0 ? {} : { cause: describeError(error.cause, causes - 1) }),
  };
}

/** The name and code of an error, for where one word must do. */
export function errorType(error: unknown): string {
  const { name, code } = describeError(error, 0);
  return code === undefined ? name : `${name} ${code}`;
}

/**
 * An error in the names of OpenTelemetry's conventions for exceptions, with nothing more than a log line has. A Problem says
 * what its caller may hear, so where it has a cause, that is what failed.
 */
export function exceptionOf(error: unknown): Record<string, string> {
  const failed = error instanceof Problem ? (error.cause ?? error) : error;
  const described = describeError(failed);
  return {
    "exception.type": described.name,
    "exception.message": described.message ?? errorType(failed),
    "exception.stacktrace": stackOf(described),
  };
}

function stackOf({ name, code, message, stack = [], cause }: LoggedError): string {
  const head = [name, ...(code === undefined ? [] : [code]), ...(message === undefined ? [] : [message])].join(" ");
  const lines = [head, ...stack.map((frame) => `    ${frame}`)];
  return [...lines, ...(cause === undefined ? [] : [`Caused by: ${stackOf(cause)}`])].join("\n");
}

/**
 * Whether what ended a span is a failure of the service. A request that was refused as it should be is none; nor is a commit
 * that met a newer version or a second delivery, which is how both are noticed.
 */
export function isFailure(kind: SpanOptions["kind"], error: unknown): boolean {
  if (kind === "server") return !(error instanceof Problem && error.status < 500);
  return !(kind === "client" && error instanceof CommitRejected);
}

function isWordedByUs(error: Error): boolean {
  return error instanceof CommitRejected || error instanceof SessionLost || error instanceof ServiceFault;
}

function codeOf(error: Error): string | number | undefined {
  if (error instanceof Problem) return error.code;
  if (!("code" in error)) return undefined;
  return typeof error.code === "number" ? error.code : word(error.code);
}

/** Names and codes are words of a program (`ECONNRESET`, `not-found`); what holds a long number or no word is not logged. */
function word(value: unknown): string | undefined {
  return typeof value === "string" && /^(?!.*\d{5})[A-Za-z$_][\w$.-]{0,63}$/.test(value) ? value : undefined;
}

/** `at function (file:line:column)`, as V8 writes it. */
const FRAME =
  /^ {4}at (?:(?:async |new )*[^\s()]+(?: \[as [^\s()]+\])? \((?:[^()]+:\d+:\d+|<anonymous>)\)|(?:async )?(?:file:|node:|\/|[A-Z]:\\)[^()]+:\d+:\d+)$/;

/** The stack without the message that heads it, whose lines could look like frames. */
function frames(error: Error): string[] {
  const lines = (typeof error.stack === "string" ? error.stack : "").split("\n");
  const headings = error.message.split("\n").length;
  return lines
    .slice(headings)
    .filter((line) => FRAME.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim().slice(0, 300));
}
