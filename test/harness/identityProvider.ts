import { createHash, generateKeyPairSync, randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import type { Clock } from "../../shared/platform/clock.ts";
import { type FetchOutside, OutsideFault } from "../../shared/platform/egress/port.ts";

/** Who answers a request for sign-in, and with what. */
export interface Person {
  readonly sub: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly name?: string;
  readonly groups?: readonly string[];
}

interface Granted {
  readonly person: Person;
  readonly issuer: string;
  readonly clientId: string;
  readonly nonce: string;
  readonly challenge: string;
}

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const KEY_ID = "of-the-double";

/**
 * A double of providers of OpenID Connect at `https://login.test/<name>`, on the test's own clock, for tests in which a provider is
 * only a bystander: it knows every client, and no secret is wrong. Those about signing in have a real one.
 */
export function identityProviderDouble(clock: Clock) {
  const granted = new Map<string, Granted>();

  const fetch: FetchOutside = async (text, { body = "" } = {}) => {
    const { origin, pathname, search } = new URL(text);
    const [, name = "", ...rest] = pathname.split("/");
    if (origin !== "https://login.test") throw new OutsideFault("unreachable");
    const issuer = `${origin}/${name}`;
    switch (rest.join("/")) {
      case ".well-known/openid-configuration":
        return dated(clock, description(issuer));
      case "keys":
        return dated(clock, {
          keys: [{ ...publicKey.export({ format: "jwk" }), alg: "ES256", use: "sig", kid: KEY_ID }],
        });
      case "token":
        return token(new URLSearchParams(body));
      case "authorize":
        return sentBack(new URLSearchParams(search));
      default:
        return new Response(null, { status: 404 });
    }
  };

  async function token(asked: URLSearchParams): Promise<Response> {
    const grant = granted.get(asked.get("code") ?? "");
    granted.delete(asked.get("code") ?? "");
    const challenge = createHash("sha256")
      .update(asked.get("code_verifier") ?? "")
      .digest("base64url");
    if (grant === undefined || grant.challenge !== challenge)
      return Response.json({ error: "invalid_grant" }, { status: 400 });
    const { sub, ...claims } = grant.person;
    const now = Math.floor(clock.now().getTime() / 1000);
    const idToken = await new SignJWT({ ...claims, nonce: grant.nonce })
      .setProtectedHeader({ alg: "ES256", kid: KEY_ID })
      .setIssuer(grant.issuer)
      .setAudience(grant.clientId)
      .setSubject(sub)
      .setIssuedAt(now)
      .setExpirationTime(now + 300)
      .sign(privateKey);
    return Response.json({ access_token: randomUUID(), token_type: "Bearer", expires_in: 300, id_token: idToken });
  }

  /** What the person's browser does there: the query with which it comes back. */
  function agree(location: string, person: Person): Record<string, string> {
    const { origin, pathname, searchParams: asked } = new URL(location);
    const code = randomUUID();
    const issuer = `${origin}${pathname.replace(/\/authorize$/, "")}`;
    granted.set(code, {
      person,
      issuer,
      clientId: asked.get("client_id") ?? "",
      nonce: asked.get("nonce") ?? "",
      challenge: asked.get("code_challenge") ?? "",
    });
    return { code, state: asked.get("state") ?? "", iss: issuer };
  }

  return { fetch, agree };
}

function description(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    response_types_supported: ["code"],
    id_token_signing_alg_values_supported: ["ES256"],
    claims_supported: ["sub", "email", "email_verified", "name", "groups"],
    authorization_response_iss_parameter_supported: true,
  };
}

function sentBack(asked: URLSearchParams): Response {
  const location = `${asked.get("redirect_uri")}?error=login_required&state=${asked.get("state")}`;
  return new Response(null, { status: 302, headers: { location } });
}

function dated(clock: Clock, body: unknown): Response {
  return Response.json(body, { headers: { date: clock.now().toUTCString() } });
}
