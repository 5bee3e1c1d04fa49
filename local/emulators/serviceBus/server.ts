import { once } from "node:events";
import type { Socket } from "node:net";
import rhea, { type Container, type EventContext } from "rhea";
import { type Clock, systemClock } from "../../../shared/platform/clock.ts";
import { QUEUES, type QueueDeclaration, type QueueName } from "../../../shared/platform/queue/queues.ts";
import { deferAnswers } from "./attach.ts";
import { type CutPoint, Faults } from "./faults.ts";
import { Links } from "./links.ts";
import { MAX_MESSAGE_BYTES } from "./message.ts";
import { EmulatedQueue } from "./queue.ts";

export interface ServiceBusEmulatorOptions {
  /** Default: one that is free. */
  readonly port?: number;
  /** Default: the product's. */
  readonly queues?: Readonly<Record<QueueName, QueueDeclaration>>;
  /** For locks, scheduled messages and the duplicate window; a client's wait for a session goes by real time. */
  readonly clock?: Clock;
}

export interface ServiceBusEmulator {
  /** "127.0.0.1:PORT" */
  readonly host: string;
  /** With `UseDevelopmentEmulator`, so that Azure's SDK speaks plain AMQP. */
  readonly connectionString: string;
  /** How many messages of each queue nobody has settled yet, those for later included and those parked not. */
  queued(): Readonly<Record<string, number>>;
  /** Breaks all connections, as a network does. What is in the queues stays. */
  dropConnections(): void;
  /** Breaks the connection on which the next one happens, once it has happened and before the client hears of it. */
  cutNext(point: CutPoint): void;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
/** https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide#connections-and-sessions */
const MAX_FRAME_BYTES = 262_144;
/** Milliseconds between two looks at the clock, which may have been moved. */
const TICK = 20;

/**
 * As much of Azure Service Bus as the product uses, in memory: queues with sessions over AMQP 1.0 without TLS, taking every
 * token. What it does otherwise is listed in departures.ts; what it does not do is refused as `amqp:not-implemented`.
 * Rejects when the port is taken.
 */
export async function startServiceBusEmulator(options: ServiceBusEmulatorOptions = {}): Promise<ServiceBusEmulator> {
  const { port = 0, queues: declared = QUEUES, clock = systemClock } = options;
  const queues = new Map(Object.entries(declared).map(([name, one]) => [name, new EmulatedQueue(one, clock)]));
  const faults = new Faults();
  const sockets = new Set<Socket>();
  const server = containerOf(new Links(queues, faults)).listen({
    host: HOST,
    port,
    max_frame_size: MAX_FRAME_BYTES,
    sender_options: { treat_modified_as_released: false },
    receiver_options: { autoaccept: false, credit_window: 1000, max_message_size: MAX_MESSAGE_BYTES },
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once("close", () => sockets.delete(socket));
  });
  await once(server, "listening");
  const timer = setInterval(() => {
    for (const queue of queues.values()) queue.elapse();
  }, TICK);
  timer.unref();

  const address = server.address();
  const host = `${HOST}:${typeof address === "object" && address ? address.port : port}`;
  const dropConnections = () => {
    for (const socket of sockets) socket.destroy(new Error("dropped"));
  };
  return {
    host,
    connectionString: `Endpoint=sb://${host};SharedAccessKeyName=any;SharedAccessKey=any;UseDevelopmentEmulator=true`,
    queued: () => Object.fromEntries([...queues].map(([name, queue]) => [name, queue.size])),
    dropConnections,
    cutNext: (point) => faults.cutNext(point),
    close: async () => {
      clearInterval(timer);
      const closed = once(server, "close");
      server.close();
      dropConnections();
      await closed;
    },
  };
}

/** rhea's events, as they concern links. An error here is a mistake of this emulator; rhea ends the connection. */
function containerOf(links: Links): Container {
  const container = rhea.create_container({ id: "service-bus-emulator" });
  container.on("session_open", ({ session }: EventContext) => session && deferAnswers(session));
  container.on("receiver_open", ({ receiver }: EventContext) => receiver && links.openReceiver(receiver));
  container.on("sender_open", ({ sender }: EventContext) => sender && links.openSender(sender));
  container.on("sender_close", ({ sender }: EventContext) => sender && links.closed(sender));
  container.on("session_close", ({ session }: EventContext) => session && links.closedOn(session));
  container.on("connection_close", ({ connection }: EventContext) => links.closedOn(connection));
  container.on("disconnected", ({ connection }: EventContext) => links.closedOn(connection));
  container.on("receiver_close", () => {});
  container.on("error", (error: unknown) => console.error("Service Bus emulator:", error));
  return container;
}
