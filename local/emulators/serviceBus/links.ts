import type { Connection, Receiver, Sender, Session } from "rhea";
import { attach, attachForAnswers, refuse, SETTLED } from "./attach.ts";
import type { Faults } from "./faults.ts";
import { takeMessages } from "./incoming.ts";
import { Outgoing } from "./outgoing.ts";
import type { EmulatedQueue } from "./queue.ts";
import { notImplemented, Refusal } from "./refusal.ts";
import { answerRequests, authorize, manage } from "./requests.ts";
import { asksForSession, SessionLink } from "./sessionLink.ts";

/** Claims-based security's node. */
const CBS = "$cbs";

interface Node {
  readonly queue: EmulatedQueue;
  readonly isDeadLetters: boolean;
  readonly isManagement: boolean;
}

/** The links of all connections: which node each leads to, and what is let go of when it ends. */
export class Links {
  readonly #queues: ReadonlyMap<string, EmulatedQueue>;
  readonly #faults: Faults;
  readonly #receiving = new Map<Sender, { close(): void }>();

  constructor(queues: ReadonlyMap<string, EmulatedQueue>, faults: Faults) {
    this.#queues = queues;
    this.#faults = faults;
  }

  /** A client sends on it. */
  openReceiver(link: Receiver): void {
    const address = link.target?.address ?? "";
    refusing(link, () => {
      if (address === CBS) answerRequests(link, authorize);
      else {
        const { queue, isDeadLetters, isManagement } = this.#find(address);
        if (isManagement) answerRequests(link, manage(queue, isDeadLetters));
        else if (isDeadLetters) throw new Refusal("amqp:not-allowed", "Nobody sends to dead letters but their queue.");
        else takeMessages(link, queue, this.#faults);
      }
      link.set_target({ address });
    });
  }

  /** A client receives on it. */
  openSender(link: Sender): void {
    const address = link.source?.address ?? "";
    refusing(link, () => {
      if (address === CBS) return attachForAnswers(link, address);
      const { queue, isDeadLetters, isManagement } = this.#find(address);
      if (isManagement) return attachForAnswers(link, address);
      if (link.snd_settle_mode === SETTLED) throw notImplemented("receive-and-delete");
      if (asksForSession(link) === isDeadLetters) {
        throw new Refusal("amqp:not-allowed", "A queue is received from by session, its dead letters are not.");
      }
      if (isDeadLetters) return this.#openDeadLetters(link, queue, address);
      const session = new SessionLink(link, this.#faults);
      this.#receiving.set(link, session);
      return session.open(queue);
    });
  }

  /** A client has closed it. */
  closed(link: Sender): void {
    // One that still waits for its session is answered now, or rhea could not close it.
    if (!link.is_itself_closed()) link.attach();
    this.#end(link);
  }

  /** All links of an AMQP session, or of a connection, are gone. */
  closedOn(owner: Session | Connection): void {
    for (const link of this.#receiving.keys()) {
      if (link.session === owner || link.connection === owner) this.#end(link);
    }
  }

  #openDeadLetters(link: Sender, queue: EmulatedQueue, address: string): void {
    const source = queue.deadLetters.receive(() => outgoing.pump());
    const outgoing = new Outgoing(link, source, this.#faults);
    this.#receiving.set(link, source);
    attach(link, { address });
  }

  #end(link: Sender): void {
    this.#receiving.get(link)?.close();
    this.#receiving.delete(link);
  }

  /** By `<queue>[/$deadletterqueue][/$management]`, in any case. */
  #find(address: string): Node {
    const parts = address.toLowerCase().split("/");
    const next = (part: string) => parts[0] === part && parts.shift() !== undefined;
    const queue = this.#queues.get(parts.shift() ?? "");
    const node = { isDeadLetters: next("$deadletterqueue"), isManagement: next("$management") };
    // By these words the SDK knows it from other things that are not found.
    if (!queue || parts.length > 0)
      throw new Refusal("amqp:not-found", `The messaging entity '${address}' could not be found.`);
    return { queue, ...node };
  }
}

function refusing(link: Sender | Receiver, open: () => void): void {
  try {
    open();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refuse(link, error);
  }
}
