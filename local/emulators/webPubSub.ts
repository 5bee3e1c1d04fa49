import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { json, text } from "node:stream/consumers";
import { WEB_PUBSUB_EMULATOR_KEY } from "../../shared/platform/config/emulators.ts";
import { REALTIME_HUB } from "../../shared/platform/realtime/port.ts";
import type { Hub } from "../realtime/hub.ts";
import { createHubServer } from "../realtime/hubServer.ts";
import { isSignedCall } from "../realtime/token.ts";
import { listenOnLoopback } from "./listening.ts";

/**
 * Azure Web PubSub, as far as the product uses it. Microsoft has no emulator of it: `awps-tunnel` brings a hub's events from
 * Azure to a local server, and needs the service itself (learn.microsoft.com/azure/azure-web-pubsub/howto-web-pubsub-tunnel-tool).
 * Where this differs from the service:
 * - Of the REST API there are three calls, and nothing but JSON is sent
 *   (learn.microsoft.com/rest/api/webpubsub/dataplane/web-pub-sub).
 * - It knows no Entra tokens, only the key with which the SDK signs
 *   (learn.microsoft.com/azure/azure-web-pubsub/reference-rest-api-data-plane).
 * - A connection that does not come back is forgotten after a minute, a client that lags is given up: our own limits.
 */
export interface WebPubSubEmulator {
  /** E.g. `http://127.0.0.1:7072`. */
  readonly endpoint: string;
  close(): Promise<void>;
}

const KEY = new TextEncoder().encode(WEB_PUBSUB_EMULATOR_KEY);
const REST_PATH = new RegExp(`^/api/hubs/${REALTIME_HUB}/(groups|users)/([^/?]+)(?:/:(send|closeConnections))?\\?`);

/** Port 0, the default, takes a free one. */
export async function startWebPubSubEmulator({
  port = 0,
}: {
  readonly port?: number;
} = {}): Promise<WebPubSubEmulator> {
  const addressOf = ({ headers, url = "" }: IncomingMessage) => `http://${headers.host}${url}`;
  const clients = createHubServer({
    keys: [KEY],
    audienceOf: (request) => addressOf(request).replace(/\?.*$/, ""),
  });
  const server = createServer((request, response) => {
    const answer = async () => {
      const [, token = ""] = /^Bearer (.+)$/.exec(request.headers.authorization ?? "") ?? [];
      if (await isSignedCall(token, KEY, addressOf(request))) await answerCall(clients.hub, request, response);
      else refuse(response, 401, "Unauthorized");
    };
    answer().catch(() => refuse(response, 400, "BadRequest"));
  });
  server.on("upgrade", (request, socket, head) => {
    if (!clients.upgrade(request, socket, head)) socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
  });
  const listening = await listenOnLoopback(server, port);
  return {
    endpoint: `http://127.0.0.1:${listening.port}`,
    close: async () => {
      clients.close();
      await listening.close();
    },
  };
}

async function answerCall(hub: Hub, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, kind, encoded = "", action] = REST_PATH.exec(request.url ?? "") ?? [];
  const name = decodeURIComponent(encoded);
  const isJson = request.headers["content-type"]?.startsWith("application/json") === true;
  switch (`${request.method} ${kind} ${action ?? ""}`.trim()) {
    case "POST groups send":
      if (!isJson) return refuse(response, 415, "UnsupportedMediaType");
      hub.publish(name, [await json(request)]);
      return void response.writeHead(202).end();
    case "POST users closeConnections":
      await text(request);
      hub.closeUser(name);
      return void response.writeHead(204).end();
    case "HEAD groups":
      return void response.writeHead(hub.hasGroup(name) ? 200 : 404).end();
    default:
      return refuse(response, 404, "NotFound");
  }
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { "content-type": "application/json", "x-ms-error-code": code })
    .end(JSON.stringify({ code, message: `The emulator answers ${code}` }));
}
