/** One request to an address that a customer has typed, or that was found at one. */
export interface OutsideRequest {
  /** Default: GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/**
 * Asks an address that nobody here has chosen. Follows no redirect; answers of more than 1 MB and of more than 10 s are given
 * up; where the address may not be reached from here, nothing is sent. Throws `OutsideFault` and nothing else.
 */
export type FetchOutside = (url: string, request?: OutsideRequest) => Promise<Response>;

export const OUTSIDE_FAULTS = [
  /** It is no https address. */
  "insecure-address",
  /** It leads to where customers have no business: this machine, a private network, what belongs to the cloud itself. */
  "forbidden-address",
  "unknown-host",
  "unreachable",
  /** It speaks no TLS, or has no certificate that this installation trusts. */
  "insecure-connection",
  "too-slow",
  "too-large",
] as const;
export type OutsideFaultReason = (typeof OUTSIDE_FAULTS)[number];

/** No answer came of it. */
export class OutsideFault extends Error {
  override readonly name = "OutsideFault";
  readonly reason: OutsideFaultReason;
  constructor(reason: OutsideFaultReason, cause?: unknown) {
    super(`No answer from outside: ${reason}`, { cause });
    this.reason = reason;
  }
}
