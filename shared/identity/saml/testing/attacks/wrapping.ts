import { assertionXml, responseXml, saying } from "../said.ts";
import { signatureIn } from "../signing.ts";
import { type Attack, genuine, type Keys, onEach } from "./attack.ts";

/** Whom the attacker wants to be. */
const OWNER = '<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">owner</saml:NameID>';
const ASSERTION = /<saml:Assertion .*<\/saml:Assertion>/s;

/** A genuine message taken apart, and what the attacker would rather have in it. */
interface Parts {
  readonly message: string;
  /** The genuine assertion, as it is signed, and without its signature. */
  readonly assertion: string;
  readonly bare: string;
  readonly signature: string;
  /** The attacker's own, unsigned. */
  readonly evil: string;
  readonly evilResponse: string;
}

type Ids = "new ids" | "the same ids";

function partsOf(keys: Keys, signed: "assertion" | "response", ids: Ids): Parts {
  const said = saying();
  const message = genuine(keys, signed, said);
  const assertion = ASSERTION.exec(message)?.[0] ?? "";
  const { signature } = signatureIn(message);
  const kept = ids === "new ids" ? {} : { responseId: said.responseId, assertionId: said.assertionId };
  const evil = saying({ ...kept, nameId: OWNER });
  return {
    message,
    assertion,
    bare: assertion.replace(signature, ""),
    signature,
    evil: assertionXml(evil),
    evilResponse: responseXml(evil),
  };
}

/** The attacker's response, with something in place of its assertion, or around it. */
const around = ({ message, assertion }: Parts, content: string) => message.replace(assertion, content);
const intoAssertion = (assertion: string, what: string) =>
  assertion.replace("</saml:Assertion>", `${what}</saml:Assertion>`);
const object = (what: string) => `<ds:Object>${what}</ds:Object>`;
const intoSignature = (signature: string, what: string) =>
  signature.replace("</ds:Signature>", `${what}</ds:Signature>`);
const afterIssuer = (xml: string, what: string) => xml.replace("</saml:Issuer>", `</saml:Issuer>${what}`);

/** The positions of "On Breaking SAML" (usenix.org/conference/usenixsecurity12), by the numbers that SAML Raider gives them. */
const OF_RESPONSES: Readonly<Record<string, (parts: Parts) => string>> = {
  "XSW1, the genuine response in the signature": ({ message, signature, evilResponse }) =>
    afterIssuer(evilResponse, intoSignature(signature, object(message.replace(signature, "")))),
  "XSW2, the genuine response before the signature": ({ message, signature, evilResponse }) =>
    afterIssuer(evilResponse, `${message.replace(signature, "")}${signature}`),
};
const OF_ASSERTIONS: Readonly<Record<string, (parts: Parts) => string>> = {
  "XSW3, another assertion before the genuine one": (parts) => around(parts, parts.evil + parts.assertion),
  "XSW3 the other way, another assertion after it": (parts) => around(parts, parts.assertion + parts.evil),
  "XSW4, the genuine assertion in another": (parts) => around(parts, intoAssertion(parts.evil, parts.assertion)),
  "XSW5, another assertion with the signature, the genuine one behind": (parts) =>
    around(parts, afterIssuer(parts.evil, parts.signature) + parts.bare),
  "XSW6, the genuine assertion in the signature of another": (parts) =>
    around(parts, afterIssuer(parts.evil, intoSignature(parts.signature, parts.bare))),
  "XSW7, another assertion among extensions": (parts) =>
    around(parts, `<samlp:Extensions>${parts.evil}</samlp:Extensions>${parts.assertion}`),
  "XSW8, the genuine assertion in an object of the signature": (parts) =>
    around(parts, afterIssuer(parts.evil, intoSignature(parts.signature, object(parts.bare)))),
  "another assertion as advice": (parts) =>
    around(parts, parts.assertion.replace("<saml:AuthnStatement", `<saml:Advice>${parts.evil}</saml:Advice>$&`)),
  "another assertion as an attribute's value": (parts) =>
    around(parts, parts.assertion.replace("<saml:AttributeValue>", `$&${parts.evil}`)),
  "another assertion in the key's description": (parts) =>
    around(parts, parts.assertion.replace("<ds:KeyInfo>", `$&${parts.evil}`)),
  "another assertion in a namespace of its own": (parts) =>
    around(parts, `${parts.assertion}${parts.evil.replace("SAML:2.0:assertion", "SAML:1.0:assertion")}`),
};

function positions(
  positions: typeof OF_RESPONSES,
  signed: "assertion" | "response",
  reasons: Readonly<Record<Ids, Attack["reason"]>>,
): readonly Attack[] {
  return Object.entries(positions).flatMap(([name, wrap]) =>
    (["new ids", "the same ids"] as const).flatMap((ids) =>
      onEach(`${name}, ${ids}`, reasons[ids], (keys) => wrap(partsOf(keys, signed, ids)), { ways: [signed] }),
    ),
  );
}

const REASONS = { "new ids": "several-assertions", "the same ids": "duplicate-id" } as const;

export const WRAPPING: readonly Attack[] = [
  ...positions(OF_RESPONSES, "response", REASONS),
  ...positions(OF_ASSERTIONS, "assertion", REASONS),
  ...onEach("two genuine assertions", "several-assertions", (keys, signed) => {
    const xml = genuine(keys, signed);
    const other = ASSERTION.exec(genuine(keys, signed))?.[0] ?? "";
    return xml.replace("</samlp:Response>", `${other}</samlp:Response>`);
  }),
  ...onEach("an assertion that stands too deep", "no-assertion", (keys, signed) =>
    genuine(keys, signed).replace(ASSERTION, "<samlp:Extensions>$&</samlp:Extensions>"),
  ),
  ...onEach("an assertion of another namespace", "no-assertion", (keys, signed) =>
    genuine(keys, signed).replace(/(<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:)2.0/, "$11.0"),
  ),
  ...onEach("a second element with the id of the signed one", "duplicate-id", (keys, signed) => {
    const said = saying();
    const id = signed === "response" ? said.responseId : said.assertionId;
    return genuine(keys, signed, said).replace("<samlp:Status>", `<samlp:Status Id="${id}">`);
  }),
];
