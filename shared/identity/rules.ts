import { createHash } from "node:crypto";
import type { Attempts, FamilyTokens } from "./model.ts";

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** The id of `UserEmails`: an address has characters that ids cannot have. */
export function emailId(email: string): string {
  return Buffer.from(email).toString("base64url");
}

/** The account that a sign-in tries, whether or not there is one. */
export function accountId(slug: string, email: string): string {
  return sha256(`${slug}\n${email}`);
}

/** A slug from an organisation's name: letters without their marks, digits, hyphens; at most 40 characters. */
export function slugFrom(organization: string): string {
  const plain = organization
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/ß/g, "ss")
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replace(/^-+|-+$/g, "");
  return plain.length < 2 ? "organization" : plain;
}

/** What is tried in turn when a derived slug is taken: `acme`, `acme-2` … `acme-9`, then with `random`. */
export function slugCandidates(base: string, random: string): readonly string[] {
  return [base, ...[2, 3, 4, 5, 6, 7, 8, 9].map((number) => `${base}-${number}`), `${base}-${random}`];
}

/** In ms: for so long a failed try counts, from the first one on. */
export const ATTEMPTS_WINDOW = 15 * 60 * 1000;
const MAX_ATTEMPTS_BY_ADDRESS = 10;
/** From everywhere: keeps guessing hopeless, and one address from locking the owner of the account out. */
const MAX_ATTEMPTS = 100;

/** The tries with one more, or the seconds to wait before another is allowed. */
export function countAttempt(
  known: Attempts | undefined,
  addressHash: string,
  now: Date,
): { readonly attempts: Attempts } | { readonly retryAfter: number } {
  const ends = known === undefined ? 0 : Date.parse(known.since) + ATTEMPTS_WINDOW;
  const open =
    known !== undefined && ends > now.getTime() ? known : { since: now.toISOString(), total: 0, byAddress: {} };
  const here = open.byAddress[addressHash] ?? 0;
  if (here >= MAX_ATTEMPTS_BY_ADDRESS || open.total >= MAX_ATTEMPTS)
    return { retryAfter: (ends - now.getTime()) / 1000 };
  return {
    attempts: {
      since: open.since,
      total: open.total + 1,
      byAddress: { ...open.byAddress, [addressHash]: here + 1 },
    },
  };
}

/**
 * In ms. How long a token that was used or overtaken stays good, because tabs share one cookie jar and answers can be late, cross
 * or be lost; and how long an answer may still be on its way. It bears requests and answers that take up to 15 s each
 * way, and lost answers whose request is repeated within 30 s.
 */
export const REFRESH_GRACE = 60_000;
/** Answers on their way at once: more than a browser with very many tabs has. */
const MAX_OFFERED = 100;

/**
 * What showing a refresh token does to its family. `replayed`: a token that was genuine once and cannot be in the jar any
 * more, so somebody else has a copy, and the family ends. `crowded`: too many at once; nothing changes.
 *
 * Every answer carries a token of its own, so a token that is shown has surely arrived and is not on its way a second
 * time. When it is shown, those offered more than the grace ago are not in the jar: they were lost or overwritten.
 */
export function showToken(
  tokens: FamilyTokens,
  hash: string,
  next: string,
  now: number,
): FamilyTokens | "replayed" | "crowded" {
  const spent = tokens.spent.filter(({ until }) => until >= now);
  const isOffered = tokens.offered.some((each) => each.hash === hash);
  if (!isOffered && !spent.some((each) => each.hash === hash)) return "replayed";
  const isOvertaken = (each: FamilyTokens["offered"][number]) =>
    isOffered && (each.hash === hash || each.at + REFRESH_GRACE < now);
  const onTheirWay = tokens.offered.filter((each) => !isOvertaken(each));
  if (onTheirWay.length >= MAX_OFFERED) return "crowded";
  return {
    offered: [...onTheirWay, { hash: next, at: now }],
    spent: [
      ...spent,
      ...tokens.offered.filter(isOvertaken).map((each) => ({ hash: each.hash, until: now + REFRESH_GRACE })),
    ],
  };
}
