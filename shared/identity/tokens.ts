import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { ConfigurationId } from "../configuration/kinds.ts";
import { type Actor, type Caller, ROLE_PERMISSIONS, Role } from "../platform/caller.ts";
import type { Clock } from "../platform/clock.ts";
import { idOf, TenantId } from "../platform/ids.ts";
import { LruCache } from "../platform/lru.ts";
import type { JsonWebKeys } from "./model.ts";
import type { SigningKeys } from "./signingKeys.ts";

/** Seconds. Whoever is deactivated or demoted keeps what they had for so long at most. */
export const ACCESS_TOKEN_SECONDS = 600;
const AUDIENCE = "cordboard";
/** Verified tokens remembered, so that a desk's many requests cost one signature check. */
const REMEMBERED = 5000;

const Claims = z.object({
  sub: ConfigurationId,
  tid: TenantId,
  role: Role,
  sid: idOf("ses"),
  exp: z.int(),
});

export type UserActor = Extract<Actor, { type: "user" }>;

/** Access tokens: JWTs signed with EdDSA (Ed25519), good for 10 minutes, verified without a look at the store. */
export class AccessTokens {
  readonly #keys: SigningKeys;
  readonly #issuer: string;
  readonly #clock: Clock;
  readonly #verified = new LruCache<{ readonly caller: Caller; readonly expiresAt: number }>(REMEMBERED);

  /** `issuer`: the installation's public URL. */
  constructor(keys: SigningKeys, issuer: string, clock: Clock) {
    this.#keys = keys;
    this.#issuer = issuer;
    this.#clock = clock;
  }

  async issue(tenantId: TenantId, { userId, role, sessionId }: UserActor): Promise<string> {
    const { kid, privateKey } = await this.#keys.current();
    const now = Math.floor(this.#clock.now().getTime() / 1000);
    return new SignJWT({ tid: tenantId, role, sid: sessionId })
      .setProtectedHeader({ alg: "EdDSA", kid, typ: "at+jwt" })
      .setIssuer(this.#issuer)
      .setAudience(AUDIENCE)
      .setSubject(userId)
      .setIssuedAt(now)
      .setExpirationTime(now + ACCESS_TOKEN_SECONDS)
      .sign(privateKey);
  }

  /** The caller, or undefined for a token that is not ours, was changed or has run out. */
  async verify(token: string): Promise<Caller | undefined> {
    const now = this.#clock.now();
    const known = this.#verified.get(token);
    if (known !== undefined) return known.expiresAt > now.getTime() ? known.caller : undefined;
    const claims = await this.#claims(token, now);
    if (claims === undefined) return undefined;
    const { sub, tid, role, sid, exp } = claims;
    const caller: Caller = {
      tenantId: tid,
      actor: { type: "user", userId: sub, role, sessionId: sid },
      permissions: ROLE_PERMISSIONS[role],
    };
    this.#verified.set(token, { caller, expiresAt: exp * 1000 });
    return caller;
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
