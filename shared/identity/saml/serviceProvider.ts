import { generateServiceProviderMetadata, SAML } from "@node-saml/node-saml";
import type { SamlSettings } from "./settings.ts";

/** What we are to one identity provider of one organisation. */
export interface Service {
  /** The address of our metadata, as is usual. */
  readonly entityId: string;
  /** Where responses are posted to: the assertion consumer service. */
  readonly acsUrl: string;
}

/** The key of an organisation: it signs requests, and opens assertions that are encrypted for it. */
export interface ServiceKey {
  /** PEM. */
  readonly certificate: string;
  readonly privateKey: string;
}

/** `publicUrl`: without a slash at the end. */
export function serviceOf(publicUrl: string, slug: string, providerId: string): Service {
  const base = `${publicUrl}/api/auth/saml/${slug}/${providerId}`;
  return { entityId: `${base}/metadata`, acsUrl: `${base}/acs` };
}

const NAME_ID_FORMATS = {
  persistent: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
  email: "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
} as const;

interface Request {
  readonly id: string;
  readonly relayState: string;
}

/** Where the browser is sent: a signed AuthnRequest by HTTP-Redirect (SAML bindings 3.4). */
export function requestUrl(
  provider: SamlSettings,
  { entityId, acsUrl }: Service,
  { privateKey }: ServiceKey,
  { id, relayState }: Request,
): Promise<string> {
  const saml = new SAML({
    issuer: entityId,
    callbackUrl: acsUrl,
    entryPoint: provider.ssoUrl,
    idpCert: provider.certificates,
    privateKey,
    signatureAlgorithm: "sha256",
    generateUniqueId: () => id,
    identifierFormat: provider.nameIdFormat === undefined ? null : NAME_ID_FORMATS[provider.nameIdFormat],
    // How people show who they are is the organisation's matter; a password, which the library would ask for, is the worst of ways.
    disableRequestedAuthnContext: true,
  });
  return saml.getAuthorizeUrlAsync(relayState, undefined, {});
}

/** Our metadata for one provider: what to send where, and the certificate of the key that signs and decrypts. */
export function serviceMetadata(
  provider: Pick<SamlSettings, "signed" | "nameIdFormat">,
  { entityId, acsUrl }: Service,
  { certificate, privateKey }: ServiceKey,
): string {
  return generateServiceProviderMetadata({
    issuer: entityId,
    callbackUrl: acsUrl,
    privateKey,
    publicCerts: certificate,
    decryptionPvk: privateKey,
    decryptionCert: certificate,
    wantAssertionsSigned: provider.signed !== "response",
    identifierFormat: provider.nameIdFormat === undefined ? null : NAME_ID_FORMATS[provider.nameIdFormat],
    // The same at each call, since nothing has changed.
    generateUniqueId: () => "_metadata",
  });
}
