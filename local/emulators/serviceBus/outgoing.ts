import { randomBytes } from "node:crypto";
import rhea, { type Delivery, type EventContext, type Sender } from "rhea";
import type { Faults } from "./faults.ts";
import { type StoredMessage, toAmqp } from "./message.ts";
import { notImplemented, Refusal } from "./refusal.ts";
import type { MessageSource } from "./source.ts";

const { accepted, rejected } = rhea.message;

/** One link on which a client receives: spends its credit on what the source has, and settles what comes back. */
export class Outgoing {
  readonly #link: Sender;
  readonly #source: MessageSource;
  readonly #faults: Faults;
  readonly #out = new Map<Delivery, StoredMessage>();
  /** Of all credit ever given: rhea's own counters move only when a frame is written. */
  #spent = 0;

  constructor(link: Sender, source: MessageSource, faults: Faults) {
    this.#link = link;
    this.#source = source;
    this.#faults = faults;
    link.on("sender_flow", () => this.pump());
    link.on("sendable", () => this.pump());
    link.on("sender_draining", () => this.#drain());
    link.on("accepted", (context: EventContext) => this.#settle(context, (message) => source.complete(message)));
    link.on("released", (context: EventContext) => this.#settle(context, (message) => source.abandon(message)));
    link.on("modified", (context: EventContext) => this.#settle(context, (message) => this.#modify(context, message)));
    link.on("rejected", (context: EventContext) => this.#settle(context, (message) => this.#reject(context, message)));
  }

  pump(): void {
    while (this.#spent < this.#allowed && this.#link.sendable()) {
      const message = this.#source.take();
      if (!message) return;
      this.#spent++;
      if (this.#faults.cut("delivery", this.#link.connection)) return;
      const sent = toAmqp(message, this.#source.lockedUntil(message));
      // The tag is the lock token, a UUID.
      this.#out.set(this.#link.send(sent, randomBytes(16)), message);
    }
  }

  get #allowed(): number {
    return this.#link.delivery_count + this.#link.credit;
  }

  /** Gives unused credit back. rhea itself leaves it unsaid when messages on their way to the client have just used it up. */
  #drain(): void {
    const link = this.#link;
    this.#spent = this.#allowed;
    link._get_drain = () => {
      link.delivery_count += link.credit;
      link.credit = 0;
      link._get_drain = () => false;
      return true;
    };
    link.set_drained(true);
  }

  #settle({ delivery, connection }: EventContext, settle: (message: StoredMessage) => void): void {
    const message = delivery && this.#out.get(delivery);
    if (!delivery || !message) return;
    this.#out.delete(delivery);
    try {
      settle(message);
      if (this.#faults.cut("settlement", connection)) return;
      delivery.update(true, accepted().described());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      delivery.update(true, rejected({ error: error.amqp }).described());
    }
    // The client has no more to say, as it left the settling to us; rhea would keep a place for its answer for good.
    Object.assign(delivery, { remote_settled: true });
  }

  #modify({ delivery }: EventContext, message: StoredMessage): void {
    if (delivery?.remote_state?.undeliverable_here) throw notImplemented("deferral");
    this.#source.abandon(message);
  }

  #reject({ delivery }: EventContext, message: StoredMessage): void {
    const info = delivery?.remote_state?.error?.info ?? {};
    const { DeadLetterReason = "", DeadLetterErrorDescription = "" } = info;
    this.#source.deadLetter(message, String(DeadLetterReason), String(DeadLetterErrorDescription));
  }
}
