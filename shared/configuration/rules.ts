import { isDeepStrictEqual } from "node:util";
import type { Actor } from "../platform/caller.ts";
import { Problem } from "../platform/errors.ts";
import type { ChangeAction, ChangedBy } from "./model.ts";

/** From `If-Match` and `If-None-Match`, unquoted. */
export interface Precondition {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/**
 * Lets a write of the version the client has seen through. Creating needs nothing; changing needs `If-Match` (428 without, 412 when
 * stale); `If-None-Match: *` only creates.
 */
export function checkPrecondition(current: number | undefined, { ifMatch, ifNoneMatch }: Precondition): void {
  if (current === undefined) {
    if (ifMatch !== undefined) throw new Problem("stale", { detail: "There is no such item any more." });
    return;
  }
  if (ifNoneMatch === "*") throw new Problem("stale", { detail: "An item with this id exists already." });
  if (ifMatch === undefined)
    throw new Problem("precondition-required", {
      detail: "An item with this id exists. Send the ETag you have seen as If-Match to change it.",
    });
  if (ifMatch !== "*" && ifMatch !== String(current))
    throw new Problem("stale", { detail: "Someone else changed this item meanwhile. Load it again." });
}

export function changedBy(actor: Actor): ChangedBy {
  return actor.type === "user" ? { type: "user", userId: actor.userId } : actor;
}

/** What happened to an item, or undefined when nothing did. */
export function actionOf<V>(
  before: V | undefined,
  after: V | undefined,
  secretsChanged: readonly string[],
): ChangeAction | undefined {
  if (after === undefined) return before === undefined ? undefined : "deleted";
  if (before === undefined) return "created";
  return secretsChanged.length > 0 || !isDeepStrictEqual(before, after) ? "updated" : undefined;
}

/** A revision as an id that sorts; enough digits for every safe integer. */
export function changeId(revision: number): string {
  return String(revision).padStart(16, "0");
}
