import type { Expected } from "../../assertion.ts";
import { AUDIENCE, minutes, NAME_ID_FORMAT, PROVIDER, RECIPIENT, REQUEST_ID, type Said } from "../said.ts";
import { type Attack, genuine, onEach } from "./attack.ts";

/** What a provider has signed in good faith, and is not for us, or not now. */
const said = (name: string, reason: Attack["reason"], what: Partial<Said>, expected: Partial<Expected> = {}) =>
  onEach(name, reason, (keys, signed) => genuine(keys, signed, what), { expected });

const OTHER = "https://other.test/api/auth/saml/acme/okta";
const nameId = (text: string, format = NAME_ID_FORMAT) => `<saml:NameID Format="${format}">${text}</saml:NameID>`;

const ELSEWHERE: readonly Attack[] = [
  ...said("another issuer", "wrong-issuer", { issuer: "https://evil.test" }),
  ...said("another issuer in the assertion alone", "wrong-issuer", { issuer: `${PROVIDER}/` }),
  ...said("another issuer in the response alone", "wrong-issuer", { responseIssuer: "https://evil.test" }),
  ...said("another audience", "wrong-audience", { audiences: [[`${OTHER}/metadata`]] }),
  ...said("no audience", "wrong-audience", { audiences: [] }),
  ...said("an empty audience", "wrong-audience", { audiences: [[]] }),
  ...said("an audience that begins like ours", "wrong-audience", { audiences: [[`${AUDIENCE}.evil.test`]] }),
  ...said("an audience in other letters", "wrong-audience", { audiences: [[AUDIENCE.toUpperCase()]] }),
  ...said("a second audience restriction", "wrong-audience", { audiences: [[AUDIENCE], [`${OTHER}/metadata`]] }),
  ...said("another recipient", "wrong-recipient", { recipient: `${OTHER}/acs` }),
  ...said("no recipient", "wrong-recipient", { recipient: undefined }),
  ...said("a recipient with more path", "wrong-recipient", { recipient: `${RECIPIENT}/../okta/acs` }),
  ...said("another destination", "wrong-destination", { destination: `${OTHER}/acs` }),
  ...onEach(
    "no destination",
    "wrong-destination",
    (keys, signed) => genuine(keys, signed, { destination: undefined }),
    {
      ways: ["response", "both"],
    },
  ),
  ...said("another tenant's provider", "wrong-destination", {
    destination: RECIPIENT.replace("acme", "other"),
    recipient: RECIPIENT.replace("acme", "other"),
    audiences: [[AUDIENCE.replace("acme", "other")]],
  }),
];

const UNASKED: readonly Attack[] = [
  ...said("in answer to another request", "wrong-in-response-to", { inResponseTo: "_request-2" }),
  ...said("in answer to another request, as confirmed", "wrong-in-response-to", {
    confirmedInResponseTo: "_request-2",
  }),
  ...said("in answer to none", "wrong-in-response-to", { inResponseTo: undefined }),
  ...said("in answer to none, as confirmed", "wrong-in-response-to", { confirmedInResponseTo: undefined }),
  ...said("in answer to a request of nobody here", "unknown-flow", {}, { requestId: undefined }),
  ...said("of the provider's own accord", "unsolicited", { inResponseTo: undefined }, { requestId: undefined }),
  ...said(
    "of the provider's own accord, where that is allowed, and confirmed for a request",
    "unknown-flow",
    { inResponseTo: undefined, confirmedInResponseTo: REQUEST_ID },
    { requestId: undefined, allowUnsolicited: true },
  ),
];

const UNTIMELY: readonly Attack[] = [
  ...said("conditions that have ended", "expired", { notBefore: minutes(-20), notOnOrAfter: minutes(-3) }),
  ...said("a confirmation that has ended", "expired", { confirmedUntil: minutes(-3) }),
  ...said("a session that has ended", "expired", { sessionUntil: minutes(-3) }),
  ...said("made too long ago", "expired", { issuedAt: minutes(-13) }),
  ...said("good for a year, and made yesterday", "expired", {
    issuedAt: minutes(-24 * 60),
    notOnOrAfter: minutes(365 * 24 * 60),
    confirmedUntil: minutes(365 * 24 * 60),
  }),
  ...said("not good yet", "not-yet-valid", { notBefore: minutes(4) }),
  ...said("made in the future", "not-yet-valid", { issuedAt: minutes(4) }),
];

const NOBODY: readonly Attack[] = [
  ...said("no name", "no-name-id", { nameId: "" }),
  ...said("an empty name", "no-name-id", { nameId: nameId(" ") }),
  ...said("a name of 257 characters", "no-name-id", { nameId: nameId("a".repeat(257)) }),
  ...said("two names", "malformed", { nameId: nameId("anna") + nameId("owner") }),
  ...said("a name that holds an element", "malformed", { nameId: nameId("anna<b/>") }),
  ...said("a name for this once", "transient-name-id", {
    nameId: nameId("_4f3a", "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"),
  }),
  ...said("an encrypted name", "no-name-id", { nameId: "<saml:EncryptedID>…</saml:EncryptedID>" }),
  ...said("a subject that only the holder of a key may be", "no-bearer-confirmation", {
    method: "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key",
  }),
  ...said("a condition that nobody knows", "unknown-condition", {
    moreConditions: '<saml:Condition xmlns:x="urn:x" x:type="x:Monday"/>',
  }),
  ...said("a huge attribute", "too-large", { attributes: { email: ["a".repeat(3000)] } }),
  ...onEach("a subject that nothing confirms", "no-bearer-confirmation", (keys, signed) =>
    genuine(keys, signed, { method: "x:bearer" }),
  ),
  ...onEach("a refusal by the provider around a good assertion", "status", (keys, signed) =>
    genuine(keys, signed, { status: "urn:oasis:names:tc:SAML:2.0:status:Responder" }),
  ),
];

export const CLAIMS: readonly Attack[] = [...ELSEWHERE, ...UNASKED, ...UNTIMELY, ...NOBODY];
