import rhea, { type Connection, type Receiver as ReceiverLink, type Sender, type Session, type Source } from "rhea";
import type { Faults } from "./faults.ts";
import { takeMessages } from "./incoming.ts";
import { Outgoing } from "./outgoing.ts";
import type { EmulatedQueue, HeldSession } from "./queue.ts";
import { notImplemented, Refusal } from "./refusal.ts";
import { answerRequests, authorize, manage } from "./requests.ts";
import type { Receiver } from "./source.ts";

const SESSION_FILTER = "com.microsoft:session-filter";
/** Milliseconds. */
const DEFAULT_WAIT = 60_000;

interface Address {
  readonly queue: EmulatedQueue;
  readonly isDeadLetters: boolean;
  readonly isManagement: boolean;
}

/** The links of all connections: which node each leads to, and what is let go of when it ends. */
export class Links {
  readonly #queues: ReadonlyMap<string, EmulatedQueue>;
  readonly #faults: Faults;
  readonly #endings = new Map<Sender, () => void>();

  constructor(queues: ReadonlyMap<string, EmulatedQueue>, faults: Faults) {
    this.#queues = queues;
    this.#faults = faults;
  }

  /** rhea answers an attach before it tells of it; a receiver of the next session must wait for its answer. */
  openSession(session: Session): void {
    const create = session.create_sender.bind(session);
    session.create_sender = (name, options) => {
      const link = create(name, options);
      link.open = () => {};
      return link;
    };
  }

  /** A client sends to us. */
  openReceiver(link: ReceiverLink): void {
    const address = link.target?.address ?? "";
    refusing(link, () => {
      if (address === "$cbs") answerRequests(link, authorize);
      else {
        const { queue, isDeadLetters, isManagement } = this.#find(address);
        if (isManagement) answerRequests(link, manage(queue, isDeadLetters));
        else if (!isDeadLetters) takeMessages(link, queue, this.#faults);
        else throw new Refusal("amqp:not-allowed", "Only a queue sends to its dead letters.");
      }
      link.set_target({ address });
    });
  }

  /** A client receives from us. */
  openSender(link: Sender): void {
    const address = link.source?.address ?? "";
    refusing(link, () => {
      if (address === "$cbs") return attach(link, { address });
      const { queue, isDeadLetters, isManagement } = this.#find(address);
      if (isManagement) return attach(link, { address });
      // https://learn.microsoft.com/azure/service-bus-messaging/message-transfers-locks-settlement
      if (link.snd_settle_mode === 1) throw notImplemented("Receive-and-delete");
      const filter = link.source.filter ?? {};
      if (isDeadLetters !== !(SESSION_FILTER in filter)) {
        throw new Refusal("amqp:not-allowed", "A queue is received from by session, its dead letters without.");
      }
      if (isDeadLetters) return this.#receiveDeadLetters(link, queue, address);
      return this.#receiveSession(link, queue, address, filter[SESSION_FILTER]);
    });
  }

  /** The client has closed it, or it broke off. */
  closed(link: Sender): void {
    // One that still waits for its answer gets it, so that rhea can answer the closing.
    if (!link.is_itself_closed()) link.attach();
    this.#end(link);
  }

  /** All of them on one AMQP session, or one connection. */
  closedOn(owner: Session | Connection): void {
    for (const link of [...this.#endings.keys()]) {
      if (link.session === owner || link.connection === owner) this.#end(link);
    }
  }

  #end(link: Sender): void {
    const end = this.#endings.get(link);
    this.#endings.delete(link);
    end?.();
  }

  #find(address: string): Address {
    const parts = address.toLowerCase().split("/");
    const queue = this.#queues.get(parts.shift() ?? "");
    const isDeadLetters = parts[0] === "$deadletterqueue";
    if (isDeadLetters) parts.shift();
    const isManagement = parts[0] === "$management";
    if (isManagement) parts.shift();
    if (!queue || parts.length > 0) throw new Refusal("amqp:not-found", `There is no ${address}.`);
    return { queue, isDeadLetters, isManagement };
  }

  #receiveDeadLetters(link: Sender, queue: EmulatedQueue, address: string): void {
    const source = queue.deadLetters.receive({ name: link.name, wake: () => outgoing.pump(), lost: () => {} });
    const outgoing = new Outgoing(link, source, this.#faults);
    this.#endings.set(link, () => source.close());
    attach(link, { address });
  }

  #receiveSession(link: Sender, queue: EmulatedQueue, address: string, wanted: unknown): void {
    let outgoing: Outgoing | undefined;
    const receiver: Receiver = {
      name: link.name,
      wake: () => outgoing?.pump(),
      lost: () => link.close(new Refusal("com.microsoft:session-lock-lost", "The session's lock has run out.").amqp),
    };
    const accepted = ({ sessionId, lockedUntil, source }: HeldSession) => {
      outgoing = new Outgoing(link, source, this.#faults);
      this.#endings.set(link, () => source.close());
      link.local.attach.properties = { "com.microsoft:locked-until-utc": rhea.types.wrap_long(ticks(lockedUntil)) };
      attach(link, { address, filter: { [SESSION_FILTER]: sessionId } });
    };
    if (typeof wanted === "string") accepted(queue.accept(wanted, receiver));
    else this.#awaitSession(link, queue, receiver, accepted);
  }

  #awaitSession(link: Sender, queue: EmulatedQueue, receiver: Receiver, accepted: (session: HeldSession) => void) {
    const timer = setTimeout(() => {
      this.#end(link);
      refuse(link, new Refusal("com.microsoft:timeout", "No session with a message is free."));
    }, waitOf(link));
    const waiter = {
      receiver,
      accepted: (session: HeldSession) => {
        clearTimeout(timer);
        accepted(session);
      },
    };
    this.#endings.set(link, () => {
      clearTimeout(timer);
      queue.giveUp(waiter);
    });
    queue.acceptNext(waiter);
  }
}

/** Milliseconds the client wants to wait for the next session. */
function waitOf(link: Sender): number {
  const wanted: unknown = link.properties?.["com.microsoft:timeout"];
  return typeof wanted === "number" ? wanted : DEFAULT_WAIT;
}

function attach(link: Sender, source: Source): void {
  link.set_source(source);
  link.attach();
}

function refusing(link: Sender | ReceiverLink, open: () => void): void {
  try {
    open();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refuse(link, error);
  }
}

/** https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide#create-message-sender-error */
function refuse(link: Sender | ReceiverLink, refusal: Refusal): void {
  link.attach();
  link.close(refusal.amqp);
}

/** .NET's count of time, in which Service Bus says until when a session is locked: 100 ns since the year 1. */
function ticks(time: Date): Buffer {
  const encoded = Buffer.alloc(8);
  encoded.writeBigInt64BE(BigInt(time.getTime()) * 10_000n + 621_355_968_000_000_000n);
  return encoded;
}
