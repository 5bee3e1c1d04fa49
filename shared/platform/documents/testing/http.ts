import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** A request or an answer, read to its end. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString("utf8");
}

/** Hop-by-hop headers, and the length, which may change on the way. */
const NOT_FORWARDED = ["connection", "transfer-encoding", "content-length", "keep-alive", "host"];

function forwarded(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_FORWARDED.includes(name)));
}

/** Sends a request on to a server on this machine. */
export function send(port: number, { method, url, headers, body }: Received): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { host: "127.0.0.1", port, method, path: url, headers: forwarded(headers), agent: false },
      (answer) => {
        bodyOf(answer).then(
          (text) => resolve({ status: answer.statusCode ?? 0, headers: forwarded(answer.headers), body: text }),
          reject,
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** `cut` ends the connection without an answer. */
export type Handler = (request: Received) => Promise<Answer | "cut">;

async function answer(handler: Handler, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "GET", url = "/", headers } = incoming;
  try {
    const result = await handler({ method, url, headers, body: await bodyOf(incoming) });
    if (result === "cut") {
      incoming.socket.destroy();
      return;
    }
    response.writeHead(result.status, result.headers).end(result.status === 304 ? undefined : result.body);
  } catch (error) {
    response.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify({ message: String(error) }));
  }
}

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/** Port 0 takes a free one. Rejects when the port is taken. */
export async function listen(server: Server, port = 0): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("No port");
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export function serve(handler: Handler, port = 0): Promise<Listening> {
  const server = createServer((incoming, response) => {
    void answer(handler, incoming, response);
  });
  return listen(server, port);
}
