import { SamlRefused } from "./refusal.ts";
import { attributeOf, elementsIn, isNamed, type Namespace, textOf, type XmlElement } from "./xml.ts";

/** RSAES-PKCS1-v1_5 would let answers be told apart (w3.org/TR/xmlenc-core1/#rsav15note). */
const KEY_TRANSPORT = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
/** Of OAEP, where SHA-1 has no known weakness, and the only one that node-saml's xml-encryption has by its right name. */
const KEY_DIGEST = "http://www.w3.org/2000/09/xmldsig#sha1";
const AUTHENTICATED: ReadonlySet<string> = new Set([
  "http://www.w3.org/2009/xmlenc11#aes128-gcm",
  "http://www.w3.org/2009/xmlenc11#aes256-gcm",
]);
/**
 * Most providers' default. It may be changed unnoticed, and by the way each change is refused the text could be guessed
 * (w3.org/TR/xmlenc-core1/#sec-chosen-ciphertext-attacks): only good where the response's signature is over the ciphertext.
 */
const MALLEABLE: ReadonlySet<string> = new Set([
  "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
  "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
]);

/** Holds an EncryptedAssertion to one key, in it, and one ciphertext, made as we allow. Throws `SamlRefused`. */
export function checkEncryption(encrypted: XmlElement, isResponseSigned: boolean): void {
  const [data] = elementsIn(encrypted);
  expectOnly(encrypted, 1);
  expect(data, "encryption", "EncryptedData");
  const [method, keyInfo, cipher] = elementsIn(data);
  expectOnly(data, 3);
  expect(method, "encryption", "EncryptionMethod");
  expect(keyInfo, "signature", "KeyInfo");
  expect(cipher, "encryption", "CipherData");
  const algorithm = attributeOf(method, "Algorithm") ?? "";
  if (!AUTHENTICATED.has(algorithm) && !(isResponseSigned && MALLEABLE.has(algorithm))) throw notAllowed();
  expectOnly(method, 0);
  checkCipher(cipher);
  checkKey(keyInfo);
}

function checkKey(keyInfo: XmlElement): void {
  const [key] = elementsIn(keyInfo);
  expectOnly(keyInfo, 1);
  expect(key, "encryption", "EncryptedKey");
  // Its own KeyInfo says whose it is, which we know.
  const [method, cipher, ...more] = elementsIn(key).filter((each) => !isNamed(each, "signature", "KeyInfo"));
  expect(method, "encryption", "EncryptionMethod");
  expect(cipher, "encryption", "CipherData");
  if (more.length > 0 || attributeOf(method, "Algorithm") !== KEY_TRANSPORT) throw notAllowed();
  for (const parameter of elementsIn(method)) {
    expect(parameter, "signature", "DigestMethod");
    if (attributeOf(parameter, "Algorithm") !== KEY_DIGEST) throw notAllowed();
  }
  checkCipher(cipher);
}

function checkCipher(cipher: XmlElement): void {
  const [value] = elementsIn(cipher);
  expectOnly(cipher, 1);
  expect(value, "encryption", "CipherValue");
  textOf(value);
}

function expectOnly(element: XmlElement, count: number): void {
  if (elementsIn(element).length !== count) throw notAllowed();
}

function expect(element: XmlElement | undefined, namespace: Namespace, local: string): asserts element is XmlElement {
  if (element === undefined || !isNamed(element, namespace, local)) throw notAllowed();
}

function notAllowed(): SamlRefused {
  return new SamlRefused("encryption-not-allowed");
}
