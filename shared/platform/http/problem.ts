import type { HttpResponseInit } from "@azure/functions";
import { z } from "zod";
import { CommitRejected } from "../documents/port.ts";
import { type FieldError, Problem } from "../errors.ts";

const TITLES: Partial<Record<Problem["code"], string>> = {
  unauthenticated: "Sign in first",
  forbidden: "Not permitted",
  "not-found": "Not found",
  internal: "Something went wrong on our side",
  unavailable: "Not available at the moment",
  "rate-limited": "Too many requests",
  stale: "Changed by someone else meanwhile",
  "precondition-required": "Say which version you change (If-Match)",
  "invalid-request": "The request is not valid",
};

/** The body of every refusal: RFC 9457 problem details with our stable `code`. */
export const ProblemBody = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string(), code: z.string().optional() })).optional(),
});

/** Any throw as a Problem: what is not one of ours becomes `internal`, whose text says nothing. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof CommitRejected) {
    const code = error.reason === "missing" ? "not-found" : error.reason === "stale" ? "stale" : "conflict";
    return new Problem(code, { cause: error });
  }
  return new Problem("internal", { cause: error });
}

export function problemResponse(problem: Problem): HttpResponseInit {
  const { code, status, detail, errors, retryAfter } = problem;
  const title = TITLES[code] ?? code.charAt(0).toUpperCase() + code.slice(1).replaceAll("-", " ");
  const body = { type: `urn:cordboard:problem:${code}`, title, status, code, detail, errors };
  return {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...(retryAfter === undefined ? {} : { "retry-after": String(Math.max(1, Math.ceil(retryAfter))) }),
    },
    body: JSON.stringify(body),
  };
}

/** Zod's issues as field errors, paths under `root`; at most 20. */
export function fieldErrors(root: string, error: z.ZodError): FieldError[] {
  return error.issues
    .slice(0, 20)
    .map((issue) => ({ path: [root, ...issue.path.map(String)].join("."), message: issue.message }));
}
