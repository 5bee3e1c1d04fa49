import { assertionXml, responseXml, type Said, saying } from "../said.ts";
import { signatureIn } from "../signing.ts";
import { type Attack, genuine, onEach, signedXml } from "./attack.ts";

/** What is done to a genuine message on its way. */
const changed = (name: string, reason: Attack["reason"], change: (xml: string) => string) =>
  onEach(name, reason, (keys, signed) => {
    const xml = genuine(keys, signed);
    const after = change(xml);
    if (after === xml) throw new Error(`${name} changes nothing`);
    return after;
  });

/** What stands in the message when it is signed. */
const signedWith = (name: string, reason: Attack["reason"], said: Partial<Said>) =>
  onEach(name, reason, ({ provider }, signed) => signedXml(responseXml(saying(said)), provider, signed));

const ATTRIBUTES = { email: ["anna@acme.test"] };
const nameId = (text: string) => `<saml:NameID>${text}</saml:NameID>`;

const COMMENTS: readonly Attack[] = [
  ...changed("a comment in the name", "comment", (xml) => xml.replace(">anna<", ">an<!-- -->na<")),
  ...changed("an empty comment in the issuer", "comment", (xml) => xml.replace("/entity<", "<!---->/entity<")),
  ...changed("a comment in the signature", "comment", (xml) => xml.replace("<ds:DigestValue>", "$&<!--x-->")),
  ...changed("a comment behind the response", "comment", (xml) => `${xml}<!-- -->`),
  ...signedWith("a comment that was there when it was signed", "comment", {
    nameId: nameId("owner@acme.test<!---->.evil.test"),
  }),
  ...signedWith("a comment in an address, signed", "comment", {
    attributes: { email: ["owner@acme.test<!-- -->.evil.test"] },
  }),
  ...changed("a processing instruction in the name", "comment", (xml) => xml.replace(">anna<", ">an<?x y?>na<")),
  ...changed("CDATA in the name", "comment", (xml) => xml.replace(">anna<", "><![CDATA[anna]]><")),
];

const declared =
  (doctype: string, content = "anna") =>
  (xml: string) =>
    `${doctype}${xml.replace(">anna<", `>${content}<`)}`;
const laughs = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join("");

const ENTITIES: readonly Attack[] = [
  ...changed("a document type", "dtd", declared("<!DOCTYPE samlp:Response>")),
  ...changed("an entity", "dtd", declared('<!DOCTYPE r [<!ENTITY who "owner">]>', "&who;")),
  ...changed("a file as an entity", "dtd", declared('<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]>', "&f;")),
  ...changed(
    "an address as an entity",
    "dtd",
    declared('<!DOCTYPE r [<!ENTITY f SYSTEM "http://127.0.0.1/">]>', "&f;"),
  ),
  ...changed("a parameter entity", "dtd", declared('<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;]>')),
  ...changed("a billion laughs", "dtd", declared(`<!DOCTYPE r [<!ENTITY l0 "ha">${laughs}]>`, "&l9;")),
  ...changed(
    "an attribute declared to be an id",
    "dtd",
    declared("<!DOCTYPE r [<!ATTLIST saml:Issuer ID ID #IMPLIED>]>"),
  ),
  ...changed("an entity that nobody declared", "malformed", (xml) => xml.replace(">anna<", ">&who;<")),
];

const SIZES: readonly Attack[] = [
  ...changed("more bytes than any response", "too-large", (xml) => xml.replace(">anna<", `>${"a".repeat(150_000)}<`)),
  ...changed("deep nesting", "too-large", (xml) =>
    xml.replace("</samlp:Status>", `</samlp:Status>${"<x>".repeat(9000)}${"</x>".repeat(9000)}`),
  ),
  ...changed("deep nesting without an end", "too-large", (xml) => xml.replace("</samlp:Status>", "<x>".repeat(30_000))),
  ...changed("very many elements", "too-large", (xml) =>
    xml.replace("</samlp:Status>", `</samlp:Status>${"<x/>".repeat(9000)}`),
  ),
  ...changed("more bytes behind the end", "too-large", (xml) => xml + " ".repeat(150_000)),
];

const FORMS: readonly Attack[] = [
  ...changed("an answer to a logout", "malformed", (xml) => xml.replaceAll("samlp:Response", "samlp:LogoutResponse")),
  ...changed("a response of another namespace", "malformed", (xml) =>
    xml.replace("SAML:2.0:protocol", "SAML:1.0:protocol"),
  ),
  ...changed("another version", "malformed", (xml) => xml.replace('Version="2.0"', 'Version="1.1"')),
  ...changed("an assertion of another version", "malformed", (xml) =>
    xml.replace(/(<saml:Assertion [^>]*Version=")2.0/, "$11.1"),
  ),
  ...changed("XML 1.1", "malformed", (xml) => `<?xml version="1.1"?>${xml}`),
  ...changed("another encoding", "malformed", (xml) => `<?xml version="1.0" encoding="UTF-7"?>${xml}`),
  ...changed("two roots", "malformed", (xml) => xml + xml),
  ...changed("an end that is missing", "malformed", (xml) => xml.replace("</samlp:Response>", "")),
  ...changed("the same attribute twice", "malformed", (xml) =>
    xml.replace(' Version="2.0"', ' Version="2.0" Version="2.0"'),
  ),
  ...changed("an attribute without quotes", "malformed", (xml) => xml.replace('Version="2.0"', "Version=2.0")),
  ...changed("a prefix that nobody declared", "malformed", (xml) =>
    xml.replace("<samlp:Status>", '<samlp:Status x:a="1">'),
  ),
  ...changed("no status", "malformed", (xml) => xml.replace(/<samlp:Status>.*<\/samlp:Status>/s, "")),
  ...changed("U+0000", "malformed", (xml) => xml.replace(">anna<", ">an\u0000na<")),
  ...changed("no assertion", "no-assertion", (xml) => xml.replace(/<saml:Assertion .*<\/saml:Assertion>/s, "")),
  ...onEach("nothing", "malformed", () => ""),
  ...onEach("only text", "malformed", () => "SAMLResponse"),
  ...signedWith("no statement of authentication", "no-authentication", { attributes: ATTRIBUTES }).map((attack) => ({
    ...attack,
    forge: ({ provider }: Parameters<Attack["forge"]>[0]) => {
      const said = saying();
      const silent = assertionXml(said).replace(/<saml:AuthnStatement .*<\/saml:AuthnStatement>/s, "");
      return signedXml(responseXml(said, silent), provider, attack.signed);
    },
  })),
];

const EDITED: readonly Attack[] = [
  ...[
    ["the name", ">anna<", ">owner<"],
    ["the address", "anna@acme.test", "owner@acme.test"],
    ["a group", "night shift", "administrators"],
    ["the audience", "</saml:AudienceRestriction>", "<saml:Audience>x</saml:Audience>$&"],
    ["the time it ends", 'NotOnOrAfter="2026-11-21T08:05', 'NotOnOrAfter="2026-11-21T08:06'],
    ["the request", 'InResponseTo="_request-1"/>', 'InResponseTo="_request-9"/>'],
    ["a space", ">anna<", "> anna<"],
  ].flatMap(([what = "", from = "", to = ""]) =>
    changed(`${what} changed after signing`, "signature-invalid", (xml) => xml.replace(from, to)),
  ),
  ...changed("an attribute added after signing", "signature-invalid", (xml) =>
    xml.replace(
      "<saml:AttributeStatement>",
      '$&<saml:Attribute Name="role"><saml:AttributeValue>admin</saml:AttributeValue></saml:Attribute>',
    ),
  ),
];

const PLACES: readonly Attack[] = [
  ...changed("a second signature", "signature-misplaced", (xml) => xml.replace(signatureIn(xml).signature, "$&$&")),
  ...changed("a signature in the subject", "signature-misplaced", (xml) => {
    const { signature, without } = signatureIn(xml);
    return without.replace("<saml:Subject>", `<saml:Subject>${signature}`);
  }),
  ...changed("a signature in the status", "signature-misplaced", (xml) => {
    const { signature, without } = signatureIn(xml);
    return without.replace("<samlp:Status>", `<samlp:Status>${signature}`);
  }),
  ...changed("a signature of another namespace", "signature-misplaced", (xml) =>
    xml.replaceAll('xmlns:ds="http://www.w3.org/2000/09/xmldsig#"', 'xmlns:ds="http://www.w3.org/2000/09/xmldsig"'),
  ),
  ...changed("two signed infos", "signature-shape", (xml) =>
    xml.replace(/<ds:SignedInfo>.*?<\/ds:SignedInfo>/s, "$&$&"),
  ),
  ...changed("a signed info in the key's description", "signature-misplaced", (xml) => {
    const [info = ""] = /<ds:SignedInfo>.*?<\/ds:SignedInfo>/s.exec(xml) ?? [];
    return xml.replace("<ds:KeyInfo>", `$&${info}`);
  }),
  ...changed("two references", "signature-shape", (xml) => xml.replace(/<ds:Reference .*?<\/ds:Reference>/s, "$&$&")),
  ...changed("two digests", "signature-shape", (xml) => xml.replace(/<ds:DigestValue>.*?<\/ds:DigestValue>/s, "$&$&")),
  ...changed("an object in the signature", "signature-shape", (xml) =>
    xml.replace("</ds:Signature>", "<ds:Object/>$&"),
  ),
  ...changed("a response in the status", "several-assertions", (xml) =>
    xml.replace("</samlp:Status>", "<samlp:Response/>$&"),
  ),
  ...changed("a reference to the whole document", "signature-shape", (xml) => xml.replace(/URI="#[^"]*"/, 'URI=""')),
  ...changed("a reference to nothing", "signature-shape", (xml) => xml.replace(/ URI="#[^"]*"/, "")),
  ...changed("a reference to another place", "signature-shape", (xml) =>
    xml.replace(/URI="#/, 'URI="https://evil.test/#'),
  ),
  ...changed("a reference by an expression", "signature-shape", (xml) =>
    xml.replace(/URI="#([^"]*)"/, "URI=\"#xpointer(id('$1'))\""),
  ),
  ...changed("a reference to another element", "signature-shape", (xml) =>
    xml.replace("<saml:Subject>", '<saml:Subject ID="_other">').replace(/URI="#[^"]*"/, 'URI="#_other"'),
  ),
];

export const DOCUMENTS: readonly Attack[] = [...COMMENTS, ...ENTITIES, ...SIZES, ...FORMS, ...EDITED, ...PLACES];
