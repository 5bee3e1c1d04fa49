import type { StoredMessage } from "./message.ts";
import { Refusal } from "./refusal.ts";
import type { HeldSession, MessageSource, SessionReceiver } from "./source.ts";

/** What a lane's queue sees to. */
export interface LaneOwner {
  readonly lockMilliseconds: number;
  readonly maxDeliveryCount: number;
  now(): number;
  park(message: StoredMessage, reason: string, description: string): void;
  /** Nobody holds the lane any more. */
  released(lane: Lane): void;
}

/**
 * The messages of one session, in order, with one receiver at a time, whose lock is on the session:
 * https://learn.microsoft.com/azure/service-bus-messaging/message-sessions
 */
export class Lane {
  readonly sessionId: string;
  readonly #owner: LaneOwner;
  readonly #messages = new Map<number, StoredMessage>();
  readonly #out = new Set<StoredMessage>();
  #receiver: SessionReceiver | undefined;
  #lockedUntil = 0;

  constructor(sessionId: string, owner: LaneOwner) {
    this.sessionId = sessionId;
    this.#owner = owner;
  }

  get isEmpty(): boolean {
    return this.#messages.size === 0;
  }

  get size(): number {
    return this.#messages.size;
  }

  get isHeld(): boolean {
    return this.#receiver !== undefined;
  }

  append(message: StoredMessage): void {
    this.#messages.set(message.sequenceNumber, message);
    this.#receiver?.wake();
  }

  hold(receiver: SessionReceiver): HeldSession {
    this.#receiver = receiver;
    const lockedUntil = this.#prolong();
    return { sessionId: this.sessionId, lockedUntil, source: this.#sourceFor(receiver) };
  }

  /** Throws a `Refusal` when the receiver of that name does not hold the lane any more. */
  renew(receiverName: string): Date {
    this.expire();
    if (this.#receiver?.name !== receiverName) throw lockLost(this.sessionId);
    return this.#prolong();
  }

  /** When the lock's time is over: counts what is out, which closing a session in peace does not, and frees the lane. */
  expire(): void {
    const receiver = this.#receiver;
    if (receiver === undefined || this.#owner.now() < this.#lockedUntil) return;
    for (const message of this.#out) this.#countFailure(message);
    this.#release();
    receiver.lost();
  }

  #sourceFor(receiver: SessionReceiver): MessageSource {
    return {
      take: () => (this.#isHeldBy(receiver) ? this.#take() : undefined),
      lockedUntil: () => new Date(this.#lockedUntil),
      complete: (message) => {
        this.#settle(receiver, message);
        this.#messages.delete(message.sequenceNumber);
      },
      abandon: (message) => {
        this.#settle(receiver, message);
        this.#countFailure(message);
        receiver.wake();
      },
      deadLetter: (message, reason, description) => {
        this.#settle(receiver, message);
        // AMQP 1.0, 3.4.3: the rejected outcome increments the delivery count.
        message.deliveryCount++;
        this.#park(message, reason, description);
      },
      close: () => {
        if (this.#isHeldBy(receiver)) this.#release();
      },
    };
  }

  #prolong(): Date {
    this.#lockedUntil = this.#owner.now() + this.#owner.lockMilliseconds;
    return new Date(this.#lockedUntil);
  }

  #isHeldBy(receiver: SessionReceiver): boolean {
    this.expire();
    return this.#receiver === receiver;
  }

  #take(): StoredMessage | undefined {
    for (const message of this.#messages.values()) {
      if (this.#out.has(message)) continue;
      this.#out.add(message);
      return message;
    }
    return undefined;
  }

  #settle(receiver: SessionReceiver, message: StoredMessage): void {
    if (!this.#isHeldBy(receiver) || !this.#out.delete(message)) throw lockLost(this.sessionId);
  }

  #countFailure(message: StoredMessage): void {
    message.deliveryCount++;
    const { maxDeliveryCount } = this.#owner;
    if (message.deliveryCount < maxDeliveryCount) return;
    // https://learn.microsoft.com/azure/service-bus-messaging/service-bus-dead-letter-queues#maximum-delivery-count
    const description = `Message could not be consumed after ${maxDeliveryCount} delivery attempts.`;
    this.#park(message, "MaxDeliveryCountExceeded", description);
  }

  #park(message: StoredMessage, reason: string, description: string): void {
    this.#messages.delete(message.sequenceNumber);
    this.#owner.park(message, reason, description);
  }

  #release(): void {
    this.#receiver = undefined;
    this.#out.clear();
    this.#owner.released(this);
  }
}

export function lockLost(sessionId: string): Refusal {
  return new Refusal("com.microsoft:session-lock-lost", `The lock on session ${sessionId} has run out.`);
}
