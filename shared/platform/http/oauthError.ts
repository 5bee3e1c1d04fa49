import type { HttpResponseInit } from "@azure/functions";
import { z } from "zod";
import type { ErrorCode, Problem } from "../errors.ts";
import { ProblemBody, problemBody, refusalHeaders } from "./problem.ts";

/** Our codes as OAuth2's (RFC 6749, sections 4.1.2.1 and 5.2; RFC 7009, section 2.2.1). Any other is the request's fault below 500, and ours from there on. */
const OAUTH_ERRORS: Partial<Record<ErrorCode, string>> = {
  "invalid-client": "invalid_client",
  "invalid-scope": "invalid_scope",
  "unsupported-grant-type": "unsupported_grant_type",
  "unsupported-token-type": "unsupported_token_type",
  forbidden: "unauthorized_client",
  "rate-limited": "temporarily_unavailable",
  unavailable: "temporarily_unavailable",
};

/** `error_description` holds no more of ASCII than this (RFC 6749, section 5.2). */
const NOT_DESCRIBABLE = /[^\x20-\x21\x23-\x5b\x5d-\x7e]/g;

/** The body of a refusal in OAuth2's shape: its two members, and those of our problem details. */
export const OAuthErrorBody = ProblemBody.extend({ error: z.string(), error_description: z.string().optional() });

/**
 * A refusal that OAuth2 clients and ours both read: `error` and `error_description` as RFC 6749 has them, and beside them the
 * members of our problem details. The media type is the RFC's.
 */
export function oauthErrorResponse(problem: Problem): HttpResponseInit {
  const { code, status, detail, errors = [] } = problem;
  const error = OAUTH_ERRORS[code] ?? (status >= 500 ? "server_error" : "invalid_request");
  const described = [detail, ...errors.map(({ path, message }) => `${path}: ${message}`)].filter(Boolean).join(" ");
  const description = described.replace(NOT_DESCRIBABLE, "'");
  const body = { error, ...(description === "" ? {} : { error_description: description }), ...problemBody(problem) };
  return {
    status,
    headers: {
      ...refusalHeaders(problem),
      "content-type": "application/json",
      pragma: "no-cache",
      ...(status === 401 ? { "www-authenticate": 'Basic realm="Cordboard"' } : {}),
    },
    body: JSON.stringify(body),
  };
}
