import type { ErrorCode, FieldError } from "../../../shared/platform/errors.ts";

/** What the API answers instead of an answer; `offline` is ours, for when none came. */
export type ProblemCode = ErrorCode | "offline";

/** A refusal of the API in words for the person. `errors` are per field, paths from the body's root. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly code: ProblemCode;
  readonly status: number;
  readonly errors: readonly FieldError[];
  /** Seconds after which trying again makes sense. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ProblemCode,
    status: number,
    words: string,
    errors: readonly FieldError[] = [],
    retryAfter?: number,
  ) {
    super(words);
    this.code = code;
    this.status = status;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }
}

interface Body {
  code?: ErrorCode;
  title?: string;
  detail?: string;
  errors?: FieldError[];
}

export function offlineProblem(): ApiProblem {
  return new ApiProblem("offline", 0, "Cordboard cannot be reached. Check the connection and try again.");
}

/** From a status and the text of its body, problem+json or whatever a proxy made of it. */
export function problemFrom(status: number, text: string, retryAfter: string | null): ApiProblem {
  const body = parse(text);
  const words = body.detail ?? body.title ?? `The server answered with an error (${status}). Try again in a moment.`;
  const seconds = Number(retryAfter);
  return new ApiProblem(
    body.code ?? (status >= 500 ? "unavailable" : "invalid-request"),
    status,
    words,
    body.errors ?? [],
    seconds > 0 ? seconds : undefined,
  );
}

function parse(text: string): Body {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Any throw in words. */
export function wordsOf(error: unknown): string {
  return error instanceof ApiProblem ? error.message : "Something went wrong in the browser. Reload the page.";
}

export function isProblem(error: unknown, ...codes: readonly ProblemCode[]): error is ApiProblem {
  return error instanceof ApiProblem && codes.includes(error.code);
}

/** What schemas say of themselves, in the words of a form; sentences that were written for people stay as they are. */
export function plainWords(message: string): string {
  const [, size, least] = /^Too (small|big): expected string to have [<>]=(\d+) characters$/.exec(message) ?? [];
  if (size === "small") return least === "1" ? "Fill this in." : `At least ${least} characters.`;
  if (size === "big") return `At most ${least} characters.`;
  if (/received undefined$/.test(message)) return "Fill this in.";
  if (message === "Invalid email address") return "Enter an e-mail address, such as ana@example.com.";
  return /[.?]$/.test(message) ? message : `${message}.`;
}

/** The words for one field of the body (`name`, `parameters.0`), where it was refused. */
export function fieldError(error: unknown, field: string): string | undefined {
  if (!(error instanceof ApiProblem)) return undefined;
  const found = error.errors.find(({ path }) => path === field || path === `body.${field}`);
  return found && plainWords(found.message);
}
