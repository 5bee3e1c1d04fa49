import { createHmac, generateKeyPairSync, type KeyObject } from "node:crypto";
import { SignedXml } from "xml-crypto";
import { selfSigned } from "../selfSigned.ts";

export interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  /** PEM. */
  readonly key: string;
  readonly certificate: string;
}

export function newPair(commonName: string, from = "2026-01-01", until = "2036-01-01"): Pair {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    ...pair,
    key: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    certificate: selfSigned(pair, { commonName, from: new Date(from), until: new Date(until) }),
  };
}

export const EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#";
export const ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
export const RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
export const SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256";

interface Signing {
  readonly method?: string;
  readonly digest?: string;
  readonly transforms?: readonly string[];
  readonly canonicalization?: string;
  /** XPath of the element that is signed, of which the signature becomes part of; default: the element at `place`. */
  readonly over?: string;
  /** In place of the private key: the secret of an HMAC. */
  readonly secret?: string;
}

const PLACES = {
  response: "/*[local-name(.)='Response']",
  assertion: "//*[local-name(.)='Assertion']",
} as const;

/** The document with a signature after the Issuer of its response or assertion, as a provider makes it, or nearly so. */
export function sign(xml: string, place: keyof typeof PLACES, pair: Pair, signing: Signing = {}): string {
  const { method = RSA_SHA256, digest = SHA256, transforms = [ENVELOPED, EXC_C14N], secret } = signing;
  const signature = new SignedXml({
    privateKey: secret ?? pair.key,
    publicCert: pair.certificate,
    signatureAlgorithm: method,
    canonicalizationAlgorithm: signing.canonicalization ?? EXC_C14N,
  });
  if (secret !== undefined) signature.SignatureAlgorithms = { [method]: hmac(method) };
  signature.addReference({
    xpath: signing.over ?? PLACES[place],
    transforms: [...transforms],
    digestAlgorithm: digest,
  });
  const reference = `${PLACES[place]}/*[local-name(.)='Issuer']`;
  signature.computeSignature(xml, { prefix: "ds", location: { reference, action: "after" } });
  return signature.getSignedXml();
}

/** HMAC as xml-crypto has it no more, under whatever name. */
function hmac(name: string) {
  return class {
    getSignature = (signedInfo: unknown, key: unknown) =>
      createHmac("sha256", String(key)).update(String(signedInfo)).digest("base64");
    verifySignature = () => false;
    getAlgorithmName = () => name;
  };
}

export function encoded(xml: string): string {
  return Buffer.from(xml).toString("base64");
}

const SIGNATURE = /<ds:Signature[ >].*?<\/ds:Signature>/s;

/** The first signature of a document, and the document without it. */
export function signatureIn(xml: string): { readonly signature: string; readonly without: string } {
  const [signature] = SIGNATURE.exec(xml) ?? [];
  if (signature === undefined) throw new Error("There is no signature");
  return { signature, without: xml.replace(SIGNATURE, "") };
}
