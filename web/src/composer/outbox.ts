import type { MessageContent } from "../../../shared/conversations/content.ts";
import type { Message } from "../../../shared/conversations/model.ts";
import type { PostedMessage } from "../../../shared/conversations/posted.ts";
import { call } from "../api/client.ts";
import { keys } from "../api/keys.ts";
import { wordsOf } from "../api/problem.ts";
import { queryClient } from "../app/queryClient.ts";
import { type Pages, placeMessage } from "../realtime/merge.ts";
import { Store } from "../ui/store.ts";
import { fingerprint } from "./post.ts";

/** A send of ours that the server has not acknowledged yet. */
export interface Pending {
  /** The Idempotency-Key, the same at each try. */
  readonly key: string;
  readonly conversationId: string;
  readonly body: PostedMessage;
  /** How it looks in the thread meanwhile; its id is `local:<key>`. */
  readonly shown: Message;
  readonly state: "waiting" | "sending" | "failed";
  /** Why it did not get through, in words. */
  readonly problem?: string;
  /** Realtime told of it before the answer came. */
  readonly recognised?: boolean;
}

type Send = (pending: Pending) => Promise<Message>;

/**
 * Sends in the order of writing, one at a time in a conversation; a failed one holds the later ones back until it is
 * sent again or discarded, so that nothing is said out of order.
 */
export class Outbox {
  readonly pending = new Store<readonly Pending[]>([]);
  readonly #send: Send;
  readonly #onSent: (message: Message) => void;
  /** Server ids → local ids, so that a bubble keeps its identity on the screen when the answer comes. */
  readonly #aliases = new Map<string, string>();

  constructor(send: Send, onSent: (message: Message) => void) {
    this.#send = send;
    this.#onSent = onSent;
  }

  add(conversationId: string, body: PostedMessage, content: MessageContent, author: string): void {
    const key = crypto.randomUUID();
    const note = content.type === "note";
    const shown: Message = {
      ...content,
      id: `local:${key}`,
      conversationId,
      direction: note ? "note" : "outbound",
      status: note ? null : "queued",
      sentAt: new Date().toISOString(),
      statusAt: {},
      author,
      replyTo: body.type === "note" ? null : (body.replyTo ?? null),
      reactions: [],
    };
    this.pending.update((all) => [...all, { key, conversationId, body, shown, state: "waiting" }]);
    void this.#next(conversationId);
  }

  retry(key: string): void {
    const one = this.#find(key);
    if (one?.state !== "failed") return;
    const { problem: _, ...rest } = one;
    this.#replace({ ...rest, state: "waiting" });
    void this.#next(one.conversationId);
  }

  /** Gives the send up and answers what it was, so that its text can go back into the composer. */
  discard(key: string): Pending | undefined {
    const one = this.#find(key);
    this.#remove(key);
    if (one !== undefined) void this.#next(one.conversationId);
    return one;
  }

  /** Takes a message of ours that realtime told of: the send it came from is no longer shown beside it. */
  recognise(message: Message): void {
    const print = fingerprint(message);
    const one = this.pending
      .get()
      .find(
        (pending) =>
          pending.conversationId === message.conversationId &&
          pending.state !== "waiting" &&
          pending.recognised !== true &&
          !this.#aliases.has(message.id) &&
          fingerprint(pending.body) === print,
      );
    if (one === undefined) return;
    this.#alias(message.id, one.shown.id);
    if (one.state === "failed") this.discard(one.key);
    else this.#replace({ ...one, recognised: true });
  }

  /** The identity of a message on the screen. */
  readonly keyOf = (messageId: string): string => this.#aliases.get(messageId) ?? messageId;

  async #next(conversationId: string): Promise<void> {
    const mine = this.pending.get().filter((pending) => pending.conversationId === conversationId);
    const [one] = mine;
    if (one?.state !== "waiting") return;
    this.#replace({ ...one, state: "sending" });
    try {
      const message = await this.#send(one);
      this.#alias(message.id, one.shown.id);
      this.#onSent(message);
      this.#remove(one.key);
      void this.#next(conversationId);
    } catch (error) {
      const known = this.#find(one.key);
      if (known === undefined) return;
      if (known.recognised) this.discard(one.key);
      else this.#replace({ ...known, state: "failed", problem: wordsOf(error) });
    }
  }

  #alias(serverId: string, localId: string): void {
    this.#aliases.set(serverId, localId);
  }

  #find(key: string): Pending | undefined {
    return this.pending.get().find((pending) => pending.key === key);
  }

  #replace(one: Pending): void {
    this.pending.update((all) => all.map((pending) => (pending.key === one.key ? one : pending)));
  }

  #remove(key: string): void {
    this.pending.update((all) => all.filter((pending) => pending.key !== key));
  }
}

export const outbox = new Outbox(
  ({ conversationId, body, key }) =>
    call<Message>("POST", `conversations/${conversationId}/messages`, { body, idempotencyKey: key }),
  (message) =>
    queryClient.setQueryData<Pages<Message>>(keys.messages(message.conversationId), (pages) =>
      pages === undefined ? undefined : placeMessage(pages, message),
    ),
);
