import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { ConfigurationId } from "../configuration/kinds.ts";
import { type Actor, builtInPermissions, type Caller, PERMISSIONS, RoleId } from "../platform/caller.ts";
import type { Clock } from "../platform/clock.ts";
import { idOf, TenantId } from "../platform/ids.ts";
import { LruCache } from "../platform/lru.ts";
import type { SigningKeys } from "./keys/signingKeys.ts";
import type { JsonWebKeys } from "./model.ts";

/** Seconds. */
export const ACCESS_TOKEN_SECONDS = 600;
const AUDIENCE = "cordboard";
/** Verified tokens remembered, so that a desk's many requests cost one signature check. */
const REMEMBERED = 5000;

const Claims = z.object({
  sub: ConfigurationId,
  tid: TenantId,
  role: RoleId,
  /** What a custom role may do, names between blanks (RFC 9068, 2.2.3); of a built-in one everybody knows. */
  scope: z.string().optional(),
  sid: idOf("ses"),
  /** The user's `signInsSince` at the time. */
  since: z.int(),
  exp: z.int(),
});

export type UserActor = Extract<Actor, { type: "user" }>;

export interface UserCaller extends Caller {
  readonly actor: UserActor;
}

/** What a token says that is ours and has not run out. Whether it is still true is another question (people/standing.ts). */
export interface Claimed {
  readonly caller: UserCaller;
  readonly signInsSince: number;
}

/** Access tokens: JWTs signed with EdDSA (Ed25519), good for 10 minutes, verified without a look at the store. */
export class AccessTokens {
  readonly #keys: SigningKeys;
  readonly #issuer: string;
  readonly #clock: Clock;
  readonly #verified = new LruCache<{ readonly claimed: Claimed; readonly expiresAt: number }>(REMEMBERED);

  /** `issuer`: the installation's public URL. */
  constructor(keys: SigningKeys, issuer: string, clock: Clock) {
    this.#keys = keys;
    this.#issuer = issuer;
    this.#clock = clock;
  }

  async issue({ tenantId, actor, permissions }: UserCaller, signInsSince: number): Promise<string> {
    const { userId, role, sessionId } = actor;
    const { kid, privateKey } = await this.#keys.current();
    const now = Math.floor(this.#clock.now().getTime() / 1000);
    const custom = builtInPermissions(role) === undefined ? { scope: [...permissions].join(" ") } : {};
    return new SignJWT({ tid: tenantId, role, ...custom, sid: sessionId, since: signInsSince })
      .setProtectedHeader({ alg: "EdDSA", kid, typ: "at+jwt" })
      .setIssuer(this.#issuer)
      .setAudience(AUDIENCE)
      .setSubject(userId)
      .setIssuedAt(now)
      .setExpirationTime(now + ACCESS_TOKEN_SECONDS)
      .sign(privateKey);
  }

  /** What the token says, or undefined for one that is not ours, was changed or has run out. */
  async verify(token: string): Promise<Claimed | undefined> {
    const now = this.#clock.now();
    const known = this.#verified.get(token);
    if (known !== undefined) return known.expiresAt > now.getTime() ? known.claimed : undefined;
    const claims = await this.#claims(token, now);
    if (claims === undefined) return undefined;
    const claimed = claimedBy(claims);
    this.#verified.set(token, { claimed, expiresAt: claims.exp * 1000 });
    return claimed;
  }

  /** The public keys (RFC 7517). */
  async publicKeys(): Promise<JsonWebKeys> {
    return { keys: (await this.#keys.all()).map(({ jwk }) => jwk) };
  }

  async #claims(token: string, now: Date): Promise<z.infer<typeof Claims> | undefined> {
    try {
      const { payload } = await jwtVerify(token, (header) => this.#publicKey(header.kid), {
        issuer: this.#issuer,
        audience: AUDIENCE,
        algorithms: ["EdDSA"],
        typ: "at+jwt",
        currentDate: now,
      });
      return Claims.safeParse(payload).data;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  async #publicKey(kid: string | undefined) {
    const key = kid === undefined ? undefined : await this.#keys.find(kid);
    if (key === undefined) throw new errors.JWKSNoMatchingKey();
    return key.publicKey;
  }
}

function claimedBy({ sub, tid, role, scope = "", sid, since }: z.infer<typeof Claims>): Claimed {
  const named = new Set(scope.split(" "));
  const permissions = builtInPermissions(role) ?? new Set(PERMISSIONS.filter((permission) => named.has(permission)));
  return {
    caller: { tenantId: tid, actor: { type: "user", userId: sub, role, sessionId: sid }, permissions },
    signInsSince: since,
  };
}
