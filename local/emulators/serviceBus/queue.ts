import type { Message } from "rhea";
import type { Clock } from "../../../shared/platform/clock.ts";
import type { QueueDeclaration } from "../../../shared/platform/queue/queues.ts";
import { DeadLetters } from "./deadLetters.ts";
import { Lane, type LaneOwner, lockLost } from "./lane.ts";
import { scheduledFor } from "./message.ts";
import { Refusal } from "./refusal.ts";
import type { SessionReceiver } from "./source.ts";

/** One queue with sessions, duplicate detection and its dead letters, in memory. */
export class EmulatedQueue {
  readonly deadLetters: DeadLetters;
  readonly #clock: Clock;
  readonly #duplicateWindow: number;
  readonly #owner: LaneOwner;
  readonly #lanes = new Map<string, Lane>();
  /** With messages and held by nobody, in the order in which they became so. */
  readonly #free = new Set<Lane>();
  readonly #held = new Set<Lane>();
  readonly #waiting = new Set<SessionReceiver>();
  /** When each message id was sent, oldest first. */
  readonly #seen = new Map<string, number>();
  #scheduled: { readonly due: number; readonly content: Message }[] = [];
  #lastSequenceNumber = 0;

  constructor(declaration: QueueDeclaration, clock: Clock) {
    const now = () => clock.now().getTime();
    const lockMilliseconds = declaration.lockSeconds * 1000;
    this.#clock = clock;
    this.#duplicateWindow = declaration.duplicateWindowSeconds * 1000;
    this.deadLetters = new DeadLetters(lockMilliseconds, now);
    this.#owner = {
      lockMilliseconds,
      maxDeliveryCount: declaration.maxDeliveryCount,
      now,
      park: (message, reason, description) => this.deadLetters.add(message, reason, description),
      released: (lane) => this.#released(lane),
    };
  }

  /** Messages that nobody has settled yet, those for later included and those parked not. */
  get size(): number {
    return [...this.#lanes.values()].reduce((sum, lane) => sum + lane.size, this.#scheduled.length);
  }

  /** All of them are kept, or none. */
  send(messages: readonly Message[]): void {
    const now = this.elapse();
    for (const message of messages) {
      if (this.#isDuplicate(message, now)) continue;
      const due = scheduledFor(message)?.getTime() ?? 0;
      if (due > now) this.#schedule(due, message);
      else this.#append(message);
    }
  }

  /** Throws a `Refusal` when another receiver holds the session. */
  accept(sessionId: string, receiver: SessionReceiver): void {
    this.elapse();
    const lane = this.#lane(sessionId);
    if (lane.isHeld) {
      throw new Refusal("com.microsoft:session-cannot-be-locked", `Another receiver holds session ${sessionId}.`);
    }
    this.#hold(lane, receiver);
  }

  /** The receiver gets the next session with a message that nobody holds, now or later. */
  acceptNext(receiver: SessionReceiver): void {
    this.elapse();
    this.#waiting.add(receiver);
    this.#serveWaiting();
  }

  giveUp(receiver: SessionReceiver): void {
    this.#waiting.delete(receiver);
  }

  /** Throws a `Refusal` when the receiver of that name does not hold the session any more. */
  renew(sessionId: string, receiverName: string): Date {
    const lane = this.#lanes.get(sessionId);
    if (!lane) throw lockLost(sessionId);
    return lane.renew(receiverName);
  }

  /** Does what has become due since the last call. */
  elapse(): number {
    const now = this.#clock.now().getTime();
    for (const lane of this.#held) lane.expire();
    this.deadLetters.expire();
    while (this.#scheduled[0] && this.#scheduled[0].due <= now) {
      const next = this.#scheduled.shift();
      if (next) this.#append(next.content);
    }
    return now;
  }

  /** https://learn.microsoft.com/azure/service-bus-messaging/duplicate-detection */
  #isDuplicate({ message_id: messageId }: Message, now: number): boolean {
    for (const [id, sentAt] of this.#seen) {
      if (now - sentAt < this.#duplicateWindow) break;
      this.#seen.delete(id);
    }
    if (messageId === undefined) return false;
    const id = String(messageId);
    if (this.#seen.has(id)) return true;
    this.#seen.set(id, now);
    return false;
  }

  /** Gets its number when it is due: https://learn.microsoft.com/azure/service-bus-messaging/message-sequencing */
  #schedule(due: number, content: Message): void {
    const behind = this.#scheduled.findIndex((other) => other.due > due);
    this.#scheduled.splice(behind < 0 ? this.#scheduled.length : behind, 0, { due, content });
  }

  #append(content: Message): void {
    const lane = this.#lane(content.group_id ?? "");
    lane.append({
      sequenceNumber: ++this.#lastSequenceNumber,
      enqueuedAt: this.#clock.now(),
      content,
      deliveryCount: 0,
    });
    if (!lane.isHeld) this.#offer(lane);
  }

  #lane(sessionId: string): Lane {
    let lane = this.#lanes.get(sessionId);
    if (!lane) {
      lane = new Lane(sessionId, this.#owner);
      this.#lanes.set(sessionId, lane);
    }
    return lane;
  }

  #hold(lane: Lane, receiver: SessionReceiver): void {
    this.#free.delete(lane);
    this.#held.add(lane);
    receiver.accepted(lane.hold(receiver));
  }

  #released(lane: Lane): void {
    this.#held.delete(lane);
    if (lane.isEmpty) this.#lanes.delete(lane.sessionId);
    else this.#offer(lane);
  }

  #offer(lane: Lane): void {
    this.#free.add(lane);
    this.#serveWaiting();
  }

  #serveWaiting(): void {
    for (const receiver of this.#waiting) {
      const [lane] = this.#free;
      if (!lane) return;
      this.#waiting.delete(receiver);
      this.#hold(lane, receiver);
    }
  }
}
