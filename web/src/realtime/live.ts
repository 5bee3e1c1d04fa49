import { useEffect } from "react";
import type { Conversation } from "../../../shared/conversations/model.ts";
import { keys } from "../api/keys.ts";
import { queryClient } from "../app/queryClient.ts";
import { outbox } from "../composer/outbox.ts";
import { listen } from "./connection.ts";
import { EventApplier } from "./events.ts";

let applier: EventApplier | undefined;

/** Keeps the caches live while somebody is signed in. Once, in the frame. */
export function useLive(me: string): void {
  useEffect(() => {
    const own = new EventApplier(queryClient, me, (message) => {
      if (message.author === me) outbox.recognise(message);
    });
    applier = own;
    const stop = listen({ onEvent: (event) => own.apply(event), onConnected: freshen });
    return () => {
      stop();
      applier = undefined;
    };
  }, [me]);
}

/** What a call of ours answered, in all lists at once. */
export function showConversation(conversation: Conversation): void {
  applier?.applyConversation(conversation);
}

/** Missed events are not told again: what is on the screen is fetched, the rest when it is opened. */
function freshen(): void {
  for (const queryKey of [keys.conversationLists, ["conversation"], keys.messageLists]) {
    void queryClient.invalidateQueries({ queryKey });
  }
}
