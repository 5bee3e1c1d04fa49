import { type Encrypting, encrypted, RSA_1_5 } from "../encrypting.ts";
import { assertionXml, responseXml, type Said, saying } from "../said.ts";
import { sign } from "../signing.ts";
import { type Attack, type Keys, onEach, type Signed } from "./attack.ts";

/** A genuine assertion, changed, encrypted, and in a response that is signed where it must be. */
function sealed(
  { provider, service }: Keys,
  signed: Signed,
  how: {
    readonly said?: Partial<Said>;
    readonly change?: (assertion: string) => string;
    readonly encrypting?: Encrypting;
    readonly forKey?: Keys["service"];
    readonly changeCipher?: (xml: string) => string;
    readonly signing?: Parameters<typeof sign>[3];
  } = {},
): string {
  const said = saying(how.said);
  const plain = assertionXml(said);
  const assertion = signed === "response" ? plain : sign(plain, "assertion", provider, how.signing);
  const changed = how.change?.(assertion) ?? assertion;
  const cipher = encrypted(changed, how.forKey ?? service, how.encrypting);
  const response = responseXml(said, how.changeCipher?.(cipher) ?? cipher);
  return signed === "assertion" ? response : sign(response, "response", provider);
}

const inside = (name: string, reason: Attack["reason"], how: Parameters<typeof sealed>[2], ways?: readonly Signed[]) =>
  onEach(`encrypted: ${name}`, reason, (keys, signed) => sealed(keys, signed, how), ways && { ways });

/** Where the assertion has a signature of its own. */
const OWN: readonly Signed[] = ["assertion", "both"];
const EVIL = assertionXml(saying({ nameId: "<saml:NameID>owner</saml:NameID>" }));

const WITHIN: readonly Attack[] = [
  ...onEach("encrypted: not signed at all", "unsigned", ({ service }) => {
    const said = saying();
    return responseXml(said, encrypted(assertionXml(said), service));
  }),
  ...onEach("encrypted: signed around and not within", "unsigned", (keys) => sealed(keys, "response"), {
    ways: ["both"],
  }),
  ...inside("the name changed", "signature-invalid", { change: (xml) => xml.replace(">anna<", ">owner<") }, OWN),
  ...inside("another assertion within", "several-assertions", {
    change: (xml) => xml.replace("</saml:Assertion>", `${EVIL}</saml:Assertion>`),
  }),
  ...inside("the genuine assertion in another", "several-assertions", {
    change: (xml) => EVIL.replace("</saml:Assertion>", `${xml}</saml:Assertion>`),
  }),
  ...inside("something else", "malformed", { change: () => "<x/>" }),
  ...inside("text", "malformed", { change: () => "owner" }),
  ...inside("a document type", "dtd", { change: (xml) => `<!DOCTYPE a [<!ENTITY who "owner">]>${xml}` }),
  ...inside("a comment", "comment", { change: (xml) => xml.replace(">anna<", ">an<!-- -->na<") }),
  ...inside("deep nesting", "too-large", { change: () => "<x>".repeat(5000) + "</x>".repeat(5000) }),
  ...inside("an id twice", "duplicate-id", {
    change: (xml) =>
      xml.replace(/ID="(\w|-)*"/, '$& id="_a" x="_b"').replace("<saml:Subject>", '<saml:Subject id="_a">'),
  }),
  ...inside(
    "signed with SHA-1",
    "algorithm-not-allowed",
    { signing: { method: "http://www.w3.org/2000/09/xmldsig#rsa-sha1" } },
    OWN,
  ),
  ...inside("for another audience", "wrong-audience", { said: { audiences: [["https://other.test"]] } }),
];

const AROUND: readonly Attack[] = [
  ...inside("AES-CBC, which nothing signs", "encryption-not-allowed", { encrypting: { algorithm: "aes-256-cbc" } }, [
    "assertion",
  ]),
  ...inside("the key by RSA 1.5", "encryption-not-allowed", { encrypting: { transport: RSA_1_5 } }),
  ...inside("Triple DES", "encryption-not-allowed", {
    changeCipher: (xml) => xml.replace("2009/xmlenc11#aes256-gcm", "2001/04/xmlenc#tripledes-cbc"),
  }),
  ...inside("two keys", "encryption-not-allowed", {
    changeCipher: (xml) => xml.replace(/<xenc:EncryptedKey>.*<\/xenc:EncryptedKey>/s, "$&$&"),
  }),
  ...inside("two ciphertexts", "encryption-not-allowed", {
    changeCipher: (xml) =>
      xml.replace(
        /(<xenc:CipherValue>[^<]*<\/xenc:CipherValue>)(?=<\/xenc:CipherData><\/xenc:EncryptedData>)/s,
        "$1$1",
      ),
  }),
  ...inside("no key", "encryption-not-allowed", {
    changeCipher: (xml) => xml.replace(/<ds:KeyInfo .*<\/ds:KeyInfo>/s, ""),
  }),
  ...inside("a reference in place of the ciphertext", "encryption-not-allowed", {
    changeCipher: (xml) =>
      xml.replaceAll(
        /<xenc:CipherValue>[^<]*<\/xenc:CipherValue>/g,
        '<xenc:CipherReference URI="file:///etc/passwd"/>',
      ),
  }),
  ...inside("a key of another digest", "encryption-not-allowed", {
    changeCipher: (xml) =>
      xml.replace(
        'xmlenc#rsa-oaep-mgf1p"/>',
        'xmlenc#rsa-oaep-mgf1p"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/></xenc:EncryptionMethod>',
      ),
  }),
  ...onEach("encrypted: for somebody else", "undecryptable", (keys, signed) =>
    sealed(keys, signed, { forKey: keys.foreign }),
  ),
  ...inside("the ciphertext changed", "undecryptable", {
    changeCipher: (xml) =>
      xml.replace(
        /(<xenc:CipherValue>)(?=[^<]*<\/xenc:CipherValue><\/xenc:CipherData><\/xenc:EncryptedData>)..../s,
        "$1AAAA",
      ),
  }),
  ...inside("no ciphertext", "undecryptable", {
    changeCipher: (xml) =>
      xml.replace(
        /<xenc:CipherValue>[^<]*(?=<\/xenc:CipherValue><\/xenc:CipherData><\/xenc:EncryptedData>)/s,
        "<xenc:CipherValue>",
      ),
  }),
  ...onEach("encrypted: twice", "several-assertions", (keys, signed) =>
    sealed(keys, signed, { changeCipher: (xml) => xml + xml }),
  ),
  ...onEach("encrypted: beside one that is not", "several-assertions", (keys, signed) =>
    sealed(keys, signed, { changeCipher: (xml) => xml + EVIL }),
  ),
];

export const ENCRYPTION: readonly Attack[] = [...WITHIN, ...AROUND];
