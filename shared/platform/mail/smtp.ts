import type { SMTPPoolOptions } from "nodemailer/lib/smtp-pool";
import { z } from "zod";
import { inTime } from "../deadlines.ts";
import type { Mail, MailOutcome, MailTransport, Sender } from "./port.ts";

interface SmtpOptions {
  /** `smtps://user:password@host:465`, or `smtp://…:587`, which becomes encrypted before anything is said. */
  readonly url: string;
  readonly from: Sender;
  /** Certificates to trust beside those of the system, PEM. */
  readonly trusted?: string;
}

/**
 * A mail server by SMTP. Connections are kept for some mails, and always encrypted, save to this machine. Repeated tries have
 * the same Message-ID, by which some receiving servers know them. nodemailer is loaded on first use.
 */
export function smtpTransport(options: SmtpOptions): MailTransport {
  let pool: Promise<Pool> | undefined;
  return {
    kind: "smtp",
    send: async (mail) => {
      try {
        pool ??= openPool(options);
        const { sendMail } = await pool;
        await inTime("mail", (signal) => sendMail(toMessage(mail, options.from), signal));
        return { outcome: "accepted" };
      } catch (error) {
        return outcomeOf(error);
      }
    },
    close: () => {
      pool?.then(
        ({ close }) => close(),
        () => undefined,
      );
      pool = undefined;
    },
  };
}

interface Pool {
  sendMail(message: ReturnType<typeof toMessage>, signal: AbortSignal): Promise<unknown>;
  close(): void;
}

async function openPool(options: SmtpOptions): Promise<Pool> {
  const { createTransport } = await import("nodemailer");
  const transport = createTransport({ ...poolOptions(options), pool: true });
  return {
    sendMail: (message, signal) => transport.sendMail({ ...message, signal }),
    close: () => transport.close(),
  };
}

/** All in ms: each below the deadline of a mail, so that an error says what was waited for. */
const TIMEOUTS = {
  dnsTimeout: 8_000,
  connectionTimeout: 10_000,
  greetingTimeout: 15_000,
  socketTimeout: 25_000,
  idleTimeout: 30_000,
};

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i;

function poolOptions({ url, trusted }: SmtpOptions): SMTPPoolOptions {
  const { protocol, hostname, port, username, password } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const secure = protocol === "smtps:";
  const [user, pass] = [decodeURIComponent(username), decodeURIComponent(password)];
  return {
    ...TIMEOUTS,
    host,
    port: port === "" ? (secure ? 465 : 587) : Number(port),
    secure,
    // To this machine nobody listens in, and its mail server's certificate is nobody's whom we would trust.
    ...(LOOPBACK.test(host) ? { ignoreTLS: true } : { requireTLS: true }),
    ...(user === "" ? {} : { auth: { user, pass } }),
    ...(trusted === undefined ? {} : { tls: { ca: trusted } }),
    maxConnections: 3,
    maxMessages: 100,
    // Whoever calls knows when a mail may be tried again.
    maxRequeues: 0,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function toMessage({ id, to, subject, text, html }: Mail, from: Sender) {
  const { name, address } = from;
  return {
    from: name === undefined ? address : { name, address },
    to: { name: "", address: to },
    subject,
    text,
    html,
    messageId: `<${id}@${address.slice(address.lastIndexOf("@") + 1)}>`,
    // So that no holiday answer comes back (RFC 3834).
    headers: { "Auto-Submitted": "auto-generated" },
  };
}

/** What nodemailer says of an error. `permanent` is set where the server answered. */
const Said = z.looseObject({
  code: z.string().optional(),
  responseCode: z.number().optional(),
  command: z.string().optional(),
  permanent: z.boolean().default(false),
});

/** The server wants other credentials, or any: what an operator mends, and no fault of the mail (RFC 4954). */
const CREDENTIALS: ReadonlySet<number> = new Set([530, 534, 535, 538]);

function outcomeOf(error: unknown): MailOutcome {
  const { code, responseCode, command, permanent } = Said.parse(error);
  const isAboutUs = code === "EAUTH" || (responseCode !== undefined && CREDENTIALS.has(responseCode));
  if (permanent && !isAboutUs && (command === "RCPT TO" || command === "MAIL FROM" || command === "DATA"))
    return { outcome: "refused", what: command === "RCPT TO" ? "recipient" : "mail", code: responseCode };
  // Nodemailer makes an address of its own of what it takes for none, before it says anything to the server.
  if (code === "EENVELOPE" && responseCode === undefined) return { outcome: "refused", what: "recipient", code };
  return { outcome: "later", unsure: responseCode === undefined, cause: error };
}
