import type { HttpResponseInit } from "@azure/functions";
import { expect } from "vitest";
import { ERROR_STATUS } from "../../shared/platform/errors.ts";
import { ProblemBody } from "../../shared/platform/http/problem.ts";

export interface Answer {
  readonly route: string;
  readonly status: number;
  readonly headers: Headers;
  readonly cookies: NonNullable<HttpResponseInit["cookies"]>;
  /** The body; bytes as Latin-1. */
  readonly text: string;
  readonly json: unknown;
  /** Of a refusal. */
  readonly code: string | undefined;
}

/** Stack frames, files, SQL, libraries: nothing a caller should hear of. */
const INTERNAL = /\bat [\w.<>]+ \(|node_modules|node:|file:\/\/|\.[cm]?[jt]s:\d|SQLITE|SELECT |ZodError|TypeError/;

/** Holds an answer to what every answer must be. */
export function checkAnswer(route: string, response: HttpResponseInit): Answer {
  const { status = 200, body, cookies = [] } = response;
  const headers = new Headers(response.headers);
  const text = typeof body === "string" ? body : body instanceof Uint8Array ? Buffer.from(body).toString("latin1") : "";
  const isJson = /^application\/(problem\+)?json/.test(headers.get("content-type") ?? "");
  const json: unknown = isJson ? JSON.parse(text) : undefined;
  const about = `${route} → ${status} ${text.slice(0, 300)}`;
  expect(headers.get("cache-control"), about).toMatch(/no-store|private|public/);
  expect(headers.get("x-content-type-options"), about).toBe("nosniff");
  for (const cookie of cookies)
    expect(cookie, about).toMatchObject({ httpOnly: true, secure: true, sameSite: "Strict", path: "/api/auth" });
  if (status < 400 || (route === "GET health" && status === 503))
    return { route, status, headers, cookies, text, json, code: undefined };
  expect(headers.get("content-type"), about).toBe("application/problem+json");
  const problem = ProblemBody.strict().parse(json);
  expect(problem, about).toMatchObject({ status, type: `urn:cordboard:problem:${problem.code}` });
  expect(Object.entries(ERROR_STATUS), about).toContainEqual([problem.code, status]);
  expect(text, about).not.toMatch(INTERNAL);
  return { route, status, headers, cookies, text, json, code: problem.code };
}
