import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { type Clock, systemClock } from "../../shared/platform/clock.ts";
import { REALTIME_HUB } from "../../shared/platform/realtime/port.ts";
import { Hub } from "./hub.ts";
import { PLAIN_PROTOCOL, RELIABLE_PROTOCOL } from "./protocol.ts";
import { verifyClientToken } from "./token.ts";

/** How much clients may ask of the server. */
export interface HubLimits {
  readonly clock?: Clock;
  /** Bytes one client may lag behind; default 4 MB. */
  readonly maxBufferedBytes?: number;
  /** Default 5000 messages. */
  readonly maxUnacknowledged?: number;
  /** Default 60 s; the client tries for 30. */
  readonly recoveryMs?: number;
  /** Default 10,000; further clients get 503. */
  readonly maxConnections?: number;
}

interface HubServerOptions extends HubLimits {
  /** Any of them may have signed a token. */
  readonly keys: readonly Uint8Array[];
  /** What a token must be for, given the request it came with. */
  readonly audienceOf: (request: IncomingMessage) => string;
}

export interface HubServer {
  /** For a server's `upgrade` event: true when the request is for the hub and was taken over. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  readonly hub: Hub;
  close(): void;
}

const HUB_PATH = /^\/client\/hubs\/([\w-]{1,128})$/;
const SWEEP_MS = 30_000;
/** Azure's limit for one message from a client. */
const MAX_PAYLOAD = 1024 * 1024;

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

/** What clients of Web PubSub connect to: its two JSON subprotocols at `/client/hubs/{hub}?access_token=`. */
export function createHubServer({ keys, audienceOf, ...limits }: HubServerOptions): HubServer {
  const { clock = systemClock, maxConnections = 10_000 } = limits;
  const hub = new Hub({
    clock,
    recoveryMs: limits.recoveryMs ?? 60_000,
    limits: {
      maxBufferedBytes: limits.maxBufferedBytes ?? 4 * 1024 * 1024,
      maxUnacknowledged: limits.maxUnacknowledged ?? 5000,
    },
  });
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_PAYLOAD,
    perMessageDeflate: false,
    handleProtocols: (offered) => [RELIABLE_PROTOCOL, PLAIN_PROTOCOL].find((known) => offered.has(known)) ?? false,
  });
  const sweeper = setInterval(() => hub.sweep(), SWEEP_MS);
  sweeper.unref();

  async function accept(request: IncomingMessage, socket: Duplex, head: Buffer, query: URLSearchParams) {
    const access = await verifyClientToken(query.get("access_token") ?? "", keys, audienceOf(request));
    if (access === undefined) return refuse(socket, "401 Unauthorized");
    if (hub.size >= maxConnections) return refuse(socket, "503 Service Unavailable");
    server.handleUpgrade(request, socket, head, (client) => {
      const connectionId = query.get("awps_connection_id");
      if (client.protocol === "") client.close(1002, "One of the JSON subprotocols of Web PubSub is needed.");
      else if (connectionId !== null) {
        hub.recover(client, access, connectionId, query.get("awps_reconnection_token") ?? "");
      } else hub.open(client, access, client.protocol === RELIABLE_PROTOCOL);
    });
  }

  return {
    upgrade(request, socket, head) {
      const target = request.url ?? "";
      const [path = "", search = ""] = target.split("?", 2);
      if (HUB_PATH.exec(path)?.[1] !== REALTIME_HUB) return false;
      accept(request, socket, head, new URLSearchParams(search)).catch(() => socket.destroy());
      return true;
    },
    hub,
    close() {
      clearInterval(sweeper);
      hub.closeAll("The service is stopping.");
      server.close();
    },
  };
}
