import type { Caller } from "../../platform/caller.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Documents } from "../../platform/documents/port.ts";
import type { FetchOutside } from "../../platform/egress/port.ts";
import { Problem } from "../../platform/errors.ts";
import type { Entrance } from "../providers/admit.ts";
import { type SignInFailure, SignInRefused } from "../providers/failures.ts";
import type { Landing } from "../providers/landing.ts";
import type { Arrival, OidcProvider } from "../providers/model.ts";
import type { Attempt, SignInProviders } from "../providers/service.ts";
import { arrivalOf, wantedClaims } from "./claims.ts";
import { authorizationUrl, type ClientSettings, newExpectation, redeem } from "./client.ts";
import { testConnection } from "./connectionTest.ts";
import { Discovery } from "./discovery.ts";
import { mayBeOutdated, OidcFault } from "./faults.ts";
import { type BrowserHalf, FlowStore, interrupted, parseState } from "./flows.ts";
import type { ConnectionTest, Flow } from "./model.ts";

export { FLOW_SECONDS } from "./model.ts";

export interface OidcDependencies {
  readonly documents: Documents;
  readonly clock: Clock;
  readonly fetchOutside: FetchOutside;
  readonly providers: SignInProviders;
}

/** Where a browser is sent to sign in: with half of a flow to keep, or back with what is the matter. */
export type Departure = { readonly url: string; readonly browser: BrowserHalf } | { readonly failure: SignInFailure };

/** What a browser brings back. */
export interface Return {
  /** The query, as it came. */
  readonly parameters: URLSearchParams;
  /** What it has kept of the flow. */
  readonly browserSecret: string | undefined;
  /** The client's. */
  readonly address: string;
}

/** Sign-in by OpenID Connect: authorisation code with PKCE, state and nonce, of which nothing is good for a second time. */
export class OidcSignIn {
  readonly #dependencies: OidcDependencies;
  readonly #flows: FlowStore;
  readonly #discovery: Discovery;

  constructor(dependencies: OidcDependencies) {
    const { documents, clock, fetchOutside } = dependencies;
    this.#dependencies = dependencies;
    this.#flows = new FlowStore(documents, clock);
    this.#discovery = new Discovery(fetchOutside, clock);
  }

  /** Begins a sign-in by an organisation's provider. `returnTo`: the desk's page to go on with. Never throws. */
  async start(slug: string, providerId: string, returnTo: string | undefined, address: string): Promise<Departure> {
    const { providers } = this.#dependencies;
    let attempt: Attempt = { address };
    try {
      const entrance = oidc(await providers.entrance(slug, providerId));
      attempt = { tenantId: entrance.tenantId, providerId, address };
      return await this.#depart(entrance, returnTo);
    } catch (error) {
      return { failure: await providers.refuse(refusalOf(error), attempt) };
    }
  }

  /** Ends a sign-in with what the browser brings back from the provider. Never throws. */
  async finish({ parameters, browserSecret, address }: Return): Promise<Landing> {
    const { providers } = this.#dependencies;
    let attempt: Attempt = { address };
    try {
      const state = parseState(parameters.get("state") ?? undefined);
      if (state === undefined) throw interrupted("no-state");
      const { tenantId } = state;
      const flow = await this.#flows.find(state);
      attempt = { tenantId, providerId: flow.value.providerId, address };
      await this.#flows.end(tenantId, flow, browserSecret);
      const entrance = oidc(await providers.entranceOf(tenantId, flow.value.providerId));
      const arrival = await this.#arrive(entrance, flow.value, parameters);
      const outcome = await providers.enter(entrance, arrival, "oidc", address);
      return { outcome, returnTo: flow.value.returnTo };
    } catch (error) {
      return { failure: await providers.refuse(refusalOf(error), attempt) };
    }
  }

  /**
   * Looks at a provider of the caller's organisation as a sign-in would, and says what is the matter in an admin's words. Throws
   * `not-found`.
   */
  async test({ tenantId }: Caller, providerId: string): Promise<ConnectionTest> {
    const { providers, fetchOutside, clock } = this.#dependencies;
    const provider = await providers.read(tenantId, providerId);
    if (provider?.type !== "oidc") throw new Problem("not-found");
    const settings = await this.#settings({ tenantId, providerId, provider });
    const result = await testConnection({ fetch: fetchOutside, clock }, provider, settings);
    // What has been set right is to be seen at the next sign-in, too.
    this.#discovery.doubt(settings.issuer);
    return result;
  }

  async #depart(entrance: OidcEntrance, returnTo: string | undefined): Promise<Departure> {
    const { providerId, provider, tenantId } = entrance;
    const { issuer, clientId, scopes } = provider;
    const { redirectUri } = this.#dependencies.providers;
    const metadata = await this.#discovery.metadata(provider);
    const { nonce, codeVerifier } = await newExpectation();
    const about = {
      providerId,
      issuer,
      clientId,
      nonce,
      codeVerifier,
      ...(returnTo === undefined ? {} : { returnTo }),
    };
    const { state, browser, commit } = this.#flows.begin(tenantId, about);
    const scope = [...new Set(["openid", ...scopes])].join(" ");
    const expected = { state, nonce, codeVerifier };
    const url = await authorizationUrl(metadata, { clientId, redirectUri }, expected, { scope });
    await commit();
    return { url: url.href, browser };
  }

  async #arrive(entrance: OidcEntrance, flow: Flow, parameters: URLSearchParams): Promise<Arrival> {
    const { provider } = entrance;
    const { issuer, clientId } = provider;
    if (flow.issuer !== issuer || flow.clientId !== clientId) throw interrupted("provider-changed");
    const settings = await this.#settings(entrance);
    const expected = { ...flow, state: parameters.get("state") ?? "" };
    const parts = { fetch: this.#dependencies.fetchOutside, clock: this.#dependencies.clock };
    try {
      const metadata = await this.#discovery.metadata(settings);
      const known = this.#discovery.keys(issuer);
      const { claims, keys } = await redeem(parts, metadata, settings, parameters, expected, known);
      this.#discovery.rememberKeys(issuer, keys);
      return arrivalOf(provider, claims);
    } catch (error) {
      if (error instanceof OidcFault && mayBeOutdated(error)) this.#discovery.doubt(issuer);
      throw error;
    }
  }

  async #settings(entrance: OidcEntrance): Promise<ClientSettings> {
    const { providers } = this.#dependencies;
    const { issuer, clientId } = entrance.provider;
    return {
      issuer,
      clientId,
      clientSecret: await providers.clientSecret(entrance),
      redirectUri: providers.redirectUri,
      wantedClaims: wantedClaims(entrance.provider),
    };
  }
}

type OidcEntrance = Entrance<OidcProvider>;

function oidc({ provider, ...entrance }: Entrance): OidcEntrance {
  if (provider.type === "oidc") return { ...entrance, provider };
  throw new SignInRefused("sso-unknown", { reason: "another-protocol" });
}

function refusalOf(error: unknown): unknown {
  return error instanceof OidcFault ? error.refusal() : error;
}
