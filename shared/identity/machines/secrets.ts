import { sha256 } from "../rules.ts";
import type { Machine, Secret } from "./model.ts";
import { type Listed, type Origin, toldOnce } from "./registry.ts";
import { rotated } from "./rules.ts";

/** What is kept of a credential that is told now. */
export function newSecret(credential: string, now: Date): Secret {
  return { hash: sha256(credential), createdAt: now.toISOString(), until: null, requestHash: null };
}

/** One that takes others' place: it knows the request that has made it. */
export function nextSecret(credential: string, now: Date, { idempotencyKey }: Origin): Secret {
  const requestHash = idempotencyKey === undefined ? null : sha256(idempotencyKey);
  return { ...newSecret(credential, now), requestHash };
}

/** The machine with another secret. Throws `conflict` where the same request has given it one already; see `rotated`. */
export function rotate<M extends Machine>(machine: M, next: Secret, graceSeconds: number): M {
  const isRepeated = machine.secrets.some(
    ({ requestHash }) => requestHash !== null && requestHash === next.requestHash,
  );
  if (isRepeated) throw toldOnce();
  const { createdAt: rotatedAt } = next;
  return { ...machine, rotatedAt, secrets: rotated(machine.secrets, next, graceSeconds, new Date(rotatedAt)) };
}

/** What people see of any machine. */
export function shownMachine({ id, value, lastUsedAt }: Listed<Machine>) {
  const { name, scopes, createdAt, createdBy, expiresAt, rotatedAt, secrets } = value;
  const ends = secrets.flatMap(({ until }) => until ?? []).toSorted();
  return { id, name, scopes, createdAt, createdBy, expiresAt, rotatedAt, lastUsedAt, graceEndsAt: ends.at(-1) ?? null };
}
