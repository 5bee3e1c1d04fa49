import type { QueryClient } from "@tanstack/react-query";
import type { Conversation, Message } from "../../../shared/conversations/model.ts";
import type { RealtimeMessage } from "../../../shared/platform/realtime/port.ts";
import { keys } from "../api/keys.ts";
import { inView, VIEWS } from "../inbox/views.ts";
import { type Pages, placeConversation, placeMessage } from "./merge.ts";

const SEEN_LIMIT = 2_000;

interface Carried {
  readonly conversation?: Conversation;
  readonly message?: Message;
}

/** Hears of every message that came by realtime; the outbox recognises its own, the thread announces others'. */
export type MessageListener = (message: Message) => void;

/**
 * Applies what realtime tells to the caches. Events may come twice, late and out of order: each is applied once, and an
 * older sight of a conversation never replaces a newer one.
 */
export class EventApplier {
  readonly #client: QueryClient;
  readonly #me: string;
  readonly #seen = new Set<string>();
  readonly #shownAt = new Map<string, string>();
  readonly #listener: MessageListener;

  constructor(client: QueryClient, me: string, listener: MessageListener) {
    this.#client = client;
    this.#me = me;
    this.#listener = listener;
  }

  apply(event: RealtimeMessage): void {
    if (!this.#firstTime(event.id)) return;
    const { conversation, message } = carried(event.data);
    if (message !== undefined) this.#applyMessage(message);
    if (conversation !== undefined && this.#newest(conversation.id, event.at)) this.applyConversation(conversation);
    if (event.type === "configuration.changed" || event.type === "channel.health-changed") {
      void this.#client.invalidateQueries({ queryKey: ["configuration"] });
    }
  }

  /** Also for what our own calls answered. */
  applyConversation(conversation: Conversation): void {
    this.#client.setQueryData(keys.conversation(conversation.id), conversation);
    for (const view of VIEWS) {
      this.#client.setQueryData<Pages<Conversation>>(keys.conversations(view), (pages) =>
        pages === undefined ? undefined : placeConversation(pages, conversation, inView(view, this.#me, conversation)),
      );
    }
  }

  #applyMessage(message: Message): void {
    this.#listener(message);
    this.#client.setQueryData<Pages<Message>>(keys.messages(message.conversationId), (pages) =>
      pages === undefined ? undefined : placeMessage(pages, message),
    );
  }

  #firstTime(id: string): boolean {
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    if (this.#seen.size > SEEN_LIMIT) {
      for (const oldest of [...this.#seen].slice(0, SEEN_LIMIT / 2)) this.#seen.delete(oldest);
    }
    return true;
  }

  #newest(conversationId: string, at: string): boolean {
    const known = this.#shownAt.get(conversationId);
    if (known !== undefined && known > at) return false;
    this.#shownAt.set(conversationId, at);
    return true;
  }
}

function carried(data: unknown): Carried {
  return typeof data === "object" && data !== null ? data : {};
}
