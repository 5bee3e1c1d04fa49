import type { Permission } from "../../platform/caller.ts";
import { Problem } from "../../platform/errors.ts";
import type { Rights } from "../people/rights.ts";
import type { Machine, Secret } from "./model.ts";

/** With these one can give rights away: only an owner lets a machine have them. */
const PRIVILEGED: ReadonlySet<Permission> = new Set<Permission>(["tenant.manage", "users.manage"]);
/** Former secrets in their grace at once. */
const MAX_FORMER = 4;

/**
 * Whoever makes a machine's secret can use it, so nobody makes one that may do more than they may themselves; that goes for a new
 * secret of an old machine too. Throws `forbidden`.
 */
export function mustCover({ isOwner, permissions }: Rights, scopes: readonly Permission[]): void {
  const more = scopes.find((scope) => !permissions.has(scope) || (PRIVILEGED.has(scope) && !isOwner));
  if (more === undefined) return;
  const why = permissions.has(more) ? "only an owner can give it to a machine" : "you do not have it yourself";
  throw new Problem("forbidden", { detail: `The scope "${more}" is not yours to give: ${why}.` });
}

/** When the machine ends, as it was asked for. Throws `invalid-request` where that is over. */
export function expiryOf(expiresAt: string | undefined, now: Date): string | null {
  if (expiresAt === undefined) return null;
  if (Date.parse(expiresAt) <= now.getTime())
    throw new Problem("invalid-request", { errors: [{ path: "body.expiresAt", message: "Lies in the past" }] });
  return expiresAt;
}

/** A secret counts until the very millisecond in which its grace ends. */
export function isLive({ until }: Secret, now: Date): boolean {
  return until === null || now.getTime() < Date.parse(until);
}

export function hasExpired({ expiresAt }: Pick<Machine, "expiresAt">, now: Date): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= now.getTime();
}

/**
 * The secrets once `next` has taken the newest's place. None that stands outlives this grace, whatever an earlier one gave it, so that
 * a rotation with none is the end of all that may have leaked. Throws `conflict` where too many are in their grace.
 */
export function rotated(secrets: readonly Secret[], next: Secret, graceSeconds: number, now: Date): Secret[] {
  const end = now.getTime() + graceSeconds * 1000;
  const former = secrets
    .filter((secret) => isLive(secret, now))
    .map((secret) => ({ ...secret, until: new Date(Math.min(end, endOf(secret))).toISOString() }))
    .filter((secret) => isLive(secret, now));
  if (former.length > MAX_FORMER)
    throw new Problem("conflict", {
      detail: "Too many former secrets are still good. Wait until one ends, or rotate with graceSeconds 0.",
    });
  return [next, ...former];
}

function endOf({ until }: Secret): number {
  return until === null ? Number.POSITIVE_INFINITY : Date.parse(until);
}

/** Why a credential of a machine that there is does not count. Part of `user.refused`. */
export type Refused = "wrong-secret" | "former-secret" | "expired" | "revoked" | "tenant-closed";

/** What a shown secret, by its hash, is to its machine. */
export function judge(machine: Pick<Machine, "secrets" | "expiresAt">, hash: string, now: Date): "good" | Refused {
  const secret = machine.secrets.find((each) => each.hash === hash);
  if (secret === undefined) return "wrong-secret";
  if (hasExpired(machine, now)) return "expired";
  return isLive(secret, now) ? "good" : "former-secret";
}
