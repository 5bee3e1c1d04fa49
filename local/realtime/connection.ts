import { randomBytes } from "node:crypto";
import type { WebSocket } from "ws";
import { connectedMessage, disconnectedMessage, frameOf, type GroupMessage } from "./protocol.ts";
import type { ClientAccess } from "./token.ts";

/** What one slow or vanished browser may cost; beyond it the connection is given up and the desk fetches afresh. */
export interface ConnectionLimits {
  /** Bytes that a socket may lag behind, and that a reliable connection may have unacknowledged. */
  readonly maxBufferedBytes: number;
  /** Messages that a reliable connection may have unacknowledged. */
  readonly maxUnacknowledged: number;
}

interface Unacknowledged {
  readonly sequenceId: number;
  readonly frame: string;
}

/** Policy violation: the one close code at which the client does not try to recover, but connects anew. */
const GIVEN_UP = 1008;

const REMEMBERED_ACKS = 256;

/**
 * One client's connection. With the reliable subprotocol it outlives its socket: messages are numbered and kept until they
 * are acknowledged, and a socket that comes back in time gets what it missed.
 */
export class Connection {
  readonly id = randomBytes(12).toString("base64url");
  readonly reconnectionToken: string | undefined;
  readonly access: ClientAccess;
  readonly groups: Set<string>;
  readonly #limits: ConnectionLimits;
  readonly #unacknowledged: Unacknowledged[] = [];
  readonly #acks = new Set<number>();
  #unacknowledgedSize = 0;
  #sequence = 0;
  #socket: WebSocket | undefined;
  /** Milliseconds since 1970 when the socket went; undefined while there is one. */
  orphanedAt: number | undefined;
  /** Heard from since the last look. */
  alive = true;

  constructor(access: ClientAccess, reliable: boolean, limits: ConnectionLimits) {
    this.access = access;
    this.groups = new Set(access.groups);
    this.reconnectionToken = reliable ? randomBytes(24).toString("base64url") : undefined;
    this.#limits = limits;
  }

  get socket(): WebSocket | undefined {
    return this.#socket;
  }

  /** Takes a new socket, first or recovered, and sends what the client has not acknowledged. */
  attach(socket: WebSocket): void {
    this.#socket?.terminate();
    this.#socket = socket;
    this.orphanedAt = undefined;
    this.alive = true;
    socket.send(connectedMessage(this.access.userId, this.id, this.reconnectionToken));
    for (const { frame } of this.#unacknowledged) socket.send(frame);
  }

  detach(now: number): void {
    this.#socket = undefined;
    this.orphanedAt = now;
  }

  sendDirectly(frame: string): void {
    this.#socket?.send(frame);
  }

  /** Returns false when the connection has fallen too far behind and must be given up. */
  deliver(message: GroupMessage): boolean {
    const reliable = this.reconnectionToken !== undefined;
    const frame = frameOf(message, reliable ? ++this.#sequence : undefined);
    if (reliable) {
      this.#unacknowledged.push({ sequenceId: this.#sequence, frame });
      this.#unacknowledgedSize += frame.length;
    }
    const { maxBufferedBytes, maxUnacknowledged } = this.#limits;
    const lag = this.#socket?.bufferedAmount ?? 0;
    if (lag > maxBufferedBytes || this.#unacknowledgedSize > maxBufferedBytes) return false;
    if (this.#unacknowledged.length > maxUnacknowledged) return false;
    this.#socket?.send(frame);
    return true;
  }

  acknowledge(sequenceId: number): void {
    let count = 0;
    for (const one of this.#unacknowledged) {
      if (one.sequenceId > sequenceId) break;
      this.#unacknowledgedSize -= one.frame.length;
      count++;
    }
    this.#unacknowledged.splice(0, count);
  }

  /** False when the request with this id was answered before: a client repeats it after a recovery. */
  isFirst(ackId: number): boolean {
    if (this.#acks.has(ackId)) return false;
    this.#acks.add(ackId);
    const [oldest] = this.#acks;
    if (this.#acks.size > REMEMBERED_ACKS && oldest !== undefined) this.#acks.delete(oldest);
    return true;
  }

  /** Ends it for good; a socket that lags is cut, as a farewell would wait behind its backlog. */
  giveUp(reason: string): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    if (socket.bufferedAmount > this.#limits.maxBufferedBytes) {
      socket.terminate();
      return;
    }
    socket.send(disconnectedMessage(reason));
    socket.close(GIVEN_UP, reason);
  }
}
