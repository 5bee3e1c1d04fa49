import type { StoredMessage } from "./message.ts";

/** What a receiver link takes its messages from: a session under lock, or the dead letters. */
export interface MessageSource {
  /** The next message, under lock from now on. Undefined: none at present; `wake` will be called. */
  take(): StoredMessage | undefined;
  lockedUntil(message: StoredMessage): Date;
  /** Like the two below, throws a `Refusal` when the lock has run out. */
  complete(message: StoredMessage): void;
  abandon(message: StoredMessage): void;
  deadLetter(message: StoredMessage, reason: string, description: string): void;
  /** The receiver is gone. */
  close(): void;
}

/** The link that takes from a source. */
export interface Receiver {
  /** The link's name, by which `$management` knows whose lock it is. */
  readonly name: string;
  /** There is something to take. */
  wake(): void;
  /** The lock has run out, and the source gives nothing any more. */
  lost(): void;
}
