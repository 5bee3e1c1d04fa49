import { decodeJwt } from "jose";
import { z } from "zod";
import { actorIdOf, type Caller, PERMISSIONS, type Permission } from "../../platform/caller.ts";
import { Problem } from "../../platform/errors.ts";
import type { RateLimiter } from "../../platform/http/rateLimit.ts";
import { ACCESS_TOKEN_SECONDS } from "../tokens.ts";
import { ClientForm, type ClientRequest, type KnownClient } from "./clientAuthentication.ts";
import type { ClientTokens } from "./clientTokens.ts";
import { isApiKey } from "./keyCallers.ts";
import { ALGORITHMS } from "./publicKeys.ts";
import type { TokenRevocations } from "./tokenRevocations.ts";
import type { Uses } from "./uses.ts";

const TOKENS_PER_MINUTE = 60;
const Token = z.string().min(1).max(4096);

export const TokenForm = ClientForm.extend({ grant_type: z.string().max(255), scope: z.string().max(2000).optional() });
export const TokenOnly = ClientForm.extend({ token: Token, token_type_hint: z.string().max(255).optional() });

export const TokenAnswer = z.object({
  access_token: z.string(),
  token_type: z.literal("Bearer"),
  expires_in: z.int().describe("Seconds"),
  scope: z.string(),
});
export type TokenAnswer = z.infer<typeof TokenAnswer>;

/** RFC 7662, section 2.2; `tenant_id` and `actor_type` are ours. */
export const Introspection = z.object({
  active: z.boolean(),
  scope: z.string().optional(),
  client_id: z.string().optional(),
  token_type: z.literal("Bearer").optional(),
  exp: z.int().optional(),
  iat: z.int().optional(),
  sub: z.string().optional(),
  aud: z.string().optional(),
  iss: z.string().optional(),
  jti: z.string().optional(),
  tenant_id: z.string().optional(),
  actor_type: z.enum(["user", "key", "client"]).optional(),
});
export type Introspection = z.infer<typeof Introspection>;

export const ServerMetadata = z.object({
  issuer: z.string(),
  token_endpoint: z.string(),
  introspection_endpoint: z.string(),
  revocation_endpoint: z.string(),
  jwks_uri: z.string(),
  scopes_supported: z.array(z.string()),
  response_types_supported: z.array(z.string()),
  grant_types_supported: z.array(z.string()),
  token_endpoint_auth_methods_supported: z.array(z.string()),
  token_endpoint_auth_signing_alg_values_supported: z.array(z.string()),
  introspection_endpoint_auth_methods_supported: z.array(z.string()),
  introspection_endpoint_auth_signing_alg_values_supported: z.array(z.string()),
  revocation_endpoint_auth_methods_supported: z.array(z.string()),
  revocation_endpoint_auth_signing_alg_values_supported: z.array(z.string()),
});
export type ServerMetadata = z.infer<typeof ServerMetadata>;

interface OAuthParts {
  readonly publicUrl: string;
  readonly limiter: RateLimiter;
  readonly tokens: ClientTokens;
  readonly uses: Uses;
  readonly revocations: TokenRevocations;
  readonly authenticateClient: (request: ClientRequest) => Promise<KnownClient>;
  /** Of any bearer token; see `Machines.authenticate`. */
  readonly authenticate: (token: string, address: string) => Promise<Caller | undefined>;
}

/** The authorization server's endpoints for clients with credentials of their own (RFC 6749, section 4.4). */
export class OAuth {
  readonly #parts: OAuthParts;

  constructor(parts: OAuthParts) {
    this.#parts = parts;
  }

  /**
   * An access token for 10 minutes, with the scopes that are asked for, or all that the client has. Throws `invalid-client`,
   * `unsupported-grant-type`, `invalid-scope`, and `rate-limited` beyond 60 a minute.
   */
  async token(form: z.infer<typeof TokenForm>, from: Omit<ClientRequest, "form">): Promise<TokenAnswer> {
    const { authenticateClient, limiter, tokens, uses } = this.#parts;
    if (form.grant_type !== "client_credentials")
      throw new Problem("unsupported-grant-type", { detail: "The only grant here is client_credentials." });
    const known = await authenticateClient({ form, ...from });
    limiter.take(`${known.tenantId} ${known.id}`, TOKENS_PER_MINUTE);
    const scopes = grantedScopes(known.client.scopes, form.scope);
    const [token] = await Promise.all([tokens.issue(known, scopes), uses.note(known.tenantId, known.id)]);
    return { access_token: token, token_type: "Bearer", expires_in: ACCESS_TOKEN_SECONDS, scope: scopes.join(" ") };
  }

  /** What a token of the client's own organisation stands for; of any other text that it is not active, and nothing more. */
  async introspect(form: z.infer<typeof TokenOnly>, from: Omit<ClientRequest, "form">): Promise<Introspection> {
    const { authenticateClient, authenticate } = this.#parts;
    const { tenantId } = await authenticateClient({ form, ...from });
    const caller = await authenticate(form.token, from.address).catch(nobody);
    if (caller?.tenantId !== tenantId || caller.actor.type === "system") return { active: false };
    return {
      active: true,
      scope: [...caller.permissions].join(" "),
      token_type: "Bearer",
      sub: actorIdOf(caller.actor),
      ...(isApiKey(form.token) ? {} : Said.parse(decodeJwt(form.token))),
      tenant_id: tenantId,
      actor_type: caller.actor.type,
    };
  }

  /**
   * Ends a token of this client's (RFC 7009); a text that is no token is done with already. Throws `forbidden` for another client's,
   * `unsupported-token-type` for an API key or a person's token, since to answer "done" would be a lie.
   */
  async revoke(form: z.infer<typeof TokenOnly>, from: Omit<ClientRequest, "form">): Promise<void> {
    const { authenticateClient, authenticate, tokens, revocations } = this.#parts;
    const known = await authenticateClient({ form, ...from });
    const claims = await tokens.verify(form.token);
    if (claims !== undefined) return revocations.revoke(known, claims);
    const isAnothers =
      isApiKey(form.token) || (await authenticate(form.token, from.address).catch(nobody)) !== undefined;
    if (isAnothers)
      throw new Problem("unsupported-token-type", { detail: "Only a client's own access tokens are revoked here." });
  }

  /** RFC 8414. */
  metadata(): ServerMetadata {
    const { publicUrl } = this.#parts;
    const methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
    const algorithms = Object.values(ALGORITHMS).flat();
    return {
      issuer: publicUrl,
      token_endpoint: `${publicUrl}/api/oauth/token`,
      introspection_endpoint: `${publicUrl}/api/oauth/introspect`,
      revocation_endpoint: `${publicUrl}/api/oauth/revoke`,
      jwks_uri: `${publicUrl}/api/.well-known/jwks.json`,
      scopes_supported: [...PERMISSIONS],
      response_types_supported: [],
      grant_types_supported: ["client_credentials"],
      token_endpoint_auth_methods_supported: methods,
      token_endpoint_auth_signing_alg_values_supported: algorithms,
      introspection_endpoint_auth_methods_supported: methods,
      introspection_endpoint_auth_signing_alg_values_supported: algorithms,
      revocation_endpoint_auth_methods_supported: methods,
      revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    };
  }
}

/** What of a token's own words is passed on. */
const Said = Introspection.pick({ client_id: true, exp: true, iat: true, sub: true, aud: true, iss: true, jti: true });

function grantedScopes(has: readonly Permission[], asked: string | undefined): readonly Permission[] {
  if (asked === undefined) return has;
  const names = new Set(asked.split(" ").filter((name) => name !== ""));
  const granted = has.filter((scope) => names.delete(scope));
  if (names.size > 0 || granted.length === 0)
    throw new Problem("invalid-scope", { detail: "The client does not have all the scopes that were asked for." });
  return granted;
}

/** Whoever's token does not count is nobody; that we cannot tell is passed on. */
function nobody(error: unknown): undefined {
  if (error instanceof Problem && error.status === 401) return undefined;
  throw error;
}
