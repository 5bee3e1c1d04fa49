import { IdentityProvider, ServiceProvider, setSchemaValidator } from "samlify";
import { AUDIENCE, PROVIDER, RECIPIENT, responseXml, type Said } from "./said.ts";
import type { Pair } from "./signing.ts";

// The validators that there are for it need a JDK or libxml; it is our reading that is tried here, and not its own.
setSchemaValidator({ validate: async () => "not held to a schema" });

const POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
export const SSO_URL = "https://idp.test/sso";
export const GCM = "http://www.w3.org/2009/xmlenc11#aes128-gcm";
export const CBC = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";

interface Settings {
  readonly pair: Pair;
  /** The service's metadata; default: as the tests of responses have it. */
  readonly serviceMetadata?: string;
  /** PEM, for whom assertions are encrypted; with what. */
  readonly encryption?: { readonly certificate: string; readonly algorithm: string };
  readonly signed: "assertion" | "response" | "both";
}

/** An identity provider made of samlify: it reads our requests, and signs and encrypts what a response says. */
export function samlifyProvider({ pair, serviceMetadata, encryption, signed }: Settings) {
  const provider = IdentityProvider({
    entityID: PROVIDER,
    signingCert: pair.certificate,
    privateKey: pair.key,
    requestSignatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    wantAuthnRequestsSigned: true,
    singleSignOnService: [{ Binding: REDIRECT, Location: SSO_URL }],
    singleLogoutService: [{ Binding: REDIRECT, Location: "https://idp.test/logout" }],
    isAssertionEncrypted: encryption !== undefined,
    ...(encryption === undefined
      ? {}
      : {
          dataEncryptionAlgorithm: encryption.algorithm,
          keyEncryptionAlgorithm: "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
        }),
  });
  const service = ServiceProvider({
    ...(serviceMetadata === undefined
      ? {
          entityID: AUDIENCE,
          assertionConsumerService: [{ Binding: POST, Location: RECIPIENT }],
          ...(encryption === undefined ? {} : { encryptCert: encryption.certificate }),
        }
      : { metadata: serviceMetadata }),
    wantAssertionsSigned: signed !== "response",
    wantMessageSigned: signed !== "assertion",
  });
  return {
    metadata: provider.getMetadata(),
    /** What our request says; throws where its signature does not fit our metadata. */
    readRequest: (url: string) => readRequest(provider, service, url),
    /** The response as the browser posts it: base64. */
    answer: async (said: Said) => {
      const options = {
        customTagReplacement: () => ({ id: said.responseId, context: responseXml(said) }),
        // A signature over the response that is made before would not outlive the encryption.
        encryptThenSign: encryption !== undefined && signed !== "assertion",
      };
      const { context } = await provider.createLoginResponse(service, { extract: {} }, "post", {}, options);
      return context;
    },
  };
}

async function readRequest(
  provider: ReturnType<typeof IdentityProvider>,
  service: ReturnType<typeof ServiceProvider>,
  url: string,
) {
  const { searchParams, search } = new URL(url);
  const query = Object.fromEntries(searchParams);
  const octetString = search.slice(1).replace(/&Signature=.*$/, "");
  const { extract } = await provider.parseLoginRequest(service, "redirect", { query, octetString });
  const { id, assertionConsumerServiceUrl: acsUrl } = extract.request ?? {};
  return { id, issuer: extract.issuer, acsUrl, relayState: query.RelayState };
}
