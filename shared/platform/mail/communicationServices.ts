import { hash } from "node:crypto";
import type { EmailClient, EmailSendOptionalParams } from "@azure/communication-email";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { azureCredential } from "../credential.ts";
import { inTime } from "../deadlines.ts";
import { explained } from "../serviceFault.ts";
import type { Mail, MailOutcome, MailTransport, Sender, Try } from "./port.ts";

interface CommunicationServicesOptions {
  /** E.g. `https://<name>.communication.azure.com`. */
  readonly endpoint: string;
  /** An emulator's. Without one, `credential` is asked. */
  readonly key?: string;
  readonly credential: typeof azureCredential;
  /** Its name is the one that the domain's sender has in Azure: a request cannot give another. */
  readonly from: Sender;
  readonly clock: Clock;
  /** Certificates to trust beside those of the system, PEM. */
  readonly trusted?: string;
}

/**
 * Azure Communication Services Email, as the app's managed identity. What it takes it delivers by itself; that a mail bounced
 * is known to the resource's own logs alone. The SDK is loaded on first use.
 */
export function communicationServicesTransport(options: CommunicationServicesOptions): MailTransport {
  const { from, clock } = options;
  let client: Promise<EmailClient> | undefined;
  return {
    kind: "communication-services",
    send: async (mail, attempt) => {
      let isTaken = false;
      try {
        client ??= openClient(options).catch((error: unknown) => {
          client = undefined;
          throw error;
        });
        const emails = await client;
        const onResponse: NonNullable<EmailSendOptionalParams["onResponse"]> = ({ status }) => {
          isTaken = isTaken || status < 300;
        };
        const repeatable = asRepeatable(mail, attempt, clock.now());
        await inTime("mail", (abortSignal) =>
          emails.beginSend(toMessage(mail, from), { ...repeatable, abortSignal, onResponse }),
        );
        return { outcome: "accepted" };
      } catch (error) {
        return isTaken ? outcomeOfTaken(error) : outcomeOf(error);
      }
    },
    close: () => undefined,
  };
}

async function openClient(options: CommunicationServicesOptions): Promise<EmailClient> {
  const { endpoint, key, credential, trusted } = options;
  const { EmailClient: Client } = await import("@azure/communication-email");
  // Each try is one request: whoever calls knows when the next may be made.
  const once = {
    retryOptions: { maxRetries: 0 },
    ...(trusted === undefined ? {} : { tlsOptions: { ca: trusted } }),
  };
  if (key === undefined) return new Client(endpoint, await credential(), once);
  return new Client(endpoint, { key }, { ...once, allowInsecureConnection: true });
}

function toMessage({ to, subject, text, html }: Mail, { address }: Sender) {
  return {
    senderAddress: address,
    content: { subject, plainText: text, html },
    recipients: { to: [{ address: to }] },
    // Else its links lead past a server of Azure's, and their tokens with them.
    disableUserEngagementTracking: true,
  };
}

/** Milliseconds: the service remembers a request for five minutes, and refuses one that says it was first sent before. */
const REMEMBERED_FOR = 4 * 60_000;

/**
 * What makes a repetition known as one, as long as the service remembers
 * (learn.microsoft.com/rest/api/communication/repeatable-requests).
 */
function asRepeatable({ id }: Mail, { number, since }: Try, now: Date): EmailSendOptionalParams {
  if (now.getTime() - since.getTime() > REMEMBERED_FOR) return {};
  const operationId = uuidOf(`${id}:${number}`);
  const customHeaders = {
    "Repeatability-Request-ID": operationId,
    "Repeatability-First-Sent": since.toUTCString(),
  };
  return { operationId, requestOptions: { customHeaders } };
}

/** The same one for the same text, always: of its own making (version 8, RFC 9562). */
function uuidOf(text: string): string {
  const hex = hash("sha256", text, "hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}

/** How core-lro words that an operation has failed; the code follows, and then what the service says to people. */
const FAILED = /^The long-running operation has failed(?:\. (?<code>\w+)\.)?/;

/** The SDK asks at once what became of it. That it could not be told is no reason to send it again. */
function outcomeOfTaken(error: unknown): MailOutcome {
  const failed = FAILED.exec(error instanceof Error ? error.message : "");
  if (failed === null) return { outcome: "accepted" };
  return { outcome: "refused", what: "mail", code: failed.groups?.code };
}

/** What the SDK says of an error. */
const Said = z.looseObject({
  code: z.string().optional(),
  statusCode: z.number().optional(),
  response: z.looseObject({ headers: z.custom<{ get(name: string): string | undefined }>().optional() }).optional(),
});

/** What the request itself is refused for; 401, 403 and 404 are about the installation (explained), the others pass. */
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 422]);

function outcomeOf(error: unknown): MailOutcome {
  const { code, statusCode, response } = Said.parse(error);
  // Of a repetition: the first is under way.
  if (statusCode === 409) return { outcome: "accepted" };
  if (statusCode !== undefined && REFUSALS.has(statusCode)) return { outcome: "refused", what: "mail", code };
  const wait = Number(response?.headers?.get("retry-after"));
  return {
    outcome: "later",
    unsure: statusCode === undefined || statusCode >= 500,
    ...(wait > 0 ? { retryAfterSeconds: wait } : {}),
    cause: explained("Communication Services", error),
  };
}
