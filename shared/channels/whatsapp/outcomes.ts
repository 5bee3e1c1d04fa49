import type { MessageError } from "../../conversations/model.ts";
import { Problem } from "../../platform/errors.ts";
import type { SendResult } from "../channel.ts";
import type { GraphOutcome } from "./client.ts";
import { errorFor, messageErrorOf, ruleFor } from "./errors.ts";
import { objectsIn, type RawObject, textOf } from "./raw.ts";

type Refused = GraphOutcome & { kind: "refused" };

const UNREACHABLE: MessageError = {
  code: "whatsapp:unreachable",
  message: "WhatsApp could not be reached. It is tried again by itself.",
  remedy: "retry",
};

/** Surely not sent, and worth trying again soon. */
export const TRY_LATER: SendResult = { outcome: "later", retryAfterSeconds: 15, error: UNREACHABLE };

/** The code of a refusal; -1 for none. Some answers to a token that is not valid carry no code. */
export function codeOrToken({ code, status }: Refused): number {
  return code ?? (status === 401 ? 190 : -1);
}

export function acceptedResult(body: RawObject): SendResult {
  const [message] = objectsIn(body.messages);
  const providerId = textOf(message?.id, 512);
  // 200 without an id: it may well be on its way; its status will say.
  return providerId === undefined ? { outcome: "unknown" } : { outcome: "accepted", providerId };
}

export function refusedResult(outcome: Refused): SendResult {
  const { status, error, retryAfterSeconds } = outcome;
  const code = codeOrToken(outcome);
  if (code < 0 && status === 429)
    return { outcome: "later", retryAfterSeconds: retryAfterSeconds ?? 30, error: errorFor(130429) };
  const rule = ruleFor(code);
  const shown = code < 0 ? messageErrorOf(error) : errorFor(code);
  if (rule.outcome === "refused") return { outcome: "refused", error: shown };
  return {
    outcome: "later",
    retryAfterSeconds: Math.max(retryAfterSeconds ?? 0, rule.retryAfterSeconds ?? 15),
    error: shown,
  };
}

export function mediaAnswer(outcome: GraphOutcome): RawObject {
  if (outcome.kind === "done") return outcome.body;
  if (outcome.kind !== "refused") throw new Problem("unavailable");
  // An id that has expired or was never ours: 400 with code 100, or 404.
  if (outcome.status === 404 || outcome.code === 100) throw new Problem("not-found");
  const passing = outcome.status === 429 || ruleFor(codeOrToken(outcome)).outcome === "later";
  throw new Problem(passing ? "unavailable" : "provider-failed");
}

export function listProblem(outcome: GraphOutcome): Problem {
  if (outcome.kind === "refused")
    return new Problem("provider-failed", { detail: messageErrorOf(outcome.error).message });
  return new Problem("unavailable", {
    detail: "WhatsApp could not be reached. Try again in a moment.",
    retryAfter: 10,
  });
}
