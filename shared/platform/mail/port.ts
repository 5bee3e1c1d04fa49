/** One mail to one person. */
export interface Mail {
  /** Of letters, digits and underscores. The same each time this mail is tried: its Message-ID is made of it. */
  readonly id: string;
  /** An address alone, without a name. */
  readonly to: string;
  /** One line. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Who it comes from. */
export interface Sender {
  readonly name: string | undefined;
  readonly address: string;
}

/** A try. A repetition is the same try where nobody knows what became of it, so that a provider with a memory can tell. */
export interface Try {
  /** 1 for the first. */
  readonly number: number;
  /** When it was first made. */
  readonly since: Date;
}

/**
 * What became of a try. `refused`: never by trying again; `code` is the provider's, a number or a word. `later`: it was not
 * taken, or nobody knows (`unsure`); at the earliest after `retryAfterSeconds` where the provider says so.
 */
export type MailOutcome =
  | { readonly outcome: "accepted" }
  | { readonly outcome: "refused"; readonly what: "recipient" | "mail"; readonly code: string | number | undefined }
  | {
      readonly outcome: "later";
      readonly unsure: boolean;
      readonly retryAfterSeconds?: number;
      /** For logs. */
      readonly cause: unknown;
    };

export const MAIL_TRANSPORTS = ["smtp", "communication-services", "folder"] as const;

/** Hands mails over to whoever delivers them. `accepted` says that they were taken, not that they arrived. */
export interface MailTransport {
  readonly kind: (typeof MAIL_TRANSPORTS)[number];
  /** Bounded to 30 seconds. Never throws. */
  send(mail: Mail, attempt: Try): Promise<MailOutcome>;
  /** Ends its connections. */
  close(): void;
}
