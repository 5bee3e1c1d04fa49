import { randomBytes } from "node:crypto";
import { decodeJwt, errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { Permission } from "../../platform/caller.ts";
import type { Clock } from "../../platform/clock.ts";
import { TenantId } from "../../platform/ids.ts";
import { LruCache } from "../../platform/lru.ts";
import type { SigningKeys } from "../keys/signingKeys.ts";
import { ACCESS_TOKEN_SECONDS } from "../tokens.ts";
import type { KnownClient } from "./clientAuthentication.ts";
import { clientIdOf } from "./credentialText.ts";

const AUDIENCE = "cordboard";
const REMEMBERED = 5000;

const Claims = z.object({
  sub: z.string(),
  client_id: z.string(),
  tid: TenantId,
  scope: z.string(),
  gen: z.int(),
  jti: z.string(),
  exp: z.int(),
});
export type ClientClaims = z.infer<typeof Claims>;

/** Access tokens of OAuth2 clients: JWTs (RFC 9068) by the same keys and as long as people's, told apart by `client_id`. */
export class ClientTokens {
  readonly #keys: SigningKeys;
  readonly #issuer: string;
  readonly #clock: Clock;
  readonly #verified = new LruCache<ClientClaims>(REMEMBERED);

  /** `issuer`: the installation's public URL. */
  constructor(keys: SigningKeys, issuer: string, clock: Clock) {
    this.#keys = keys;
    this.#issuer = issuer;
    this.#clock = clock;
  }

  async issue({ tenantId, id, client }: KnownClient, scopes: readonly Permission[]): Promise<string> {
    const { kid, privateKey } = await this.#keys.current();
    const now = Math.floor(this.#clock.now().getTime() / 1000);
    const clientId = clientIdOf(tenantId, id);
    return new SignJWT({ client_id: clientId, tid: tenantId, scope: scopes.join(" "), gen: client.generation })
      .setProtectedHeader({ alg: "EdDSA", kid, typ: "at+jwt" })
      .setIssuer(this.#issuer)
      .setAudience(AUDIENCE)
      .setSubject(clientId)
      .setJti(randomBytes(16).toString("base64url"))
      .setIssuedAt(now)
      .setExpirationTime(now + ACCESS_TOKEN_SECONDS)
      .sign(privateKey);
  }

  /** What the token says, or undefined for one that is no client's, not ours, was changed or has run out. */
  async verify(token: string): Promise<ClientClaims | undefined> {
    const now = this.#clock.now();
    const known = this.#verified.get(token);
    if (known !== undefined) return known.exp * 1000 > now.getTime() ? known : undefined;
    const claims = await this.#claims(token, now);
    if (claims !== undefined) this.#verified.set(token, claims);
    return claims;
  }

  async #claims(token: string, now: Date): Promise<ClientClaims | undefined> {
    try {
      const { payload } = await jwtVerify(token, (header) => this.#publicKey(header.kid), {
        issuer: this.#issuer,
        audience: AUDIENCE,
        algorithms: ["EdDSA"],
        typ: "at+jwt",
        currentDate: now,
      });
      const claims = Claims.safeParse(payload).data;
      return claims?.sub === claims?.client_id ? claims : undefined;
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

/** Whether it says of itself that it is a client's; who verifies it decides. */
export function saysItIsAClients(token: string): boolean {
  try {
    return "client_id" in decodeJwt(token);
  } catch {
    return false;
  }
}
