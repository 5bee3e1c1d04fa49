import type { SignedIn as Grant } from "../../../shared/identity/model.ts";
import { ApiProblem, isProblem, offlineProblem, problemFrom } from "../api/problem.ts";
import { recall, remember } from "../ui/remembered.ts";
import { Store } from "../ui/store.ts";

/**
 * Who is signed in. The access token lives in memory only; what survives a reload is the HttpOnly refresh cookie. One tab
 * refreshes at a time (Web Locks), and tells the others what it got, so that the cookie is rotated once and not per tab.
 */
export type SessionState =
  | { readonly phase: "starting" }
  | { readonly phase: "unreachable"; readonly problem: ApiProblem }
  | { readonly phase: "signed-out"; readonly reason?: "ended" }
  | ({ readonly phase: "signed-in" } & SignedIn);

export interface SignedIn {
  readonly tenant: Grant["tenant"];
  readonly user: Grant["user"];
}

type Broadcast = { readonly type: "granted"; readonly grant: Grant } | { readonly type: "signed-out" };

/** Refreshed this long before it ends, so that no request meets an expired token. */
const REFRESH_BEFORE_MS = 60_000;
const LOCK = "cordboard-refresh";

export const session = new Store<SessionState>({ phase: "starting" });

let token: { readonly value: string; readonly until: number } | undefined;
let refreshing: Promise<string> | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let grantsSeen = 0;
const channel = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel("cordboard-session");

channel?.addEventListener("message", ({ data }: MessageEvent<Broadcast>) => {
  if (data.type === "signed-out") end();
  else accept(data.grant);
});

/** Takes up the session that the cookie stands for. Without a hint that there is one, nobody is asked. */
export async function startSession(): Promise<void> {
  if (recall("signed-in") === undefined) return session.set({ phase: "signed-out" });
  session.set({ phase: "starting" });
  try {
    await refresh();
  } catch (error) {
    if (isProblem(error, "unauthenticated", "session-expired", "invalid-credentials")) return;
    session.set({ phase: "unreachable", problem: error instanceof ApiProblem ? error : offlineProblem() });
  }
}

/** A token that is good for at least some seconds; throws `session-expired` when the session has ended. */
export async function accessToken(): Promise<string> {
  if (token !== undefined && token.until - Date.now() > 5_000) return token.value;
  return refresh();
}

/** A new token even if the present one looks good, after a 401. `refused` is the token that was refused. */
export async function tokenAfter(refused: string): Promise<string> {
  if (token !== undefined && token.value !== refused) return token.value;
  return refresh();
}

/** Opens a session from what sign-in or sign-up answered. */
export function openSession(grant: Grant): void {
  accept(grant);
  channel?.postMessage({ type: "granted", grant } satisfies Broadcast);
}

/** Ends the session here, on the server and in the other tabs; works without the server too. */
export async function signOut(): Promise<void> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token.value}` };
  await fetch("/api/auth/logout", { method: "POST", headers }).catch(() => undefined);
  channel?.postMessage({ type: "signed-out" } satisfies Broadcast);
  end();
}

function refresh(): Promise<string> {
  // What still asks for something while the desk is being left must not wake the session up.
  if (session.get().phase === "signed-out")
    return Promise.reject(new ApiProblem("unauthenticated", 401, "Sign in first."));
  refreshing ??= refreshAlone().finally(() => {
    refreshing = undefined;
  });
  return refreshing;
}

async function refreshAlone(): Promise<string> {
  const before = grantsSeen;
  return locked(async () => {
    // Another tab may have refreshed while this one waited for the lock.
    if (grantsSeen !== before && token !== undefined) return token.value;
    const response = await fetch("/api/auth/refresh", { method: "POST" }).catch(() => undefined);
    if (response === undefined) throw offlineProblem();
    if (!response.ok) {
      const problem = problemFrom(response.status, await response.text(), response.headers.get("retry-after"));
      if (response.status === 401) end("ended");
      throw problem;
    }
    const grant: Grant = await response.json();
    openSession(grant);
    return grant.accessToken;
  });
}

function locked<T>(work: () => Promise<T>): Promise<T> {
  // Web Locks exist in secure contexts only; elsewhere the server's reuse tolerance has to do.
  return "locks" in navigator ? navigator.locks.request(LOCK, work) : work();
}

function accept(grant: Grant): void {
  const state = session.get();
  // Somebody else signed in from another tab: nothing on this page is theirs.
  if (state.phase === "signed-in" && state.user.id !== grant.user.id) {
    location.reload();
    return;
  }
  grantsSeen += 1;
  const life = grant.expiresIn * 1000;
  token = { value: grant.accessToken, until: Date.now() + life };
  clearTimeout(timer);
  timer = setTimeout(() => void refresh().catch(() => undefined), Math.max(5_000, life - REFRESH_BEFORE_MS));
  remember("signed-in", "1");
  remember("organization", grant.tenant.slug);
  if (state.phase === "signed-in" && same(state, grant)) return;
  session.set({ phase: "signed-in", tenant: grant.tenant, user: grant.user });
}

function same(state: SignedIn, grant: Grant): boolean {
  return JSON.stringify([state.tenant, state.user]) === JSON.stringify([grant.tenant, grant.user]);
}

function end(reason?: "ended"): void {
  token = undefined;
  clearTimeout(timer);
  remember("signed-in", undefined);
  session.set(reason === undefined ? { phase: "signed-out" } : { phase: "signed-out", reason });
}
