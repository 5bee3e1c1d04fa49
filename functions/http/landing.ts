import type { Landing } from "../../shared/identity/providers/landing.ts";
import { Challenge } from "../../shared/identity/secondFactor/model.ts";
import { SESSION_SECONDS } from "../../shared/identity/service.ts";
import { Reply, type SetCookie } from "../../shared/platform/http/route.ts";
import { refreshCookie } from "./auth.ts";

const CHALLENGE_COOKIE = "cordboard_challenge";
/** Seconds; as long as the challenge itself is good. */
const CHALLENGE_SECONDS = 300;
const COOKIE_PATH = "/api/auth";

/**
 * Where somebody goes who came back from a provider: on in the desk, or to its sign-in page with what is the matter. What opens
 * the desk goes as cookies and never as part of an address, which servers log and browsers keep.
 */
export function landed(landing: Landing, cookies: readonly SetCookie[]): Reply<unknown> {
  if ("failure" in landing) return toDesk("/sign-in", { error: landing.failure }, cookies);
  const { outcome, returnTo } = landing;
  const search = returnTo === undefined ? {} : { to: returnTo };
  if ("challenge" in outcome) return toDesk("/signed-in", search, [...cookies, challengeCookie(outcome)]);
  return toDesk("/signed-in", search, [...cookies, refreshCookie(outcome.refreshToken, SESSION_SECONDS)]);
}

/** A page of the desk, whose address is a fragment: no server is told of it. */
export function toDesk(page: string, search: Readonly<Record<string, string>>, cookies: readonly SetCookie[] = []) {
  const query = new URLSearchParams(search).toString();
  return toAddress(`/#${page}${query === "" ? "" : `?${query}`}`, cookies);
}

/** See Other: by GET, whatever brought the browser here. */
export function toAddress(location: string, cookies: readonly SetCookie[]): Reply<unknown> {
  return new Reply(undefined, { status: 302, headers: { location }, cookies });
}

/** What is still to be shown, for the page that asks for it. */
function challengeCookie(challenge: Challenge): SetCookie {
  const value = Buffer.from(JSON.stringify(challenge)).toString("base64url");
  return { name: CHALLENGE_COOKIE, value, path: COOKIE_PATH, maxAge: CHALLENGE_SECONDS };
}

/** The challenge that a browser holds, or undefined. */
export function heldChallenge(cookies: ReadonlyMap<string, string>): Challenge | undefined {
  const text = Buffer.from(cookies.get(CHALLENGE_COOKIE) ?? "", "base64url").toString();
  return text.startsWith("{") ? Challenge.safeParse(JSON.parse(text)).data : undefined;
}

export function withoutChallenge(): SetCookie {
  return { name: CHALLENGE_COOKIE, value: "", path: COOKIE_PATH, maxAge: 0 };
}
