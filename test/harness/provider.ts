import { EventEmitter, once } from "node:events";
import { createServer, IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { z } from "zod";
import { createWhatsAppDouble, type WhatsAppDoubleOptions } from "../../local/whatsapp/double.ts";
import type { Business } from "../../local/whatsapp/model.ts";

/** A message that the provider accepted, whether or not whoever sent it lived to hear so. */
export interface Send {
  /** The recipient's phone or user id. */
  readonly to: string;
  readonly type: string;
  /** The text of a text message; empty for others. */
  readonly text: string;
  readonly wamid: string;
  /** What the product sent along: `<conversation id>:<message id>`. */
  readonly reference: string;
}

/** The WhatsApp double in the test's own process, so that it outlives the host, and counts what it accepted. */
export interface Provider {
  /** For WHATSAPP_API_BASE_URL. */
  readonly apiBaseUrl: string;
  /** In the order of acceptance. */
  readonly sends: readonly Send[];
  /** Resolves when the next send has come in whole and is about to be answered, or after `milliseconds`. */
  nextSend(milliseconds: number): Promise<void>;
  /** From now on sends hang: before they are accepted, or after. Undefined: they are answered again. */
  hang(how: "before" | "after" | undefined): void;
  addBusiness(business: Business): Promise<void>;
  /** Keeps a file as if a customer had uploaded it; resolves to its provider's media id. */
  keepFile(bytes: Uint8Array, mimeType: string): Promise<string>;
  /** POST to the double's own API, e.g. `errors` or `api/people/maya/messages`; resolves to the answer. */
  post(path: string, body: unknown): Promise<unknown>;
  /** Resolves when every webhook of the double has been acknowledged. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

const Accepted = z.object({ messages: z.tuple([z.object({ id: z.string() })]) });
const Asked = z.looseObject({
  to: z.string().optional(),
  recipient: z.string().optional(),
  type: z.string().default("text"),
  text: z.object({ body: z.string() }).optional(),
  biz_opaque_callback_data: z.string().default(""),
});
const Id = z.object({ id: z.string() });

export type ProviderOptions = WhatsAppDoubleOptions;

/** Webhooks go to `webhookUrl`, signed with `appSecret`, and again every 200 ms until they are acknowledged. */
export async function startProvider(options: ProviderOptions): Promise<Provider> {
  const double = createWhatsAppDouble({ retryDelays: [200], ...options });
  const sends: Send[] = [];
  const comingIn = new EventEmitter();
  let hanging: "before" | "after" | undefined;
  const server = createServer((request, response) => {
    const isSend = request.method === "POST" && /\/graph\/v[\d.]+\/\d+\/messages$/.test(request.url ?? "");
    if (!isSend) return void (double.handle(request, response) || response.writeHead(404).end());
    buffer(request).then(
      (body) => {
        record(body, response, sends, hanging !== "after");
        comingIn.emit("send");
        if (hanging !== "before") double.handle(again(request, body), response);
      },
      // Whoever sent it was killed before it had said all.
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The provider has no port");
  const base = `http://127.0.0.1:${address.port}/simulator`;

  async function post(path: string, body: string | Uint8Array<ArrayBuffer>, contentType: string): Promise<unknown> {
    const response = await fetch(`${base}/${path}`, { method: "POST", headers: { "content-type": contentType }, body });
    if (!response.ok) throw new Error(`The double answered ${response.status} to ${path}`);
    return response.json();
  }

  return {
    apiBaseUrl: `${base}/graph`,
    sends,
    nextSend: async (milliseconds) => {
      await once(comingIn, "send", { signal: AbortSignal.timeout(milliseconds) }).catch(() => undefined);
    },
    hang: (how) => {
      hanging = how;
    },
    addBusiness: async (business) => void (await post("businesses", JSON.stringify(business), "application/json")),
    keepFile: async (bytes, mimeType) => Id.parse(await post("api/files", new Uint8Array(bytes), mimeType)).id,
    post: (path, body) => post(path, JSON.stringify(body), "application/json"),
    idle: () => double.idle(),
    stop: async () => {
      await double.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Notes the send when the double accepts it, whether or not its answer goes out. Reactions and read marks are no messages. */
function record(body: Buffer, response: ServerResponse, sends: Send[], answers: boolean): void {
  const asked = Asked.safeParse(JSON.parse(body.toString("utf8")));
  if (!asked.success || asked.data.type === "reaction") return;
  const { to, recipient, type, text, biz_opaque_callback_data: reference } = asked.data;
  const { end } = response;
  const recordingEnd = (...parts: unknown[]) => {
    const accepted = Accepted.safeParse(response.statusCode === 200 ? JSON.parse(String(parts[0])) : undefined);
    if (accepted.success) {
      const [{ id: wamid }] = accepted.data.messages;
      sends.push({ to: to ?? recipient ?? "", type, text: text?.body ?? "", wamid, reference });
    }
    return answers ? Reflect.apply(end, response, parts) : response;
  };
  Object.defineProperty(response, "end", { value: recordingEnd });
}

/** The request once more, with its body unread. */
function again(request: IncomingMessage, body: Buffer): IncomingMessage {
  const copy = new IncomingMessage(request.socket);
  copy.method = request.method ?? "POST";
  copy.url = request.url ?? "/";
  copy.headers = request.headers;
  copy.push(body);
  copy.push(null);
  // Or it would take its end for a broken connection, and cut it.
  copy.complete = true;
  return copy;
}
