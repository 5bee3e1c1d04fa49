import { type CertificateFacts, CertificateUnusable, readCertificate } from "./certificates.ts";
import { SamlRefused } from "./refusal.ts";
import {
  attributeOf,
  childNamed,
  childrenNamed,
  elementsWithin,
  isNamed,
  NAMESPACES,
  parseXml,
  textOf,
  type XmlElement,
} from "./xml.ts";

const REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
/** ADFS and Entra ID describe all that they can do, in some thousand elements; comments do no harm where an admin pastes. */
const LIMITS = { depth: 40, elements: 20_000, comments: "ignored" } as const;
const MAX_CERTIFICATES = 10;

/** What an identity provider says of itself, as far as signing in takes it. */
export interface ProviderFacts {
  readonly entityId: string;
  readonly ssoUrl: string;
  /** PEM. */
  readonly certificates: readonly string[];
}

/** `message`: a sentence for an admin. */
export class MetadataUnusable extends Error {
  override readonly name = "MetadataUnusable";
}

/**
 * A provider's metadata (docs.oasis-open.org/security/saml/v2.0/saml-metadata-2.0-os.pdf), as an admin has pasted it; its own signature
 * says no more than that, and is not looked at. Throws `MetadataUnusable`.
 */
export function readProviderMetadata(xml: string, now: Date): ProviderFacts {
  const [entity, role] = onlyProvider(parsed(xml));
  checkValidity(entity, now);
  const entityId = attributeOf(entity, "entityID");
  if (entityId === undefined) throw new MetadataUnusable("It does not say what the provider calls itself (entityID).");
  const service = childrenNamed(role, "metadata", "SingleSignOnService").find(
    (each) => attributeOf(each, "Binding") === REDIRECT,
  );
  const ssoUrl = service && attributeOf(service, "Location");
  if (ssoUrl === undefined)
    throw new MetadataUnusable(
      "It names no address for signing in by HTTP-Redirect, which is how people are sent there.",
    );
  return { entityId, ssoUrl, certificates: certificatesOf(role).map(({ pem }) => pem) };
}

function parsed(xml: string): XmlElement {
  try {
    // What was pasted may have white space in front.
    return parseXml(xml.trim(), LIMITS);
  } catch (error) {
    if (!(error instanceof SamlRefused)) throw error;
    if (error.reason === "dtd") throw new MetadataUnusable("It has a document type, which metadata has not.");
    if (error.reason === "too-large")
      throw new MetadataUnusable("It is too large. Paste the metadata of your provider alone.");
    throw new MetadataUnusable("This is no XML. Paste the whole metadata, from the first < to the last >.");
  }
}

function onlyProvider(root: XmlElement): readonly [XmlElement, XmlElement] {
  const found = [...elementsWithin(root)]
    .filter((element) => isNamed(element, "metadata", "EntityDescriptor"))
    .flatMap((entity) => {
      const role = childrenNamed(entity, "metadata", "IDPSSODescriptor").find(speaksSaml2);
      return role === undefined ? [] : [[entity, role] as const];
    });
  const [provider, ...more] = found;
  if (provider === undefined)
    throw new MetadataUnusable(
      "It describes no identity provider of SAML 2.0. Take the metadata of the provider, not of an application.",
    );
  if (more.length > 0)
    throw new MetadataUnusable("It describes several identity providers. Paste the EntityDescriptor of yours alone.");
  return provider;
}

function speaksSaml2(role: XmlElement): boolean {
  return (attributeOf(role, "protocolSupportEnumeration") ?? "").split(/\s+/).includes(NAMESPACES.protocol);
}

function checkValidity(entity: XmlElement, now: Date): void {
  const until = attributeOf(entity, "validUntil");
  if (until !== undefined && !(Date.parse(until) > now.getTime()))
    throw new MetadataUnusable("It is out of date, by its own word. Fetch it from the provider anew.");
}

/** Of keys that sign: those for which it does not say what they are for sign as well. */
function certificatesOf(role: XmlElement): readonly CertificateFacts[] {
  const texts = childrenNamed(role, "metadata", "KeyDescriptor")
    .filter((key) => (attributeOf(key, "use") ?? "signing") === "signing")
    .flatMap((key) => {
      const info = childNamed(key, "signature", "KeyInfo");
      const data = info === undefined ? [] : childrenNamed(info, "signature", "X509Data");
      return data.flatMap((each) => childrenNamed(each, "signature", "X509Certificate").map(textOf));
    });
  const different = [...new Set(texts.map((text) => text.replace(/\s/g, "")))];
  if (different.length === 0)
    throw new MetadataUnusable("It has no certificate of the key that the provider signs with.");
  if (different.length > MAX_CERTIFICATES)
    throw new MetadataUnusable(
      `It has more than ${MAX_CERTIFICATES} certificates. Remove those that are not used any more.`,
    );
  return different.map(usable);
}

function usable(text: string): CertificateFacts {
  try {
    return readCertificate(text);
  } catch (error) {
    if (!(error instanceof CertificateUnusable)) throw error;
    throw new MetadataUnusable(`A certificate in it cannot be used. ${error.message}`);
  }
}
