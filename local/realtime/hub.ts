import type { WebSocket } from "ws";
import type { Clock } from "../../shared/platform/clock.ts";
import { Connection, type ConnectionLimits } from "./connection.ts";
import {
  ackMessage,
  type ClientMessage,
  type GroupMessage,
  groupMessage,
  PONG,
  parseClientMessage,
} from "./protocol.ts";
import type { ClientAccess } from "./token.ts";

export interface HubOptions {
  readonly clock: Clock;
  readonly limits: ConnectionLimits;
  /** Milliseconds for which a reliable connection waits for its client to come back. */
  readonly recoveryMs: number;
}

/** Not a message of the protocol (RFC 6455: inconsistent data). */
const UNREADABLE = 1007;
const GONE = 1008;

/** The connections of one hub and their groups. */
export class Hub {
  readonly #options: HubOptions;
  readonly #connections = new Map<string, Connection>();
  readonly #groups = new Map<string, Set<Connection>>();

  constructor(options: HubOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#connections.size;
  }

  open(socket: WebSocket, access: ClientAccess, reliable: boolean): void {
    const connection = new Connection(access, reliable, this.#options.limits);
    this.#connections.set(connection.id, connection);
    for (const group of connection.groups) this.#members(group).add(connection);
    this.#attach(connection, socket);
  }

  /** Gives a connection its client back; one that is unknown (or another user's) is refused for good. */
  recover(socket: WebSocket, access: ClientAccess, connectionId: string, token: string): void {
    const connection = this.#connections.get(connectionId);
    const known =
      connection?.reconnectionToken !== undefined &&
      connection.reconnectionToken === token &&
      connection.access.userId === access.userId;
    if (known) this.#attach(connection, socket);
    else socket.close(GONE, "The connection is not known any more.");
  }

  hasGroup(group: string): boolean {
    return this.#groups.has(group);
  }

  publish(group: string, messages: readonly unknown[]): void {
    for (const data of messages) this.#deliver(group, groupMessage(group, "json", data));
  }

  closeUser(userId: string): void {
    for (const connection of [...this.#connections.values()]) {
      if (connection.access.userId === userId) this.#drop(connection, "The connection was closed by the service.");
    }
  }

  closeAll(reason: string): void {
    for (const connection of [...this.#connections.values()]) this.#drop(connection, reason);
  }

  /** To be called regularly: cuts sockets that have fallen silent and forgets clients that did not come back. */
  sweep(): void {
    const now = this.#options.clock.now().getTime();
    for (const connection of [...this.#connections.values()]) {
      if (connection.orphanedAt !== undefined) {
        if (now - connection.orphanedAt > this.#options.recoveryMs) this.#drop(connection, "");
      } else if (connection.alive) {
        connection.alive = false;
        connection.socket?.ping();
      } else connection.socket?.terminate();
    }
  }

  #members(group: string): Set<Connection> {
    const members = this.#groups.get(group) ?? new Set();
    this.#groups.set(group, members);
    return members;
  }

  #leave(connection: Connection, group: string): void {
    const members = this.#groups.get(group);
    members?.delete(connection);
    if (members?.size === 0) this.#groups.delete(group);
  }

  #attach(connection: Connection, socket: WebSocket): void {
    connection.attach(socket);
    socket.on("message", (data, isBinary) => {
      connection.alive = true;
      const message = isBinary ? undefined : parseClientMessage(data.toString());
      if (message !== undefined) this.#receive(connection, message);
      else if (isBinary || !data.toString().startsWith("{")) socket.close(UNREADABLE, "Not a message of the protocol.");
    });
    socket.on("pong", () => {
      connection.alive = true;
    });
    // An error is always followed by close; without a listener it would end the process.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      if (connection.socket !== socket) return;
      connection.detach(this.#options.clock.now().getTime());
      if (connection.reconnectionToken === undefined) this.#drop(connection, "");
    });
  }

  #drop(connection: Connection, reason: string): void {
    this.#connections.delete(connection.id);
    for (const group of connection.groups) this.#leave(connection, group);
    connection.giveUp(reason);
  }

  #deliver(group: string, message: GroupMessage, except?: Connection): void {
    for (const member of [...(this.#groups.get(group) ?? [])]) {
      if (member !== except && !member.deliver(message)) this.#drop(member, "The client is too slow.");
    }
  }

  #receive(connection: Connection, message: ClientMessage): void {
    if (message.type === "ping") connection.sendDirectly(PONG);
    else if (message.type === "sequenceAck") connection.acknowledge(message.sequenceId);
    else if (message.ackId !== undefined && !connection.isFirst(message.ackId)) {
      const error = { name: "Duplicate", message: "This request was received before." } as const;
      connection.sendDirectly(ackMessage(message.ackId, error));
    } else {
      const error = this.#act(connection, message);
      if (message.ackId !== undefined) connection.sendDirectly(ackMessage(message.ackId, error));
    }
  }

  #act(connection: Connection, message: Exclude<ClientMessage, { type: "ping" | "sequenceAck" }>) {
    if (message.type === "event") return { name: "NotFound", message: "The hub has no event handler." } as const;
    const { group } = message;
    const role = message.type === "sendToGroup" ? "webpubsub.sendToGroup" : "webpubsub.joinLeaveGroup";
    const { roles, userId } = connection.access;
    if (!roles.includes(role) && !roles.includes(`${role}.${group}`)) {
      return { name: "Forbidden", message: `The connection may not do this with group ${group}.` } as const;
    }
    switch (message.type) {
      case "joinGroup":
        connection.groups.add(group);
        this.#members(group).add(connection);
        return undefined;
      case "leaveGroup":
        connection.groups.delete(group);
        this.#leave(connection, group);
        return undefined;
      case "sendToGroup": {
        const { dataType, data, noEcho } = message;
        this.#deliver(group, groupMessage(group, dataType, data, userId), noEcho === true ? connection : undefined);
        return undefined;
      }
    }
  }
}
