/**
 * Why a response of an identity provider was refused, in the order in which it is looked at. `saml-` and one of these is the
 * reason of `user.refused`: add, never rename.
 */
export const SAML_REFUSALS = [
  /** No base64, no UTF-8, no well-formed XML, or no Response as SAML 2.0 has it. */
  "malformed",
  /** More bytes, elements or depth than a response needs. */
  "too-large",
  /** A document type or entities. */
  "dtd",
  /** A comment, a CDATA section or a processing instruction, by which a text can be two. */
  "comment",
  /** The provider itself says no. */
  "status",
  "no-assertion",
  "several-assertions",
  "duplicate-id",
  /** A signature elsewhere than in the response or the assertion, or more than one there. */
  "signature-misplaced",
  /** A signature that is not built as SAML's are, or is of something else than what it stands in. */
  "signature-shape",
  "algorithm-not-allowed",
  "transform-not-allowed",
  "unsigned",
  /** None of the provider's certificates fits. */
  "signature-invalid",
  "encryption-not-allowed",
  "undecryptable",
  "wrong-issuer",
  "wrong-destination",
  "wrong-audience",
  "wrong-recipient",
  "wrong-in-response-to",
  /** Answers no request of ours, where the organisation does not allow that. */
  "unsolicited",
  "not-yet-valid",
  "expired",
  /** No confirmation of the subject that its bearer may use. */
  "no-bearer-confirmation",
  "unknown-condition",
  "no-authentication",
  "no-name-id",
  /** A name that is another at each sign-in: nobody could be known again by it. */
  "transient-name-id",
  "replayed",
  /** The sign-in was not begun in this browser, has been ended, or took too long. */
  "unknown-flow",
] as const;
export type SamlRefusal = (typeof SAML_REFUSALS)[number];

/** What a response is refused with. Its text is for logs, and holds nothing of the response. */
export class SamlRefused extends Error {
  override readonly name = "SamlRefused";
  readonly reason: SamlRefusal;

  constructor(reason: SamlRefusal, options: { readonly detail?: string; readonly cause?: unknown } = {}) {
    super(options.detail === undefined ? reason : `${reason}: ${options.detail}`, { cause: options.cause });
    this.reason = reason;
  }
}
