import { SamlRefused } from "./refusal.ts";
import { attributeOf, childNamed, childrenNamed, elementsIn, isNamed, textOf, type XmlElement } from "./xml.ts";

const BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const ENTITY = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
const TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

/** In ms: by how much a provider's clock may be wrong. */
export const CLOCK_SKEW = 3 * 60 * 1000;
/** In ms after it was made: for so long an assertion is taken, whatever it says itself, and so long its id is remembered. */
const MAX_AGE = 10 * 60 * 1000;
/** SAML core 8.3.7. */
const MAX_NAME_ID = 256;
const MAX_VALUES = 1000;
const MAX_VALUE = 2048;

/** What a response must say to be for us, now. */
export interface Expected {
  /** The provider's entity id. */
  readonly issuer: string;
  /** Our entity id. */
  readonly audience: string;
  /** Our assertion consumer service. */
  readonly recipient: string;
  /** Of the request that this answers; undefined where there was none. */
  readonly requestId: string | undefined;
  /** Whether a response may come without a request. */
  readonly allowUnsolicited: boolean;
  readonly now: Date;
}

export interface Assertion {
  readonly id: string;
  readonly issuer: string;
  /** The NameID. */
  readonly subject: string;
  /** Texts by the attribute's name. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
  /** When it can be shown no more, skew included. */
  readonly expiresAt: Date;
}

/** The web browser SSO profile (SAML profiles 4.1.4.2 and 4.1.4.3) of an assertion that is genuine. Throws `SamlRefused`. */
export function readAssertion(assertion: XmlElement, expected: Expected): Assertion {
  checkIssuer(assertion, expected);
  const { now } = expected;
  const issuedAt = instantOf(assertion, "IssueInstant") ?? missing("IssueInstant");
  checkPeriod(issuedAt, new Date(issuedAt.getTime() + MAX_AGE), now);
  const subject = childNamed(assertion, "assertion", "Subject") ?? missing("Subject");
  const confirmedUntil = confirm(subject, expected);
  checkConditions(childNamed(assertion, "assertion", "Conditions") ?? missing("Conditions"), expected);
  checkAuthentication(assertion, now);
  const until = Math.min(confirmedUntil.getTime(), issuedAt.getTime() + MAX_AGE);
  return {
    id: attributeOf(assertion, "ID") ?? missing("ID"),
    issuer: expected.issuer,
    subject: nameIdOf(subject),
    attributes: attributesOf(assertion),
    expiresAt: new Date(until + CLOCK_SKEW),
  };
}

/** What the response says around the assertion. It may be unsigned, and lets nobody in. Throws `SamlRefused`. */
export function checkResponse(response: XmlElement, expected: Expected, isSigned: boolean): void {
  if (childNamed(response, "assertion", "Issuer") !== undefined) checkIssuer(response, expected);
  const destination = attributeOf(response, "Destination");
  // SAML bindings 3.5.5.2: one that is signed must say where it goes.
  if (destination === undefined ? isSigned : destination !== expected.recipient)
    throw new SamlRefused("wrong-destination");
  checkInResponseTo(attributeOf(response, "InResponseTo"), expected);
}

function checkIssuer(element: XmlElement, { issuer }: Expected): void {
  const said = childNamed(element, "assertion", "Issuer") ?? missing("Issuer");
  if (textOf(said) !== issuer || (attributeOf(said, "Format") ?? ENTITY) !== ENTITY)
    throw new SamlRefused("wrong-issuer");
}

function checkInResponseTo(said: string | undefined, { requestId, allowUnsolicited }: Expected): void {
  if (requestId !== undefined && said !== requestId) throw new SamlRefused("wrong-in-response-to");
  if (requestId !== undefined) return;
  if (said !== undefined) throw new SamlRefused("unknown-flow");
  if (!allowUnsolicited) throw new SamlRefused("unsolicited");
}

/** One confirmation that fits is enough; where none does, the first says why. Until when it does. */
function confirm(subject: XmlElement, expected: Expected): Date {
  const bearers = childrenNamed(subject, "assertion", "SubjectConfirmation").filter(
    (each) => attributeOf(each, "Method") === BEARER,
  );
  let first: unknown;
  for (const bearer of bearers) {
    try {
      return confirmed(bearer, expected);
    } catch (error) {
      first ??= error;
    }
  }
  throw first ?? new SamlRefused("no-bearer-confirmation");
}

function confirmed(bearer: XmlElement, expected: Expected): Date {
  const data = childNamed(bearer, "assertion", "SubjectConfirmationData");
  if (data === undefined) throw new SamlRefused("no-bearer-confirmation");
  if (attributeOf(data, "Recipient") !== expected.recipient) throw new SamlRefused("wrong-recipient");
  checkInResponseTo(attributeOf(data, "InResponseTo"), expected);
  const until = instantOf(data, "NotOnOrAfter") ?? missing("NotOnOrAfter");
  checkPeriod(instantOf(data, "NotBefore"), until, expected.now);
  return until;
}

function checkConditions(conditions: XmlElement, { audience, now }: Expected): void {
  checkPeriod(instantOf(conditions, "NotBefore"), instantOf(conditions, "NotOnOrAfter"), now);
  const restrictions = childrenNamed(conditions, "assertion", "AudienceRestriction");
  // OneTimeUse is kept in any case, and ProxyRestriction binds whoever hands assertions on.
  const known = [...restrictions, ...["OneTimeUse", "ProxyRestriction"].flatMap((each) => named(conditions, each))];
  if (known.length !== elementsIn(conditions).length) throw new SamlRefused("unknown-condition");
  const isForUs = (restriction: XmlElement) => named(restriction, "Audience").some((each) => textOf(each) === audience);
  if (restrictions.length === 0 || !restrictions.every(isForUs)) throw new SamlRefused("wrong-audience");
}

function checkAuthentication(assertion: XmlElement, now: Date): void {
  const statements = named(assertion, "AuthnStatement");
  if (statements.length === 0) throw new SamlRefused("no-authentication");
  for (const statement of statements) checkPeriod(undefined, instantOf(statement, "SessionNotOnOrAfter"), now);
}

function checkPeriod(from: Date | undefined, until: Date | undefined, now: Date): void {
  const time = now.getTime();
  if (from !== undefined && from.getTime() > time + CLOCK_SKEW) throw new SamlRefused("not-yet-valid");
  if (until !== undefined && until.getTime() <= time - CLOCK_SKEW) throw new SamlRefused("expired");
}

function nameIdOf(subject: XmlElement): string {
  const nameId = childNamed(subject, "assertion", "NameID");
  const name = nameId === undefined ? "" : textOf(nameId);
  if (nameId === undefined || name === "" || name.length > MAX_NAME_ID) throw new SamlRefused("no-name-id");
  if (attributeOf(nameId, "Format") === TRANSIENT) throw new SamlRefused("transient-name-id");
  return name;
}

/** Values that are texts; what has a structure of its own says nothing that we ask for. */
function attributesOf(assertion: XmlElement): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  let values = 0;
  for (const statement of named(assertion, "AttributeStatement"))
    for (const attribute of named(statement, "Attribute")) {
      const name = attributeOf(attribute, "Name") ?? missing("Name");
      const texts = named(attribute, "AttributeValue")
        .filter((value) => elementsIn(value).length === 0)
        .map(textOf)
        .filter((text) => text !== "");
      values += texts.length;
      if (values > MAX_VALUES || texts.some((text) => text.length > MAX_VALUE)) throw new SamlRefused("too-large");
      found.set(name, [...(found.get(name) ?? []), ...texts]);
    }
  return found;
}

function named(parent: XmlElement, local: string): readonly XmlElement[] {
  return elementsIn(parent).filter((child) => isNamed(child, "assertion", local));
}

/** SAML core 1.3.3: in UTC, and said so. */
function instantOf(element: XmlElement, attribute: string): Date | undefined {
  const text = attributeOf(element, attribute);
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?Z$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new SamlRefused("malformed", { detail: `${attribute} is no time` });
  return new Date(time);
}

function missing(what: string): never {
  throw new SamlRefused("malformed", { detail: `no ${what}` });
}
