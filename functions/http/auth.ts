import { z } from "zod";
import { JsonWebKeys, Login, Me, SignedIn, SignUp } from "../../shared/identity/model.ts";
import { Challenge } from "../../shared/identity/secondFactor/model.ts";
import { type Entered, SESSION_SECONDS } from "../../shared/identity/service.ts";
import { Reply, type SetCookie } from "../../shared/platform/http/route.ts";
import { route } from "../route.ts";

const REFRESH_COOKIE = "cordboard_refresh";
/** Sent to the auth routes only. Same site only, so another site's page cannot refresh or sign out. */
const COOKIE_PATH = "/api/auth";

function refreshCookie(value: string, maxAge: number): SetCookie {
  return { name: REFRESH_COOKIE, value, path: COOKIE_PATH, maxAge };
}

function entered({ signedIn, refreshToken }: Entered, status: number): Reply<SignedIn> {
  return new Reply(signedIn, { status, cookies: [refreshCookie(refreshToken, SESSION_SECONDS)] });
}

const signUp = route({
  method: "POST",
  path: "auth/sign-up",
  permission: "public",
  summary: "Make an organisation on trial, and its owner",
  rateLimit: { perMinute: 60 },
  body: SignUp,
  response: SignedIn,
  handler: async ({ body, request }, { identity }) => {
    const { clientAddress: address, idempotencyKey } = request;
    return entered(await identity.signUp(body, { address, idempotencyKey }), 201);
  },
});

const login = route({
  method: "POST",
  path: "auth/login",
  permission: "public",
  summary: "Sign in by organisation, e-mail address and password",
  rateLimit: { perMinute: 120 },
  body: Login,
  response: z.union([SignedIn, Challenge]),
  handler: async ({ body, request }, { identity }) => {
    const outcome = await identity.signIn(body, request.clientAddress);
    return "challenge" in outcome ? outcome : entered(outcome, 200);
  },
});

const refresh = route({
  method: "POST",
  path: "auth/refresh",
  permission: "public",
  summary: "A fresh access token, by the refresh cookie, which is renewed",
  // A whole office behind one address, each with several tabs.
  rateLimit: { perMinute: 600 },
  response: SignedIn,
  handler: async ({ request }, { identity }) =>
    entered(await identity.refresh(request.cookies.get(REFRESH_COOKIE)), 200),
});

const logout = route({
  method: "POST",
  path: "auth/logout",
  permission: "public",
  summary: "End the sign-in of the refresh cookie",
  rateLimit: { perMinute: 600 },
  response: "raw",
  handler: async ({ request }, { identity }) => {
    await identity.signOut(request.cookies.get(REFRESH_COOKIE));
    return new Reply(undefined, { status: 204, cookies: [refreshCookie("", 0)] });
  },
});

const me = route({
  method: "GET",
  path: "me",
  permission: "signed-in",
  summary: "Who is signed in, and what they may do",
  response: Me,
  handler: ({ caller }, { identity }) => identity.me(caller),
});

const publicKeys = route({
  method: "GET",
  path: ".well-known/jwks.json",
  permission: "public",
  summary: "The keys that access tokens are verified with",
  response: JsonWebKeys,
  handler: async (_, { identity }) =>
    new Reply(await identity.publicKeys(), { headers: { "cache-control": "public, max-age=300" } }),
});

export const authRoutes = [signUp, login, refresh, logout, me, publicKeys];
