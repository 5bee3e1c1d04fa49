import { responseXml, saying } from "../said.ts";
import { ENVELOPED, EXC_C14N, sign, signatureIn } from "../signing.ts";
import { type Attack, genuine, onEach, signedXml } from "./attack.ts";

const SIGNED_SEPARATELY = ["assertion", "response"] as const;
const RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
const SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1";
const C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";

/** Whatever the attacker can change in a signature, or sign themselves. */
const inSignature = (
  name: string,
  reason: Attack["reason"],
  change: (xml: string) => string,
  ways?: readonly Attack["signed"][],
) =>
  onEach(
    name,
    reason,
    (keys, signed) => {
      const xml = genuine(keys, signed);
      const changed = change(xml);
      if (changed === xml) throw new Error(`${name} changes nothing`);
      return changed;
    },
    ways === undefined ? {} : { ways },
  );

const algorithm = (of: string, uri: string) => (xml: string) =>
  xml.replace(new RegExp(`(<ds:${of} Algorithm=")[^"]*`, "g"), `$1${uri}`);

/** What the provider itself signed, with its own key, as we do not allow it. */
const signedOtherwise = (name: string, reason: Attack["reason"], signing: Parameters<typeof sign>[3]) =>
  onEach(
    name,
    reason,
    ({ provider }, signed) => sign(responseXml(saying()), signed === "both" ? "assertion" : signed, provider, signing),
    { ways: SIGNED_SEPARATELY },
  );

const hmacWith = (name: string, secret: (certificate: string, publicKey: string) => string, method: string) =>
  onEach(
    name,
    "algorithm-not-allowed",
    ({ provider }, signed) =>
      sign(responseXml(saying()), signed === "both" ? "assertion" : signed, provider, {
        method,
        secret: secret(provider.certificate, provider.publicKey.export({ type: "spki", format: "pem" }).toString()),
      }),
    { ways: SIGNED_SEPARATELY },
  );

const FORGED: readonly Attack[] = [
  ...onEach("nothing is signed", "unsigned", () => responseXml(saying())),
  ...onEach("the signature is taken out", "unsigned", (keys, signed) => signatureIn(genuine(keys, signed)).without, {
    ways: SIGNED_SEPARATELY,
  }),
  ...onEach("only the response is signed where both must be", "unsigned", (keys) => genuine(keys, "response"), {
    ways: ["assertion", "both"],
  }),
  ...onEach("only the assertion is signed where both must be", "unsigned", (keys) => genuine(keys, "assertion"), {
    ways: ["response", "both"],
  }),
  ...onEach("signed by somebody else, with their certificate", "signature-invalid", ({ foreign }, signed) =>
    signedXml(responseXml(saying()), foreign, signed),
  ),
  ...onEach("signed by somebody else, with the provider's certificate", "signature-invalid", (keys, signed) => {
    const { provider, foreign } = keys;
    return signedXml(responseXml(saying()), { ...foreign, certificate: provider.certificate }, signed);
  }),
  ...onEach("one of two signatures is somebody else's", "signature-invalid", ({ provider, foreign }, signed) =>
    sign(sign(responseXml(saying()), "assertion", provider), "response", signed === "both" ? foreign : foreign),
  ),
  ...onEach("the signature of another message", "signature-shape", (keys, signed) => {
    const { signature } = signatureIn(genuine(keys, signed));
    const xml = genuine(keys, signed);
    return xml.replace(signatureIn(xml).signature, signature);
  }),
  ...inSignature("an empty signature", "signature-invalid", (xml) => xml.replace(/(<ds:SignatureValue>)[^<]*/g, "$1")),
  ...inSignature("a signature cut short", "signature-invalid", (xml) =>
    xml.replace(/(<ds:SignatureValue>[^<]{40})[^<]*/g, "$1"),
  ),
  ...inSignature("the digest of nothing", "signature-invalid", (xml) => xml.replace(/(<ds:DigestValue>)[^<]*/g, "$1")),
];

const ALGORITHMS: readonly Attack[] = [
  ...signedOtherwise("RSA with SHA-1", "algorithm-not-allowed", { method: RSA_SHA1 }),
  ...signedOtherwise("a digest by SHA-1", "algorithm-not-allowed", { digest: SHA1 }),
  ...hmacWith(
    "HMAC with the certificate",
    (certificate) => certificate,
    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
  ),
  ...hmacWith("HMAC with the public key", (_, key) => key, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
  ...hmacWith("HMAC-SHA1 with the public key", (_, key) => key, "http://www.w3.org/2000/09/xmldsig#hmac-sha1"),
  ...hmacWith(
    "HMAC under RSA's name but the query's",
    (_, key) => key,
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256?",
  ),
  ...[
    ["RSA with MD5", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5"],
    ["ECDSA", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"],
    ["DSA", "http://www.w3.org/2000/09/xmldsig#dsa-sha1"],
    ["no algorithm", ""],
    ["an unknown algorithm", "http://www.w3.org/2000/09/xmldsig#none"],
    ["a property of every object", "constructor"],
  ].flatMap(([name = "", uri = ""]) =>
    inSignature(`the method changed to ${name}`, "algorithm-not-allowed", algorithm("SignatureMethod", uri)),
  ),
  ...inSignature("the digest changed to SHA-1", "algorithm-not-allowed", algorithm("DigestMethod", SHA1)),
  ...inSignature("a method with a parameter", "signature-shape", (xml) =>
    xml.replace(
      /(<ds:SignatureMethod [^>]*)\/>/,
      "$1><ds:HMACOutputLength>1</ds:HMACOutputLength></ds:SignatureMethod>",
    ),
  ),
  ...signedOtherwise("inclusive canonicalisation", "algorithm-not-allowed", { canonicalization: C14N }),
];

const TRANSFORMS: readonly Attack[] = [
  ...signedOtherwise("inclusive canonicalisation of what is signed", "transform-not-allowed", {
    transforms: [ENVELOPED, C14N],
  }),
  ...signedOtherwise("only canonicalised", "transform-not-allowed", { transforms: [EXC_C14N] }),
  ...signedOtherwise("only without the signature", "transform-not-allowed", { transforms: [ENVELOPED] }),
  ...signedOtherwise("the other way round", "transform-not-allowed", { transforms: [EXC_C14N, ENVELOPED] }),
  ...inSignature("transforms stripped", "transform-not-allowed", (xml) =>
    xml.replace(/<ds:Transforms>.*?<\/ds:Transforms>/gs, ""),
  ),
  ...inSignature("transforms emptied", "transform-not-allowed", (xml) => xml.replace(/<ds:Transform .*?\/>/gs, "")),
  ...[
    ["XPath", "http://www.w3.org/TR/1999/REC-xpath-19991116"],
    ["XSLT", "http://www.w3.org/TR/1999/REC-xslt-19991116"],
    ["base64", "http://www.w3.org/2000/09/xmldsig#base64"],
  ].flatMap(([name = "", uri = ""]) => [
    ...inSignature(`a third transform, ${name}`, "transform-not-allowed", (xml) =>
      xml.replaceAll("</ds:Transforms>", `<ds:Transform Algorithm="${uri}"/></ds:Transforms>`),
    ),
    ...inSignature(`${name} in place of the first transform`, "transform-not-allowed", (xml) =>
      xml.replaceAll(`<ds:Transform Algorithm="${ENVELOPED}"/>`, `<ds:Transform Algorithm="${uri}"/>`),
    ),
  ]),
  ...inSignature("an expression in a transform", "transform-not-allowed", (xml) =>
    xml.replaceAll(
      `<ds:Transform Algorithm="${ENVELOPED}"/>`,
      `<ds:Transform Algorithm="${ENVELOPED}"><ds:XPath>self::text()</ds:XPath></ds:Transform>`,
    ),
  ),
];

export const SIGNATURES: readonly Attack[] = [...FORGED, ...ALGORITHMS, ...TRANSFORMS];
