/** What the sign-in page says in words. Part of the desk's addresses: add, never rename. */
export const SIGN_IN_FAILURES = [
  /** The organisation has no such provider (any more). */
  "sso-unknown",
  /** It took too long, was done already, or goes on in another browser. */
  "sso-interrupted",
  /** The person said no. */
  "sso-canceled",
  /** The provider said no. */
  "sso-refused",
  "sso-unreachable",
  /** An admin has to look: here or there something is set up wrongly. */
  "sso-misconfigured",
  /** What the provider said of the person cannot be believed. */
  "sso-invalid",
  /** What it said holds at another time: clocks are apart. */
  "sso-clock",
  "sso-no-email",
  "sso-email-not-verified",
  "sso-domain-not-allowed",
  /** Nobody here is known to be this person, and nobody is made. */
  "sso-no-account",
  /** Somebody here has the address, and is not known to be this person. */
  "sso-account-exists",
  "sso-inactive",
  "organization-inactive",
  /** Something here does not work; trying again may help. */
  "sso-unavailable",
] as const;
export type SignInFailure = (typeof SIGN_IN_FAILURES)[number];

/** A sign-in by another provider that came to nothing. `reason` is for logs and the audit, in kebab case, finer than `failure`. */
export class SignInRefused extends Error {
  override readonly name = "SignInRefused";
  readonly failure: SignInFailure;
  readonly reason: string;
  /** Whose account it would have been, where that is known. */
  readonly userId: string | undefined;

  constructor(failure: SignInFailure, options: { reason?: string; userId?: string | undefined; cause?: unknown } = {}) {
    const { reason = failure, userId, cause } = options;
    super(`Sign-in refused: ${reason}`, { cause });
    this.failure = failure;
    this.reason = reason;
    this.userId = userId;
  }
}
