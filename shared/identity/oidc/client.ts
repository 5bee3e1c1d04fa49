import type { Configuration, CustomFetch, ExportedJWKSCache, ServerMetadata } from "openid-client";
import type { Clock } from "../../platform/clock.ts";
import type { FetchOutside } from "../../platform/egress/port.ts";
import { faultOf, OidcFault } from "./faults.ts";

/** What an installation is at a provider. */
export interface ClientSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  /** Claims that are asked for at the provider's userinfo endpoint where its ID token does not have them. */
  readonly wantedClaims: readonly string[];
}

/** Of one sign-in: what must come back. */
export interface Expected {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** Keys of a provider, and when they were fetched (seconds since 1970, by this machine). */
export type KnownKeys = ExportedJWKSCache;

export interface Redeemed {
  /** Of a token that is genuine, for us, of this sign-in and of now. */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly keys: KnownKeys | undefined;
}

/** Seconds by which a provider's clock may be wrong. */
const TOLERANCE = 60;
/** openid-client looks for a new key only where the ones it knows are older (seconds), and we know them from elsewhere. */
const LOOKS_AGAIN_AFTER = 60;

/** The library is loaded on first use: a webhook's cold start pays nothing for it. */
const load = () => import("openid-client");

export interface OidcClientParts {
  readonly fetch: FetchOutside;
  readonly clock: Clock;
}

/** A provider's description of itself, from its well-known address. Throws `OidcFault`. */
export async function discover(
  { fetch }: Pick<OidcClientParts, "fetch">,
  { issuer, clientId }: Pick<ClientSettings, "issuer" | "clientId">,
): Promise<ServerMetadata> {
  const { discovery, customFetch, allowInsecureRequests } = await load();
  const metadata = await believed(async () => {
    const found = await discovery(new URL(issuer), clientId, undefined, undefined, {
      [customFetch]: asFetch(fetch),
      execute: isPlain(issuer) ? [allowInsecureRequests] : [],
    });
    return { ...found.serverMetadata() };
  });
  // The library makes an exception for Microsoft's, which would let in the people of all of Microsoft's customers.
  if (metadata.issuer !== issuer) throw new OidcFault("issuer-mismatch", { said: metadata.issuer });
  for (const endpoint of [metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri])
    if (!/^https?:\/\//.test(endpoint ?? "")) throw new OidcFault("malformed");
  return metadata;
}

/** Where the browser is sent: authorisation code, PKCE with S256, state and nonce. Throws `OidcFault`. */
export async function authorizationUrl(
  metadata: ServerMetadata,
  { clientId, redirectUri }: Pick<ClientSettings, "clientId" | "redirectUri">,
  { state, nonce, codeVerifier }: Expected,
  parameters: Readonly<Record<string, string>>,
): Promise<URL> {
  const client = await load();
  const configuration = new client.Configuration(metadata, clientId);
  if (isPlain(metadata.issuer)) client.allowInsecureRequests(configuration);
  const code_challenge = await client.calculatePKCECodeChallenge(codeVerifier);
  const pkce = { code_challenge, code_challenge_method: "S256" };
  return believed(async () =>
    client.buildAuthorizationUrl(configuration, { ...parameters, ...pkce, redirect_uri: redirectUri, state, nonce }),
  );
}

/**
 * Takes the code that the browser brought for what the provider says of the person. `parameters`: the query of our redirect URI,
 * as it came. Throws `OidcFault`.
 */
export async function redeem(
  parts: OidcClientParts,
  metadata: ServerMetadata,
  settings: ClientSettings,
  parameters: URLSearchParams,
  expected: Expected,
  known: KnownKeys | undefined,
): Promise<Redeemed> {
  const client = await load();
  const configuration = await configured(parts, metadata, settings);
  client.enableNonRepudiationChecks(configuration);
  if (known !== undefined) client.setJwksCache(configuration, remembered(known));
  return believed(async () => {
    checkIssuer(metadata, parameters);
    const tokens = await client.authorizationCodeGrant(
      configuration,
      new URL(`${settings.redirectUri}?${parameters}`),
      {
        expectedState: expected.state,
        expectedNonce: expected.nonce,
        pkceCodeVerifier: expected.codeVerifier,
        idTokenExpected: true,
      },
    );
    const claims = tokens.claims();
    if (claims === undefined) throw new OidcFault("invalid-token");
    // The library takes a token from the future for a good one.
    if (claims.iat > parts.clock.now().getTime() / 1000 + TOLERANCE) throw new OidcFault("not-yet-valid");
    const asks = lacks(claims, settings.wantedClaims) && metadata.userinfo_endpoint !== undefined;
    const info = asks ? await userInfo(configuration, tokens.access_token, claims.sub) : {};
    return { claims: { ...info, ...claims }, keys: client.getJwksCache(configuration) };
  });
}

async function userInfo(configuration: Configuration, accessToken: string, subject: string): Promise<object> {
  const { fetchUserInfo } = await load();
  try {
    return await fetchUserInfo(configuration, accessToken, subject);
  } catch (error) {
    const fault = faultOf(error);
    // The token was refused here, and not the client.
    throw fault.reason === "wrong-client" ? new OidcFault("provider-refused", { cause: error }) : fault;
  }
}

/** Whether an authorisation server knows us by id and secret, seen by how it refuses a code that nobody has. Throws `OidcFault`. */
export async function redeemNothing(
  parts: OidcClientParts,
  metadata: ServerMetadata,
  settings: ClientSettings,
): Promise<void> {
  const client = await load();
  const configuration = await configured(parts, metadata, settings);
  const parameters = new URLSearchParams({ code: "connection-test", state: "test", iss: metadata.issuer });
  const url = new URL(`${settings.redirectUri}?${parameters}`);
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  await believed(() => client.authorizationCodeGrant(configuration, url, { expectedState: "test", pkceCodeVerifier }));
}

/** A state, a nonce and a verifier that nobody can guess. */
export async function newExpectation(): Promise<Expected> {
  const { randomState, randomNonce, randomPKCECodeVerifier } = await load();
  return { state: randomState(), nonce: randomNonce(), codeVerifier: randomPKCECodeVerifier() };
}

async function configured(
  { fetch, clock }: OidcClientParts,
  metadata: ServerMetadata,
  { issuer, clientId, clientSecret }: ClientSettings,
): Promise<Configuration> {
  const client = await load();
  const authentication = takesBasic(metadata)
    ? client.ClientSecretBasic(clientSecret)
    : client.ClientSecretPost(clientSecret);
  // The library has this machine's clock, and is told by how much ours is another.
  const clockSkew = Math.round((clock.now().getTime() - Date.now()) / 1000);
  const own = { [client.clockSkew]: clockSkew, [client.clockTolerance]: TOLERANCE };
  const configuration = new client.Configuration(metadata, clientId, own, authentication);
  configuration[client.customFetch] = asFetch(fetch);
  if (isPlain(issuer)) client.allowInsecureRequests(configuration);
  return configuration;
}

/** Whether the provider takes the secret in a header, which is what it does when it does not say (RFC 8414, 2). */
function takesBasic({ token_endpoint_auth_methods_supported: methods }: ServerMetadata): boolean {
  return methods === undefined || methods.includes("client_secret_basic") || !methods.includes("client_secret_post");
}

/** Who answers must be who was asked (RFC 9207): another provider's code is not shown to this one. */
function checkIssuer({ issuer }: ServerMetadata, parameters: URLSearchParams): void {
  const answering = parameters.get("iss");
  if (answering !== null && answering !== issuer) throw new OidcFault("wrong-issuer");
}

function lacks(claims: object, wanted: readonly string[]): boolean {
  return wanted.some((name) => !(name in claims));
}

/** Old enough for a new key to be looked for at once. */
function remembered({ jwks, uat }: KnownKeys): KnownKeys {
  return { jwks, uat: Math.min(uat, Math.floor(Date.now() / 1000) - LOOKS_AGAIN_AFTER) };
}

/** To this machine without TLS, which the way out allows where it may be. */
function isPlain(issuer: string): boolean {
  return issuer.startsWith("http:");
}

function asFetch(fetch: FetchOutside): CustomFetch {
  return (url, { method, headers, body, signal }) => {
    const text = body instanceof URLSearchParams || typeof body === "string" ? { body: String(body) } : {};
    return fetch(url, { method, headers, ...text, ...(signal === undefined ? {} : { signal }) });
  };
}

async function believed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw faultOf(error);
  }
}
