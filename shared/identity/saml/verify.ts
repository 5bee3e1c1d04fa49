import { decryptXml, getVerifiedXml, parseDomFromString, xpath } from "@node-saml/node-saml/lib/xml.js";
import { checkEncryption } from "./encryption.ts";
import { type Envelope, openAssertion, openEnvelope } from "./envelope.ts";
import { SamlRefused } from "./refusal.ts";
import { parseXml, RESPONSE_LIMITS, type XmlElement } from "./xml.ts";

/** By what a provider's responses are believed. */
export interface Trust {
  /** PEM. One that fits is enough: at a change of keys there are two. */
  readonly certificates: readonly string[];
  /** What must be signed. Whatever else is signed must be genuine, too. */
  readonly signed: "assertion" | "response" | "both";
  /** Our private key, PEM, for assertions that are encrypted; asked for when there is one. */
  readonly decryptionKey: () => Promise<string>;
}

export interface Verified {
  /** As it came: only good to refuse by. */
  readonly response: XmlElement;
  readonly isResponseSigned: boolean;
  /** Read anew from the very bytes that a genuine signature is over. */
  readonly assertion: XmlElement;
}

/** The assertion of a response, once its form and its signatures are right. Throws `SamlRefused`. */
export async function verifiedAssertion(text: string, trust: Trust): Promise<Verified> {
  const envelope = openEnvelope(parseXml(text, RESPONSE_LIMITS));
  const signedResponse = envelope.isResponseSigned ? await genuine(text, "/*", trust) : undefined;
  if (signedResponse === undefined && trust.signed !== "assertion") throw new SamlRefused("unsigned");
  const assertion = envelope.isEncrypted
    ? await encryptedAssertion(signedResponse ?? text, trust, signedResponse !== undefined)
    : await plainAssertion(text, signedResponse, envelope, trust);
  return { response: envelope.response, isResponseSigned: envelope.isResponseSigned, assertion };
}

/** Its signature is over the text as it came; the response's own form of it may have lost declarations that it covers. */
async function plainAssertion(
  text: string,
  signedResponse: string | undefined,
  { isAssertionSigned }: Envelope,
  trust: Trust,
): Promise<XmlElement> {
  if (isAssertionSigned) return assertionOf(await genuine(text, "/*/*[local-name()='Assertion']", trust));
  if (signedResponse === undefined || trust.signed !== "response") throw new SamlRefused("unsigned");
  return openEnvelope(parseXml(signedResponse, RESPONSE_LIMITS)).content;
}

async function encryptedAssertion(source: string, trust: Trust, isResponseSigned: boolean): Promise<XmlElement> {
  checkEncryption(openEnvelope(parseXml(source, RESPONSE_LIMITS)).content, isResponseSigned);
  const text = await decrypted(source, trust);
  const assertion = parseXml(text, RESPONSE_LIMITS);
  if (openAssertion(assertion)) return assertionOf(await genuine(text, "/*", trust));
  if (!isResponseSigned || trust.signed !== "response") throw new SamlRefused("unsigned");
  return assertion;
}

/** What the signature in the element at `path` is over, in canonical form. */
async function genuine(text: string, path: string, { certificates }: Trust): Promise<string> {
  try {
    const [element, ...more] = xpath.selectElements(await parseDomFromString(text), path);
    const signed = element && more.length === 0 ? getVerifiedXml(text, element, [...certificates]) : null;
    if (signed !== null) return signed;
  } catch (cause) {
    throw new SamlRefused("signature-invalid", { cause });
  }
  throw new SamlRefused("signature-invalid");
}

async function decrypted(source: string, { decryptionKey }: Trust): Promise<string> {
  const key = await decryptionKey();
  try {
    const path = "/*/*[local-name()='EncryptedAssertion']";
    const [element] = xpath.selectElements(await parseDomFromString(source), path);
    return await decryptXml(String(element), key);
  } catch (cause) {
    throw new SamlRefused("undecryptable", { cause });
  }
}

function assertionOf(signed: string): XmlElement {
  const assertion = parseXml(signed, RESPONSE_LIMITS);
  openAssertion(assertion);
  return assertion;
}
