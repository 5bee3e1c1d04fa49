import type { Server } from "node:http";
import type { Socket } from "node:net";

export interface Listening {
  readonly port: number;
  /** Sends what is under way, and ends every connection. */
  close(): Promise<void>;
}

/** Listens on this machine alone; port 0 takes a free one. Rejects when the port is taken. */
export function listenOnLoopback(server: Server, port: number): Promise<Listening> {
  const sockets = new Set<Socket>();
  // Of those that became WebSockets the server itself knows nothing any more.
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroySoon();
    });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("The server has no port"));
      else resolve({ port: address.port, close });
    });
  });
}
