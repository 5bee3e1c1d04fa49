import { OUTSIDE_FAULTS, OutsideFault } from "../../platform/egress/port.ts";
import { type SignInFailure, SignInRefused } from "../providers/failures.ts";

/** Why a provider's answer is no sign-in, and what the sign-in page says of it. */
const FAILURES = {
  "insecure-address": "sso-misconfigured",
  "forbidden-address": "sso-misconfigured",
  "unknown-host": "sso-unreachable",
  unreachable: "sso-unreachable",
  "insecure-connection": "sso-misconfigured",
  "too-slow": "sso-unreachable",
  "too-large": "sso-misconfigured",
  /** An answer with a status that says so, or that there should not be. */
  "unexpected-status": "sso-unreachable",
  "not-json": "sso-misconfigured",
  /** Its description lacks what is needed, or has something else there. */
  malformed: "sso-misconfigured",
  /** It calls itself by another name than the settings do. */
  "issuer-mismatch": "sso-misconfigured",
  /** Of client id and secret, one is not right. */
  "wrong-client": "sso-misconfigured",
  /** The person did not agree, or turned back. */
  "consent-refused": "sso-canceled",
  "provider-refused": "sso-refused",
  "code-refused": "sso-invalid",
  "wrong-issuer": "sso-invalid",
  "wrong-audience": "sso-invalid",
  "wrong-nonce": "sso-invalid",
  "wrong-subject": "sso-invalid",
  "unknown-key": "sso-invalid",
  "invalid-token": "sso-invalid",
  expired: "sso-clock",
  "not-yet-valid": "sso-clock",
  /** Who is in more groups than a token holds: they are only named elsewhere (OpenID Connect Core 1.0, 5.6.2). */
  "claims-elsewhere": "sso-misconfigured",
} as const satisfies Record<string, SignInFailure>;
export type OidcReason = keyof typeof FAILURES;

/** A provider's fault, or that of its settings here. */
export class OidcFault extends Error {
  override readonly name = "OidcFault";
  readonly reason: OidcReason;
  /** What the provider itself said, for an admin: at most 200 characters of any kind. Never logged. */
  readonly said: string | undefined;

  constructor(reason: OidcReason, options: { said?: string | undefined; cause?: unknown } = {}) {
    super(`OpenID Connect: ${reason}`, { cause: options.cause });
    this.reason = reason;
    this.said = options.said?.slice(0, 200);
  }

  refusal(): SignInRefused {
    return new SignInRefused(FAILURES[this.reason], { reason: this.reason, cause: this });
  }
}

/** The codes of openid-client's errors; others are `invalid-token`, since they are all about what the provider has sent. */
const BY_CODE: Readonly<Record<string, OidcReason>> = {
  OAUTH_RESPONSE_IS_NOT_CONFORM: "unexpected-status",
  OAUTH_RESPONSE_IS_NOT_JSON: "not-json",
  OAUTH_PARSE_ERROR: "not-json",
  OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: "issuer-mismatch",
  OAUTH_HTTP_REQUEST_FORBIDDEN: "insecure-address",
  OAUTH_REQUEST_PROTOCOL_FORBIDDEN: "insecure-address",
  OAUTH_MISSING_SERVER_METADATA: "malformed",
  OAUTH_INVALID_SERVER_METADATA: "malformed",
  OAUTH_KEY_SELECTION_FAILED: "unknown-key",
  OAUTH_WWW_AUTHENTICATE_CHALLENGE: "wrong-client",
};

const BY_CLAIM: Readonly<Record<string, OidcReason>> = {
  iss: "wrong-issuer",
  aud: "wrong-audience",
  azp: "wrong-audience",
  nonce: "wrong-nonce",
  exp: "expired",
  nbf: "not-yet-valid",
};

/** RFC 6749, 4.1.2.1 and 5.2; OpenID Connect Core 1.0, 3.1.2.6. */
const BY_OAUTH_ERROR: Readonly<Record<string, OidcReason>> = {
  access_denied: "consent-refused",
  consent_required: "consent-refused",
  login_required: "consent-refused",
  interaction_required: "consent-refused",
  invalid_client: "wrong-client",
  unauthorized_client: "wrong-client",
  invalid_grant: "code-refused",
};

/** What openid-client has thrown, or what it was given by the way out, in our words. */
export function faultOf(error: unknown): OidcFault {
  if (error instanceof OidcFault) return error;
  const chain = chainOf(error);
  const outside = chain.find((each) => each instanceof OutsideFault);
  if (outside !== undefined) return new OidcFault(outside.reason, { cause: error });
  const oauthError = textAt(chain, "error");
  if (oauthError !== undefined) {
    const said = [oauthError, textAt(chain, "error_description")].filter((text) => text !== undefined).join(": ");
    return new OidcFault(BY_OAUTH_ERROR[oauthError] ?? "provider-refused", { said, cause: error });
  }
  if (textAt(chain, "attribute") === "sub") return new OidcFault("wrong-subject", { cause: error });
  const byClaim = BY_CLAIM[textAt(chain, "claim") ?? ""];
  if (byClaim !== undefined) return new OidcFault(byClaim, { cause: error });
  const codes = chain.flatMap((each) => textAt([each], "code") ?? []);
  const byCode = codes.map((code) => BY_CODE[code]).find((reason) => reason !== undefined);
  return new OidcFault(byCode ?? "invalid-token", { cause: error });
}

/** An error and what it was caused by, whatever that is. */
function chainOf(error: unknown): readonly object[] {
  const chain: object[] = [];
  for (
    let each = error;
    typeof each === "object" && each !== null && chain.length < 8;
    each = Reflect.get(each, "cause")
  )
    chain.push(each);
  return chain;
}

function textAt(chain: readonly object[], name: string): string | undefined {
  for (const each of chain) {
    const value: unknown = Reflect.get(each, name);
    if (typeof value === "string") return value;
  }
  return undefined;
}

/** Whether a fault may have to do with what was remembered of a provider. */
export function mayBeOutdated({ reason }: OidcFault): boolean {
  return reason === "unexpected-status" || reason === "not-json" || OUTSIDE_FAULTS.some((fault) => fault === reason);
}
