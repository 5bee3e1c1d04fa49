import { SamlRefused } from "./refusal.ts";
import { attributeOf, elementsIn, isNamed, textOf, type XmlElement } from "./xml.ts";

/**
 * What a signature may be made with: RSA with SHA-256 or stronger. SHA-1 collides, and HMAC would take the public key for a secret.
 * There is no RSA-SHA384 because node-saml's xml-crypto has none.
 */
const SIGNATURE_METHODS: ReadonlySet<string> = new Set([
  "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
  "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
  "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
]);
const DIGEST_METHODS: ReadonlySet<string> = new Set([
  "http://www.w3.org/2001/04/xmlenc#sha256",
  "http://www.w3.org/2001/04/xmlenc#sha512",
]);
/** Exclusive canonicalisation, as SAML core 5.4.3 has it; a document with comments has been refused by then. */
const CANONICALIZATIONS: ReadonlySet<string> = new Set([
  "http://www.w3.org/2001/10/xml-exc-c14n#",
  "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
]);
const ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/**
 * Holds a signature to the one form that SAML core 5.4 describes: over the element it stands in, by its id, as it is without the
 * signature. Whether it is genuine is another question. Throws `SamlRefused`.
 */
export function checkSignatureShape(signature: XmlElement, signed: XmlElement): void {
  const [signedInfo, value, keyInfo, ...more] = elementsIn(signature);
  if (!isDs(signedInfo, "SignedInfo") || !isDs(value, "SignatureValue") || more.length > 0) throw misshapen();
  if (keyInfo !== undefined && !isDs(keyInfo, "KeyInfo")) throw misshapen();
  textOf(value);
  const [canonicalization, method, reference, ...others] = elementsIn(signedInfo);
  if (!isDs(canonicalization, "CanonicalizationMethod") || !isDs(method, "SignatureMethod")) throw misshapen();
  if (!isDs(reference, "Reference") || others.length > 0) throw misshapen();
  checkCanonicalization(canonicalization, "algorithm-not-allowed");
  // A parameter of the method could cut an HMAC short; RSA has none.
  if (elementsIn(method).length > 0) throw misshapen();
  checkAlgorithm(method, SIGNATURE_METHODS);
  checkReference(reference, signed);
}

function checkReference(reference: XmlElement, signed: XmlElement): void {
  const id = attributeOf(signed, "ID");
  if (id === undefined || attributeOf(reference, "URI") !== `#${id}`) throw misshapen();
  const [transforms, digestMethod, digestValue, ...more] = elementsIn(reference);
  if (isDs(transforms, "DigestMethod")) throw new SamlRefused("transform-not-allowed");
  if (!isDs(transforms, "Transforms") || !isDs(digestMethod, "DigestMethod")) throw misshapen();
  if (!isDs(digestValue, "DigestValue") || more.length > 0) throw misshapen();
  textOf(digestValue);
  checkAlgorithm(digestMethod, DIGEST_METHODS);
  const [enveloped, canonicalization, ...others] = elementsIn(transforms);
  if (!isDs(enveloped, "Transform") || !isDs(canonicalization, "Transform") || others.length > 0)
    throw new SamlRefused("transform-not-allowed");
  if (attributeOf(enveloped, "Algorithm") !== ENVELOPED || elementsIn(enveloped).length > 0)
    throw new SamlRefused("transform-not-allowed");
  checkCanonicalization(canonicalization, "transform-not-allowed");
}

/** It may list the prefixes of namespaces that it treats inclusively, and nothing else. */
function checkCanonicalization(element: XmlElement, reason: "algorithm-not-allowed" | "transform-not-allowed"): void {
  const algorithm = attributeOf(element, "Algorithm");
  if (algorithm === undefined || !CANONICALIZATIONS.has(algorithm)) throw new SamlRefused(reason);
  for (const child of elementsIn(element))
    if (child.local !== "InclusiveNamespaces" || elementsIn(child).length > 0) throw new SamlRefused(reason);
}

function checkAlgorithm(element: XmlElement, allowed: ReadonlySet<string>): void {
  const algorithm = attributeOf(element, "Algorithm");
  if (algorithm === undefined || !allowed.has(algorithm)) throw new SamlRefused("algorithm-not-allowed");
}

function isDs(element: XmlElement | undefined, local: string): element is XmlElement {
  return element !== undefined && isNamed(element, "signature", local);
}

function misshapen(): SamlRefused {
  return new SamlRefused("signature-shape");
}
