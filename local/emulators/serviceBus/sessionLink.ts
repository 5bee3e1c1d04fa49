import rhea, { type Sender } from "rhea";
import { attach, refuse } from "./attach.ts";
import type { Faults } from "./faults.ts";
import { Outgoing } from "./outgoing.ts";
import type { EmulatedQueue } from "./queue.ts";
import { Refusal } from "./refusal.ts";
import type { HeldSession, SessionReceiver } from "./source.ts";

const SESSION_FILTER = "com.microsoft:session-filter";
/** Milliseconds a client waits for the next session if it does not say how long. */
const DEFAULT_WAIT = 60_000;

/** Whether the link asks for a session at all; one without an id in the filter asks for the next. */
export function asksForSession(link: Sender): boolean {
  return SESSION_FILTER in (link.source.filter ?? {});
}

/** A link that receives one session: from its attach, which may wait until there is one, to its end. */
export class SessionLink implements SessionReceiver {
  readonly #link: Sender;
  readonly #faults: Faults;
  #outgoing: Outgoing | undefined;
  #stop = () => {};

  constructor(link: Sender, faults: Faults) {
    this.#link = link;
    this.#faults = faults;
  }

  get name(): string {
    return this.#link.name;
  }

  /** Throws a `Refusal` when the session that is asked for is held by another. */
  open(queue: EmulatedQueue): void {
    const wanted: unknown = this.#link.source.filter?.[SESSION_FILTER];
    if (typeof wanted === "string") queue.accept(wanted, this);
    else this.#await(queue);
  }

  accepted({ sessionId, lockedUntil, source }: HeldSession): void {
    this.#stop();
    this.#stop = () => source.close();
    this.#outgoing = new Outgoing(this.#link, source, this.#faults);
    attach(
      this.#link,
      { ...this.#link.source, filter: { [SESSION_FILTER]: sessionId } },
      { "com.microsoft:locked-until-utc": rhea.types.wrap_long(ticks(lockedUntil)) },
    );
  }

  wake(): void {
    this.#outgoing?.pump();
  }

  lost(): void {
    this.#link.close(new Refusal("com.microsoft:session-lock-lost", "The lock on the session has run out.").amqp);
  }

  close(): void {
    this.#stop();
  }

  #await(queue: EmulatedQueue): void {
    const wait: unknown = this.#link.properties?.["com.microsoft:timeout"];
    const giveUp = () => {
      this.#stop();
      refuse(this.#link, new Refusal("com.microsoft:timeout", "No session with a message is free."));
    };
    const timer = setTimeout(giveUp, typeof wait === "number" ? wait : DEFAULT_WAIT);
    this.#stop = () => {
      clearTimeout(timer);
      queue.giveUp(this);
    };
    queue.acceptNext(this);
  }
}

/** .NET's count of time, in which Service Bus says until when a session is locked: 100 ns since the year 1. */
function ticks(time: Date): Buffer {
  const encoded = Buffer.alloc(8);
  encoded.writeBigInt64BE(BigInt(time.getTime()) * 10_000n + 621_355_968_000_000_000n);
  return encoded;
}
