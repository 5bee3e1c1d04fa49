import type { StoredMessage } from "./message.ts";
import { notImplemented, Refusal } from "./refusal.ts";
import type { MessageSource } from "./source.ts";

interface Letter {
  readonly message: StoredMessage;
  /** Undefined: free to be taken. */
  lock: Lock | undefined;
}

interface Lock {
  readonly holder: MessageSource;
  readonly until: number;
}

/**
 * The dead-letter sub-queue: no sessions, a lock for each message.
 * https://learn.microsoft.com/azure/service-bus-messaging/service-bus-dead-letter-queues
 */
export class DeadLetters {
  readonly #lockMilliseconds: number;
  readonly #now: () => number;
  /** By sequence number, which a message keeps: https://github.com/MicrosoftDocs/azure-docs/issues/97032 */
  #letters: Letter[] = [];
  readonly #wakers = new Set<() => void>();

  constructor(lockMilliseconds: number, now: () => number) {
    this.#lockMilliseconds = lockMilliseconds;
    this.#now = now;
  }

  add(message: StoredMessage, reason: string, description: string): void {
    const application_properties = {
      ...message.content.application_properties,
      DeadLetterReason: reason,
      DeadLetterErrorDescription: description,
    };
    const parked = { ...message, content: { ...message.content, application_properties } };
    const behind = this.#letters.findIndex((letter) => letter.message.sequenceNumber > parked.sequenceNumber);
    this.#letters.splice(behind < 0 ? this.#letters.length : behind, 0, { message: parked, lock: undefined });
    this.#wake();
  }

  /** Locked ones too: https://learn.microsoft.com/azure/service-bus-messaging/message-browsing */
  peek(fromSequenceNumber: number, count: number): readonly StoredMessage[] {
    const from = this.#letters.filter((letter) => letter.message.sequenceNumber >= fromSequenceNumber);
    return from.slice(0, count).map((letter) => letter.message);
  }

  /** Calls `wake` when there is something to take. */
  receive(wake: () => void): MessageSource {
    this.#wakers.add(wake);
    const source: MessageSource = {
      take: () => {
        const letter = this.#letters.find((candidate) => candidate.lock === undefined);
        if (letter) letter.lock = { holder: source, until: this.#now() + this.#lockMilliseconds };
        return letter?.message;
      },
      lockedUntil: (message) => new Date(this.#lockOf(source, message).until),
      complete: (message) => {
        this.#lockOf(source, message);
        this.#letters = this.#letters.filter((letter) => letter.message !== message);
      },
      abandon: (message) => {
        this.#lockOf(source, message);
        this.#free((letter) => letter.message === message);
      },
      deadLetter: () => {
        throw notImplemented("dead-lettering a dead letter");
      },
      // Its locks stay until they run out, since Service Bus lets a message be settled without the link it came on.
      close: () => this.#wakers.delete(wake),
    };
    return source;
  }

  /** The delivery count stays what it was when the message was parked: https://github.com/Azure/azure-sdk-for-net/issues/53437 */
  expire(): void {
    const now = this.#now();
    this.#free(({ lock }) => lock !== undefined && lock.until <= now);
  }

  #lockOf(holder: MessageSource, message: StoredMessage): Lock {
    this.expire();
    const lock = this.#letters.find((letter) => letter.message === message)?.lock;
    if (lock?.holder !== holder) {
      throw new Refusal("com.microsoft:message-lock-lost", "The lock on the message has run out.");
    }
    return lock;
  }

  #free(which: (letter: Letter) => boolean): void {
    const freed = this.#letters.filter(which);
    for (const letter of freed) letter.lock = undefined;
    if (freed.length > 0) this.#wake();
  }

  #wake(): void {
    for (const wake of this.#wakers) wake();
  }
}
