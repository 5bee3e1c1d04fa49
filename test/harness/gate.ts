import { createServer, request as httpRequest, type Server } from "node:http";
import { connect, createServer as createTcpServer, type Socket } from "node:net";

/** Stands before a service and lets through, or not, as told; everything that is under way ends when it closes. */
export interface Gate {
  /** `host:port`, where the service is reached through the gate. */
  readonly host: string;
  /** From now on every request is answered with this status, as a service does that knows and refuses who asks. */
  refuse(status: number): void;
  /** From now on nobody gets a connection, and whoever has one loses it. */
  cut(): void;
  open(): void;
  stop(): void;
}

/** Before a service that speaks HTTP. `address` is its own. */
export async function httpGate(address: string): Promise<Gate> {
  const { hostname, port } = new URL(address);
  let status: number | undefined;
  const server = createServer((incoming, response) => {
    if (status !== undefined) {
      incoming.resume();
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ message: "Refused" }));
      return;
    }
    const { method, url, headers } = incoming;
    const onward = httpRequest({ hostname, port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    incoming.pipe(onward);
  });
  const gate = await guarded(server);
  return {
    ...gate,
    refuse: (wanted) => {
      status = wanted;
    },
    open: () => {
      status = undefined;
      gate.open();
    },
  };
}

/** Before a service that speaks anything over TCP. `host` is its own, with the port. */
export async function tcpGate(host: string): Promise<Gate> {
  const [hostname = "", port] = host.split(":");
  const server = createTcpServer((incoming) => {
    const onward = connect(Number(port), hostname);
    incoming.pipe(onward).pipe(incoming);
    incoming.on("error", () => onward.destroy());
    onward.on("error", () => incoming.destroy());
  });
  const gate = await guarded(server);
  const refuse = () => {
    throw new Error("Only HTTP knows refusals that a gate could make");
  };
  return { ...gate, refuse };
}

/** A server whose connections can be cut. */
async function guarded(server: Server | ReturnType<typeof createTcpServer>) {
  const sockets = new Set<Socket>();
  let isCut = false;
  server.prependListener("connection", (socket: Socket) => {
    if (isCut) socket.destroy();
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The gate has no port");
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    host: `127.0.0.1:${address.port}`,
    cut: () => {
      isCut = true;
      cutAll();
    },
    open: () => {
      isCut = false;
    },
    stop: () => {
      server.close();
      cutAll();
    },
  };
}
