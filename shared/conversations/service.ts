import type { ChannelTemplate, InboundEvent } from "../channels/channel.ts";
import { type Caller, userIdOf } from "../platform/caller.ts";
import { LruCache } from "../platform/lru.ts";
import { type Context, type ConversationDependencies, readConversation, shown } from "./context.ts";
import { type FileToFetch, fetchFile, markDeleted } from "./files.ts";
import { assign, close, markRead, react, reopen, sendReadMark, snooze } from "./handling.ts";
import type { ChannelKind, Conversation, Message } from "./model.ts";
import { workOff } from "./outbound.ts";
import type { PostedMessage } from "./posted.ts";
import { postMessage, retryMessage } from "./posting.ts";
import { takeInReaction } from "./reactions.ts";
import {
  type ListFilter,
  listConversations,
  listMessages,
  listTemplates,
  type PageOf,
  type PageRequest,
} from "./reading.ts";
import { renameContact } from "./renaming.ts";
import { takeInStatus } from "./statuses.ts";
import { takeInMessage } from "./takeIn.ts";

/** Threads whose newest conversation one instance remembers: some 150 bytes each. */
const REMEMBERED_THREADS = 20_000;

/** The use cases of conversations; each is told, with its errors, where it is written. */
export class Conversations {
  readonly #context: Context;

  constructor(dependencies: ConversationDependencies) {
    this.#context = { ...dependencies, ordinals: new LruCache(REMEMBERED_THREADS) };
  }

  /** What came from outside, in any order and any number of times. Throws only what passes by itself. */
  takeIn(caller: Caller, channel: ChannelKind, event: InboundEvent): Promise<void> {
    if (event.type === "message") return takeInMessage(this.#context, caller, channel, event);
    if (event.type === "reaction") return takeInReaction(this.#context, caller, event);
    return takeInStatus(this.#context, caller, event);
  }

  /** A wake-up of a conversation; `readMark` is the provider's id of a message that was read. */
  async workOff(caller: Caller, conversationId: string, readMark?: string): Promise<void> {
    if (readMark !== undefined) await sendReadMark(this.#context, caller, conversationId, readMark);
    await workOff(this.#context, caller, conversationId);
  }

  fetchFile(caller: Caller, file: FileToFetch): Promise<void> {
    return fetchFile(this.#context, caller, file);
  }

  fileDeleted(caller: Caller, conversationId: string, messageId: string): Promise<void> {
    return markDeleted(this.#context, caller, conversationId, messageId);
  }

  contactRenamed(caller: Caller, contactId: string): Promise<void> {
    return renameContact(this.#context, caller, contactId);
  }

  list(caller: Caller, filter: ListFilter): Promise<PageOf<Conversation>> {
    return listConversations(this.#context, caller, filter);
  }

  async read(caller: Caller, conversationId: string): Promise<Conversation> {
    return shown((await readConversation(this.#context, caller, conversationId)).value);
  }

  messages(caller: Caller, conversationId: string, page: PageRequest): Promise<PageOf<Message>> {
    return listMessages(this.#context, caller, conversationId, page);
  }

  templates(caller: Caller, conversationId: string): Promise<readonly ChannelTemplate[]> {
    return listTemplates(this.#context, caller, conversationId);
  }

  post(
    caller: Caller,
    conversationId: string,
    posted: PostedMessage,
    idempotencyKey: string | undefined,
  ): Promise<Message> {
    return postMessage(this.#context, caller, conversationId, posted, idempotencyKey);
  }

  retry(caller: Caller, conversationId: string, messageId: string): Promise<Message> {
    return retryMessage(this.#context, caller, conversationId, messageId);
  }

  async react(caller: Caller, conversationId: string, messageId: string, emoji: string): Promise<Message> {
    return react(this.#context, caller, conversationId, messageId, emoji, userIdOf(caller));
  }

  assign(caller: Caller, conversationId: string, assignee: string | null): Promise<Conversation> {
    return assign(this.#context, caller, conversationId, assignee);
  }

  close(caller: Caller, conversationId: string): Promise<Conversation> {
    return close(this.#context, caller, conversationId);
  }

  reopen(caller: Caller, conversationId: string): Promise<Conversation> {
    return reopen(this.#context, caller, conversationId);
  }

  snooze(caller: Caller, conversationId: string, until: Date): Promise<Conversation> {
    return snooze(this.#context, caller, conversationId, until);
  }

  markRead(caller: Caller, conversationId: string): Promise<Conversation> {
    return markRead(this.#context, caller, conversationId);
  }
}
