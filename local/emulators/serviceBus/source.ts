import type { StoredMessage } from "./message.ts";

/** What a receiver link takes its messages from: a session under lock, or the dead letters. */
export interface MessageSource {
  /** The next message, under lock from now on. Undefined: none at present; the link will be told when there is one. */
  take(): StoredMessage | undefined;
  lockedUntil(message: StoredMessage): Date;
  /** Like the two below, throws a `Refusal` when the lock has run out. */
  complete(message: StoredMessage): void;
  abandon(message: StoredMessage): void;
  deadLetter(message: StoredMessage, reason: string, description: string): void;
  /** The link is gone. */
  close(): void;
}

export interface HeldSession {
  readonly sessionId: string;
  readonly lockedUntil: Date;
  readonly source: MessageSource;
}

/** The link that wants, and then holds, a session. */
export interface SessionReceiver {
  /** The link's name, by which `$management` knows whose lock is to be renewed. */
  readonly name: string;
  accepted(session: HeldSession): void;
  /** There is something to take. */
  wake(): void;
  /** The lock has run out, and the source gives nothing any more. */
  lost(): void;
}
