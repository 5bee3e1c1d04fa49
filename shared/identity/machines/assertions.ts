import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import { z } from "zod";
import { CommitRejected, collection, create } from "../../platform/documents/port.ts";
import { Problem } from "../../platform/errors.ts";
import { derivedId, type TenantId } from "../../platform/ids.ts";
import { clientIdOf } from "./credentialText.ts";
import type { MachineDependencies } from "./dependencies.ts";
import { KeySets } from "./keySets.ts";
import type { OAuthClient } from "./model.ts";
import { ALGORITHMS, candidates, keyObjectOf, type PublicKey } from "./publicKeys.ts";

/** Seconds that an assertion may be good for. */
const MAX_LIFETIME = 5 * 60;
/** Seconds that a client's clock may differ from ours. */
const TOLERANCE = 30;

/** Assertions that were used; each is good once. */
const UsedAssertions = collection("identity", "client-assertion", z.object({ clientId: z.string() }));

const Claims = z.object({
  aud: z.union([z.string(), z.array(z.string()).min(1).max(5)]),
  exp: z.number(),
  iat: z.number().optional(),
  jti: z.string().min(1).max(255),
});

export class Assertions {
  readonly #dependencies: Pick<MachineDependencies, "documents" | "clock" | "publicUrl">;
  readonly #keySets: KeySets;

  constructor(dependencies: Pick<MachineDependencies, "documents" | "clock" | "publicUrl" | "fetchOutside">) {
    this.#dependencies = dependencies;
    this.#keySets = new KeySets(dependencies.fetchOutside, dependencies.clock);
  }

  /**
   * Uses up a client's assertion (RFC 7523, section 3). Throws `invalid-client` for one that does not count, and `unavailable` where the
   * client's keys cannot be had. What is wrong is told of a genuine one only.
   */
  async use(tenantId: TenantId, id: string, client: OAuthClient, assertion: string): Promise<void> {
    const clientId = clientIdOf(tenantId, id);
    const payload = await this.#verified(clientId, client, assertion);
    const claims = Claims.safeParse(payload).data;
    if (claims === undefined) throw refused("its aud, exp or jti is missing, or of the wrong kind");
    const now = Math.floor(this.#dependencies.clock.now().getTime() / 1000);
    if (!this.#isForUs(claims.aud)) throw refused("its aud is not this server");
    const lifetime = claims.iat === undefined ? 0 : claims.exp - claims.iat;
    if (claims.exp > now + MAX_LIFETIME + TOLERANCE || lifetime > MAX_LIFETIME)
      throw refused("it is good for longer than 5 minutes");
    if (claims.iat !== undefined && claims.iat > now + TOLERANCE) throw refused("its iat lies in the future");
    await this.#useUp(tenantId, clientId, claims.jti, Math.ceil(claims.exp) - now + 2 * TOLERANCE);
  }

  /** Every audience must be ours: an assertion that others take as well could be one that they have passed on. */
  #isForUs(aud: string | readonly string[]): boolean {
    const { publicUrl } = this.#dependencies;
    const ours: readonly string[] = [
      publicUrl,
      ...["token", "introspect", "revoke"].map((path) => `${publicUrl}/api/oauth/${path}`),
    ];
    return [aud].flat().every((each) => ours.includes(each));
  }

  async #verified(clientId: string, client: OAuthClient, assertion: string): Promise<JWTPayload> {
    const currentDate = this.#dependencies.clock.now();
    const algorithms: string[] = Object.values(ALGORITHMS).flat();
    const check = {
      algorithms,
      issuer: clientId,
      subject: clientId,
      requiredClaims: ["exp"],
      clockTolerance: TOLERANCE,
    };
    let wrong: unknown;
    for (const key of await this.#keysFor(client, assertion)) {
      const publicKey = keyObjectOf(key);
      if (publicKey === undefined) continue;
      try {
        return (await jwtVerify(assertion, publicKey, { ...check, currentDate })).payload;
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw refused(meaningOf(error), error);
        wrong = error;
      }
    }
    throw refused("no key of the client's fits its signature", wrong);
  }

  async #keysFor({ jwks, jwksUri }: OAuthClient, assertion: string): Promise<readonly PublicKey[]> {
    const header = headerOf(assertion);
    const fits = (keys: readonly PublicKey[]) => candidates(keys, header);
    if (jwks !== null) return fits(jwks.keys);
    return jwksUri === null ? [] : this.#keySets.find(jwksUri, fits);
  }

  async #useUp(tenantId: TenantId, clientId: string, jti: string, ttl: number): Promise<void> {
    const store = this.#dependencies.documents.forTenant(tenantId);
    const id = derivedId("jti", clientId, jti);
    try {
      await store.commit("identity", [], [create(UsedAssertions, id, { clientId }, { ttl: Math.max(1, ttl) })]);
    } catch (error) {
      if (error instanceof CommitRejected) throw refused("its jti was used before", error);
      throw error;
    }
  }
}

const Header = z.object({ alg: z.string(), kid: z.string().max(255).optional() });

function headerOf(assertion: string): { alg: string; kid?: string | undefined } {
  try {
    return Header.parse(decodeProtectedHeader(assertion));
  } catch (cause) {
    throw refused("it is no signed JWT", cause);
  }
}

function meaningOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return "it has expired";
  if (error instanceof errors.JWTClaimValidationFailed) return `its ${error.claim} is missing or not right`;
  return "it is no signed JWT";
}

function refused(why: string, cause?: unknown): Problem {
  return new Problem("invalid-client", { detail: `The assertion does not count: ${why}.`, cause });
}
