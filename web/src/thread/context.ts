import { createContext, useContext } from "react";
import type { Conversation, Message } from "../../../shared/conversations/model.ts";

/** What the parts of a thread share. */
export interface ThreadTools {
  readonly conversation: Conversation;
  readonly mayHandle: boolean;
  /** A loaded message by its id. */
  find(id: string): Message | undefined;
  /** Who said it, as shown: the contact's name, "You", a colleague's name. */
  speaker(message: Message): string;
  nameOf(from: string): string;
  reply(message: Message): void;
  jumpTo(id: string): void;
  openImage(id: string): void;
  chooseTemplate(): void;
  /** Puts a failed send's words back into the composer. */
  takeBack(text: string): void;
}

export const ThreadContext = createContext<ThreadTools | undefined>(undefined);

export function useThread(): ThreadTools {
  const tools = useContext(ThreadContext);
  if (tools === undefined) throw new Error("This belongs inside a thread.");
  return tools;
}
