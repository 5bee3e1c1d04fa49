import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openLocalRealtime } from "../../shared/platform/realtime/local.ts";
import type { Realtime } from "../../shared/platform/realtime/port.ts";
import { createRealtimeServer, type RealtimeServer, type RealtimeServerOptions } from "./realtimeServer.ts";

/** What the tests use of `@azure/web-pubsub-client`, which is installed for the browser app alone. */
export interface PubSubClient {
  start(): Promise<void>;
  stop(): void;
  joinGroup(name: string): Promise<unknown>;
  leaveGroup(name: string): Promise<unknown>;
  sendToGroup(name: string, content: unknown, dataType: string, options?: { noEcho: boolean }): Promise<unknown>;
  on(event: "connected", listener: (event: { connectionId: string; userId: string }) => void): void;
  on(event: "disconnected", listener: (event: { message?: { message?: string } }) => void): void;
  on(event: "group-message", listener: (event: { message: { group: string; data: unknown } }) => void): void;
}

interface ClientPackage {
  WebPubSubClient: new (credential: { getClientAccessUrl: () => Promise<string> }, options?: object) => PubSubClient;
  WebPubSubJsonProtocol: () => unknown;
}

const requireFromWeb = createRequire(resolve(import.meta.dirname, "../../web/package.json"));
export const pubSubPackage: ClientPackage = requireFromWeb("@azure/web-pubsub-client");

export interface TestServer {
  readonly realtime: Realtime;
  readonly server: RealtimeServer;
  readonly url: string;
  readonly keyFile: string;
  /** Cuts every TCP connection, as a lost network does. */
  cutSockets(): void;
  close(): Promise<void>;
}

/** A WebSocket server on a free port, with the bundle's side of it. */
export async function startTestServer(options: Partial<RealtimeServerOptions> = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), "cordboard-ws-"));
  const keyFile = join(folder, "realtime.key");
  const http = createServer();
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
  const address = http.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const url = `ws://127.0.0.1:${port}/client/hubs/desk`;
  const server = createRealtimeServer({ keyFile, url, ...options });
  const sockets = new Set<{ destroy(): unknown }>();
  http.on("upgrade", (request, socket, head) => {
    sockets.add(socket);
    if (!server.upgrade(request, socket, head)) socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
  });
  return {
    realtime: openLocalRealtime({ keyFile, url }),
    server,
    url,
    keyFile,
    cutSockets() {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => http.close(done));
      rmSync(folder, { recursive: true });
    },
  };
}
