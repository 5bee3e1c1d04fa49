import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { EMAIL_EMULATOR_KEY } from "../../shared/platform/config/emulators.ts";
import { keep } from "../../shared/platform/mail/folder.ts";
import { listenOnLoopback } from "./listening.ts";

/**
 * Azure Communication Services Email, as far as the product uses it: mails are taken, and kept as files in a folder instead of
 * being delivered. Microsoft has no emulator of it. Where this differs from the service:
 * - Of the REST API there are Send and Get Send Result (learn.microsoft.com/rest/api/communication/email/email), and every mail
 *   has succeeded when its result is asked for.
 * - It takes one published key, signed with as the service wants it
 *   (learn.microsoft.com/azure/communication-services/tutorials/hmac-header-tutorial), and no token of Entra's.
 * - Every address may send and get mail, and nothing is throttled.
 */
export interface EmailEmulator {
  /** E.g. `http://127.0.0.1:7074`. */
  readonly endpoint: string;
  close(): Promise<void>;
}

interface EmailEmulatorOptions {
  readonly folder: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Milliseconds; default `Date.now`. */
  readonly now?: () => number;
}

const Sent = z.object({
  senderAddress: z.string(),
  content: z.object({ subject: z.string(), plainText: z.string(), html: z.string() }),
  recipients: z.object({ to: z.array(z.object({ address: z.string() })).length(1) }),
});

/** Milliseconds in which a repeated request is known (learn.microsoft.com/rest/api/communication/repeatable-requests). */
const REMEMBERED_FOR = 5 * 60_000;

/** Rejects when the port is taken. */
export async function startEmailEmulator(options: EmailEmulatorOptions): Promise<EmailEmulator> {
  const taken = new Set<string>();
  const server = createServer((request, response) => {
    answer(options, taken, request, response).catch(() => reply(response, 500, errorBody("InternalServerError")));
  });
  const listening = await listenOnLoopback(server, options.port ?? 0);
  return { endpoint: `http://127.0.0.1:${listening.port}`, close: listening.close };
}

async function answer(
  options: EmailEmulatorOptions,
  taken: Set<string>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await text(request);
  if (!isSigned(request, body)) return reply(response, 401, errorBody("Denied"));
  const [path = ""] = (request.url ?? "").split("?");
  const [, asked] = /^\/emails\/operations\/([\w-]+)$/.exec(path) ?? [];
  if (request.method === "GET" && asked !== undefined) return reply(response, 200, { id: asked, status: "Succeeded" });
  if (request.method !== "POST" || path !== "/emails:send") return reply(response, 404, errorBody("NotFound"));
  return take(options, taken, request, response, body);
}

async function take(
  { folder, now = Date.now }: EmailEmulatorOptions,
  taken: Set<string>,
  { headers }: IncomingMessage,
  response: ServerResponse,
  body: string,
): Promise<void> {
  const sent = Sent.safeParse(JSON.parse(body));
  if (!sent.success) return reply(response, 400, errorBody("BadRequest"));
  const firstSent = Date.parse(String(headers["repeatability-first-sent"]));
  if (firstSent < now() - REMEMBERED_FOR) return reply(response, 412, errorBody("PreconditionFailed"));
  const id = String(headers["operation-id"] ?? crypto.randomUUID());
  const { senderAddress: from, content, recipients } = sent.data;
  const { subject, plainText, html } = content;
  const to = recipients.to.map(({ address }) => address).join(", ");
  // A repeated request gets the first one's answer, and nothing is sent for it.
  if (!taken.has(id))
    await keep(folder, { id, at: new Date(now()).toISOString(), from, to, subject, text: plainText, html });
  taken.add(id);
  const location = `http://${headers.host}/emails/operations/${id}?api-version=2025-09-01`;
  response.setHeader("operation-location", location).setHeader("retry-after", "30");
  reply(response, 202, { id, status: "Running" });
}

function isSigned({ method, url, headers }: IncomingMessage, body: string): boolean {
  const hash = createHash("sha256").update(body).digest("base64");
  const signed = `${method}\n${url}\n${headers["x-ms-date"]};${headers.host};${hash}`;
  const signature = createHmac("sha256", Buffer.from(EMAIL_EMULATOR_KEY, "base64")).update(signed).digest("base64");
  const expected = `HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=${signature}`;
  return headers["x-ms-content-sha256"] === hash && headers.authorization === expected;
}

function errorBody(code: string) {
  return { error: { code, message: `The emulator answers ${code}` } };
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
