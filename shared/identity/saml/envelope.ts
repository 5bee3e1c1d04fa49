import { SamlRefused } from "./refusal.ts";
import { checkSignatureShape } from "./signature.ts";
import { attributeOf, childNamed, elementsIn, elementsWithin, isNamed, type XmlElement } from "./xml.ts";

const SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success";

/** A response that is built as one, before anything of it is believed. */
export interface Envelope {
  readonly response: XmlElement;
  /** The one Assertion or EncryptedAssertion. */
  readonly content: XmlElement;
  readonly isEncrypted: boolean;
  readonly isResponseSigned: boolean;
  /** False where the assertion is encrypted: that is seen when it has been opened. */
  readonly isAssertionSigned: boolean;
}

/**
 * Holds a response to the one form in which nobody can mean two things by it: one assertion, each id once, and a signature only
 * where it signs what it stands in. This, and not the verification, is what signature wrapping breaks on ("On Breaking SAML: Be
 * Whoever You Want to Be", usenix.org/conference/usenixsecurity12): each of its positions needs a second assertion or response.
 * Throws `SamlRefused`.
 */
export function openEnvelope(response: XmlElement): Envelope {
  if (!isNamed(response, "protocol", "Response")) throw new SamlRefused("malformed", { detail: "not a Response" });
  checkVersion(response);
  checkStatus(response);
  checkIds(response);
  const content = onlyAssertion(response);
  const isEncrypted = content.local === "EncryptedAssertion";
  checkSignatures(response, isEncrypted ? [response] : [response, content]);
  return {
    response,
    content,
    isEncrypted,
    isResponseSigned: isSigned(response),
    isAssertionSigned: !isEncrypted && isSigned(content),
  };
}

/** The same for an assertion that was encrypted. True where it is signed itself. */
export function openAssertion(assertion: XmlElement): boolean {
  if (!isNamed(assertion, "assertion", "Assertion")) throw new SamlRefused("malformed", { detail: "not an Assertion" });
  checkVersion(assertion);
  checkIds(assertion);
  if (namedWithin(assertion, ["Response", "Assertion", "EncryptedAssertion"]).length > 1)
    throw new SamlRefused("several-assertions");
  checkSignatures(assertion, [assertion]);
  return isSigned(assertion);
}

function isSigned(element: XmlElement): boolean {
  return childNamed(element, "signature", "Signature") !== undefined;
}

function checkVersion(element: XmlElement): void {
  if (attributeOf(element, "Version") !== "2.0" || !/^[A-Za-z_][\w.-]{0,255}$/.test(attributeOf(element, "ID") ?? ""))
    throw new SamlRefused("malformed", { detail: "no version 2.0 or no id" });
}

/** A refusal by the provider is often unsigned, and needs no signature: nobody is let in by it. */
function checkStatus(response: XmlElement): void {
  const status = childNamed(response, "protocol", "Status");
  const code = status && childNamed(status, "protocol", "StatusCode");
  if (code === undefined) throw new SamlRefused("malformed", { detail: "no status" });
  if (attributeOf(code, "Value") !== SUCCESS) throw new SamlRefused("status", { detail: statusNames(code) });
}

/** `Responder/AuthnFailed`: the last words of the codes, as far as they are of SAML's. */
function statusNames(code: XmlElement): string {
  const inner = childNamed(code, "protocol", "StatusCode");
  return [code, ...(inner === undefined ? [] : [inner])]
    .map(
      (each) => /^urn:oasis:names:tc:SAML:2\.0:status:(\w{1,40})$/.exec(attributeOf(each, "Value") ?? "")?.[1] ?? "?",
    )
    .join("/");
}

/** By whatever attribute an id is found (`ID`, `Id`, `id`, `xml:id`), it names one element. */
function checkIds(root: XmlElement): void {
  const known = new Set<string>();
  for (const element of elementsWithin(root))
    for (const { local, value } of element.attributes) {
      if (local.toLowerCase() !== "id") continue;
      if (known.has(value)) throw new SamlRefused("duplicate-id");
      known.add(value);
    }
}

/** Whatever their namespace: what finds elements by their local names must find no other. */
function namedWithin(root: XmlElement, locals: readonly string[]): readonly XmlElement[] {
  return [...elementsWithin(root)].filter(({ local }) => locals.includes(local));
}

function onlyAssertion(response: XmlElement): XmlElement {
  const found = namedWithin(response, ["Assertion", "EncryptedAssertion"]);
  const [content] = found;
  if (content === undefined) throw new SamlRefused("no-assertion");
  if (found.length > 1 || namedWithin(response, ["Response"]).length > 1) throw new SamlRefused("several-assertions");
  if (!elementsIn(response).includes(content)) throw new SamlRefused("no-assertion");
  if (isNamed(content, "assertion", "EncryptedAssertion")) return content;
  if (!isNamed(content, "assertion", "Assertion")) throw new SamlRefused("no-assertion");
  checkVersion(content);
  return content;
}

/** At most one in each of `places`, well built, and none anywhere else, whole or in parts. */
function checkSignatures(root: XmlElement, places: readonly XmlElement[]): void {
  let expected = 0;
  for (const place of places) {
    const own = elementsIn(place).filter(({ local }) => local === "Signature");
    const [signature] = own;
    if (signature === undefined) continue;
    if (own.length > 1 || !isNamed(signature, "signature", "Signature")) throw new SamlRefused("signature-misplaced");
    checkSignatureShape(signature, place);
    expected++;
  }
  for (const part of ["Signature", "SignedInfo", "SignatureValue"])
    if (namedWithin(root, [part]).length !== expected) throw new SamlRefused("signature-misplaced");
}
