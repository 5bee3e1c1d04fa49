import type { Caller } from "../../platform/caller.ts";
import { RateLimiter } from "../../platform/http/rateLimit.ts";
import { ApiKeyAdministration } from "./apiKeys.ts";
import { Assertions } from "./assertions.ts";
import { authenticateClient } from "./clientAuthentication.ts";
import { ClientTokens, saysItIsAClients } from "./clientTokens.ts";
import { parseClientId } from "./credentialText.ts";
import type { MachineDependencies } from "./dependencies.ts";
import { isApiKey, keyCaller } from "./keyCallers.ts";
import { MachineLookup, Strangers } from "./lookup.ts";
import { ApiKeys, type Machine, type OAuthClient, OAuthClients } from "./model.ts";
import { OAuth } from "./oauth.ts";
import { OAuthClientAdministration } from "./oauthClients.ts";
import { MachineRegistry } from "./registry.ts";
import { hasExpired } from "./rules.ts";
import { stillCounts, TokenRevocations } from "./tokenRevocations.ts";
import { Uses } from "./uses.ts";

interface MachinesDependencies extends MachineDependencies {
  /** The caller of a person's access token, or undefined. */
  readonly authenticateUser: (accessToken: string) => Promise<Caller | undefined>;
}

/** What acts without a person: API keys, and OAuth2 clients with credentials of their own. */
export class Machines {
  readonly keys: ApiKeyAdministration;
  readonly clients: OAuthClientAdministration;
  readonly oauth: OAuth;
  readonly #dependencies: MachinesDependencies;
  readonly #strangers: Strangers;
  readonly #uses: Uses;
  readonly #tokens: ClientTokens;
  readonly #keyLookup: MachineLookup<Machine>;
  readonly #clientLookup: MachineLookup<OAuthClient>;

  constructor(dependencies: MachinesDependencies) {
    const { clock, publicUrl, keys } = dependencies;
    this.#dependencies = dependencies;
    this.#strangers = new Strangers(clock);
    this.#uses = new Uses(dependencies);
    this.#tokens = new ClientTokens(keys.signing, publicUrl, clock);
    const key = (keyId: string) => ({ type: "key", keyId }) as const;
    const client = (clientId: string) => ({ type: "client", clientId }) as const;
    this.#keyLookup = new MachineLookup(ApiKeys, key, this.#strangers, dependencies);
    this.#clientLookup = new MachineLookup(OAuthClients, client, this.#strangers, dependencies);
    this.keys = new ApiKeyAdministration(dependencies, (...place) => this.#keyLookup.forget(...place));
    this.clients = new OAuthClientAdministration(dependencies, (...place) => this.#clientLookup.forget(...place));
    this.oauth = this.#newOAuth();
  }

  /**
   * The caller of any bearer token: a person's or a client's access token, or an API key; undefined for one that is not, or no longer,
   * ours. Machines are looked up every 3 s, so that a revocation counts within 5. `address`: the client's. Throws `unauthenticated`
   * with what is wrong where the shown secret was right once, and `rate-limited` for whoever tries too many.
   */
  authenticate(token: string, address: string): Promise<Caller | undefined> {
    const { authenticateUser } = this.#dependencies;
    const [lookup, strangers, uses] = [this.#keyLookup, this.#strangers, this.#uses];
    if (isApiKey(token)) return keyCaller({ lookup, strangers, uses }, token, address);
    return saysItIsAClients(token) ? this.#clientCaller(token, address) : authenticateUser(token);
  }

  async #clientCaller(token: string, address: string): Promise<Caller | undefined> {
    const claims = await this.#tokens.verify(token);
    const place = claims && parseClientId(claims.client_id);
    if (claims === undefined || place === undefined || place.tenantId !== claims.tid) return undefined;
    const { tenantId, id: clientId } = place;
    const client = await this.#clientLookup.byId(tenantId, clientId, address);
    if (client === undefined || hasExpired(client, this.#dependencies.clock.now()) || !stillCounts(client, claims)) {
      await this.#clientLookup.note(tenantId, clientId, "token-revoked", address);
      return undefined;
    }
    const granted = new Set(claims.scope.split(" "));
    const permissions = new Set(client.scopes.filter((scope) => granted.has(scope)));
    return { tenantId, actor: { type: "client", clientId }, permissions };
  }

  #newOAuth(): OAuth {
    const { clock, publicUrl } = this.#dependencies;
    const lookup = this.#clientLookup;
    const forget = (tenantId: string, id: string) => lookup.forget(tenantId, id);
    const registry = new MachineRegistry(OAuthClients, "cli", this.#dependencies);
    const assertions = new Assertions(this.#dependencies);
    const parts = { lookup, strangers: this.#strangers, assertions, now: () => clock.now() };
    return new OAuth({
      publicUrl,
      limiter: new RateLimiter(clock),
      tokens: this.#tokens,
      uses: this.#uses,
      revocations: new TokenRevocations(registry, clock, forget),
      authenticateClient: (request) => authenticateClient(parts, request),
      authenticate: (token, address) => this.authenticate(token, address),
    });
  }
}
