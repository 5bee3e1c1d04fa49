/** What an identity provider says in a response, whether or not it should. */
export interface Said {
  readonly responseId: string;
  readonly assertionId: string;
  readonly status: string;
  readonly responseIssuer: string | undefined;
  readonly issuer: string;
  readonly destination: string | undefined;
  readonly inResponseTo: string | undefined;
  /** In the confirmation of the subject. */
  readonly confirmedInResponseTo: string | undefined;
  readonly recipient: string | undefined;
  readonly method: string;
  /** As XML. */
  readonly nameId: string;
  readonly audiences: readonly (readonly string[])[];
  readonly issuedAt: Date;
  readonly notBefore: Date;
  readonly notOnOrAfter: Date;
  readonly confirmedUntil: Date;
  readonly sessionUntil: Date | undefined;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** XML that stands among the conditions, and at the end of the assertion. */
  readonly moreConditions: string;
  readonly more: string;
}

export const PROVIDER = "https://idp.test/entity";
export const AUDIENCE = "https://cordboard.test/api/auth/saml/acme/okta/metadata";
export const RECIPIENT = "https://cordboard.test/api/auth/saml/acme/okta/acs";
export const REQUEST_ID = "_request-1";
export const NOW = new Date("2026-11-21T08:00:00.000Z");
export const NAME_ID_FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
export const SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success";

const MINUTE = 60_000;
export const minutes = (count: number) => new Date(NOW.getTime() + count * MINUTE);

let made = 0;

/** All as it should be, save what is given. */
export function saying(given: Partial<Said> = {}): Said {
  const inResponseTo = "inResponseTo" in given ? given.inResponseTo : REQUEST_ID;
  made++;
  return {
    responseId: `_response-${made}`,
    assertionId: `_assertion-${made}`,
    status: SUCCESS,
    responseIssuer: PROVIDER,
    issuer: PROVIDER,
    destination: RECIPIENT,
    inResponseTo,
    confirmedInResponseTo: inResponseTo,
    recipient: RECIPIENT,
    method: "urn:oasis:names:tc:SAML:2.0:cm:bearer",
    nameId: `<saml:NameID Format="${NAME_ID_FORMAT}">anna</saml:NameID>`,
    audiences: [[AUDIENCE]],
    issuedAt: NOW,
    notBefore: minutes(-1),
    notOnOrAfter: minutes(5),
    confirmedUntil: minutes(5),
    sessionUntil: undefined,
    attributes: { email: ["anna@acme.test"], groups: ["support", "night shift"] },
    moreConditions: "",
    more: "",
    ...given,
  };
}

const attribute = (name: string, value: string | Date | undefined) =>
  value === undefined ? "" : ` ${name}="${value instanceof Date ? value.toISOString() : value}"`;

export function assertionXml(said: Said): string {
  const confirmation =
    attribute("NotOnOrAfter", said.confirmedUntil) +
    attribute("Recipient", said.recipient) +
    attribute("InResponseTo", said.confirmedInResponseTo);
  const audiences = said.audiences
    .map((some) => some.map((each) => `<saml:Audience>${each}</saml:Audience>`).join(""))
    .map((some) => `<saml:AudienceRestriction>${some}</saml:AudienceRestriction>`);
  const attributes = Object.entries(said.attributes).map(
    ([name, values]) =>
      `<saml:Attribute Name="${name}">${values
        .map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`)
        .join("")}</saml:Attribute>`,
  );
  return [
    `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${said.assertionId}" Version="2.0"`,
    ` IssueInstant="${said.issuedAt.toISOString()}"><saml:Issuer>${said.issuer}</saml:Issuer>`,
    `<saml:Subject>${said.nameId}<saml:SubjectConfirmation Method="${said.method}">`,
    `<saml:SubjectConfirmationData${confirmation}/></saml:SubjectConfirmation></saml:Subject>`,
    `<saml:Conditions${attribute("NotBefore", said.notBefore)}${attribute("NotOnOrAfter", said.notOnOrAfter)}>`,
    `${audiences.join("")}${said.moreConditions}</saml:Conditions>`,
    `<saml:AuthnStatement AuthnInstant="${said.issuedAt.toISOString()}"${attribute("SessionNotOnOrAfter", said.sessionUntil)}>`,
    "<saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
    "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>",
    `<saml:AttributeStatement>${attributes.join("")}</saml:AttributeStatement>${said.more}</saml:Assertion>`,
  ].join("");
}

/** `content`: what stands where the assertion belongs. */
export function responseXml(said: Said, content: string = assertionXml(said)): string {
  const issuer =
    said.responseIssuer === undefined
      ? ""
      : `<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${said.responseIssuer}</saml:Issuer>`;
  return [
    `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="${said.responseId}" Version="2.0"`,
    ` IssueInstant="${said.issuedAt.toISOString()}"${attribute("Destination", said.destination)}`,
    `${attribute("InResponseTo", said.inResponseTo)}>${issuer}`,
    `<samlp:Status><samlp:StatusCode Value="${said.status}"/></samlp:Status>${content}</samlp:Response>`,
  ].join("");
}
