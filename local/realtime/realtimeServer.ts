import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { type Clock, systemClock } from "../../shared/platform/clock.ts";
import { listenOnBridge } from "../../shared/platform/realtime/localBridge.ts";
import { REALTIME_HUB } from "../../shared/platform/realtime/port.ts";
import { readOrCreateKeyFile } from "../../shared/platform/secrets/keyFile.ts";
import { Hub } from "./hub.ts";
import { PLAIN_PROTOCOL, RELIABLE_PROTOCOL } from "./protocol.ts";
import { verifyClientToken } from "./token.ts";

export interface RealtimeServerOptions {
  /** The file the tokens are signed with; made when missing. */
  readonly keyFile: string;
  /** The hub's address as browsers know it, and the tokens' audience: what `openLocalRealtime` got as `url`. */
  readonly url: string;
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

export interface RealtimeServer {
  /** For `createHost({ onUpgrade })`: true when the request is for a hub and was taken over. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Connections, those included that wait for their clients to come back. */
  readonly connections: number;
  close(): void;
}

const HUB_PATH = /^\/client\/hubs\/([\w-]{1,128})$/;
const SWEEP_MS = 30_000;
/** Azure's limit for one message from a client. */
const MAX_PAYLOAD = 1024 * 1024;

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

/**
 * Web PubSub on one machine: speaks its two JSON subprotocols at `/client/hubs/{hub}?access_token=`, and sends what the
 * bundle puts on the in-process bridge. Throws when the key file is unreadable or open to others.
 */
export function createRealtimeServer(options: RealtimeServerOptions): RealtimeServer {
  const { url, clock = systemClock, maxConnections = 10_000 } = options;
  const keys = readOrCreateKeyFile(options.keyFile);
  const hub = new Hub({
    clock,
    recoveryMs: options.recoveryMs ?? 60_000,
    limits: {
      maxBufferedBytes: options.maxBufferedBytes ?? 4 * 1024 * 1024,
      maxUnacknowledged: options.maxUnacknowledged ?? 5000,
    },
  });
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_PAYLOAD,
    perMessageDeflate: false,
    handleProtocols: (offered) => [RELIABLE_PROTOCOL, PLAIN_PROTOCOL].find((known) => offered.has(known)) ?? false,
  });
  const stopListening = listenOnBridge((command) => {
    if (command.type === "publish") hub.publish(command.group, command.messages);
    else hub.closeUser(command.userId);
  });
  const sweeper = setInterval(() => hub.sweep(), SWEEP_MS);
  sweeper.unref();

  async function accept(request: IncomingMessage, socket: Duplex, head: Buffer, query: URLSearchParams) {
    const access = await verifyClientToken(query.get("access_token") ?? "", keys, url);
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
    get connections() {
      return hub.size;
    },
    close() {
      stopListening();
      clearInterval(sweeper);
      hub.closeAll("The service is stopping.");
      server.close();
    },
  };
}
