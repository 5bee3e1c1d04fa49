import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Conversation, Message } from "../../../shared/conversations/model.ts";
import { call } from "../api/client.ts";
import { keys } from "../api/keys.ts";
import { showConversation } from "../realtime/live.ts";
import { type Pages, placeMessage } from "../realtime/merge.ts";
import { useToasts } from "../ui/toasts.tsx";

interface Action<V> {
  /** What to say when it was refused. */
  readonly refused: string;
  readonly foresee: (value: V) => Partial<Conversation>;
  readonly run: (value: V) => Promise<Conversation>;
}

/** Something done to a conversation: shown at once, taken back in words when it was refused. */
function useAction<V>(conversation: Conversation, { refused, foresee, run }: Action<V>) {
  const toasts = useToasts();
  return useMutation({
    mutationFn: run,
    onMutate: (value: V) => showConversation({ ...conversation, ...foresee(value) }),
    onSuccess: showConversation,
    onError: (error) => {
      showConversation(conversation);
      toasts.failed(refused, error);
    },
  });
}

export function useAssign(conversation: Conversation) {
  return useAction<string | null>(conversation, {
    refused: "Not assigned",
    foresee: (assignee) => ({ assignee }),
    run: (assignee) => call("POST", `conversations/${conversation.id}/assign`, { body: { assignee } }),
  });
}

export function useClose(conversation: Conversation) {
  return useAction<void>(conversation, {
    refused: "Not closed",
    foresee: () => ({ status: "closed" }),
    run: () => call("POST", `conversations/${conversation.id}/close`),
  });
}

/** Also takes a snoozed conversation back. */
export function useReopen(conversation: Conversation) {
  return useAction<void>(conversation, {
    refused: "Not reopened",
    foresee: () => ({ status: "open", snoozedUntil: null }),
    run: () => call("POST", `conversations/${conversation.id}/reopen`),
  });
}

export function useSnooze(conversation: Conversation) {
  return useAction<Date>(conversation, {
    refused: "Not snoozed",
    foresee: (until) => ({ status: "snoozed", snoozedUntil: until.toISOString() }),
    run: (until) => call("POST", `conversations/${conversation.id}/snooze`, { body: { until: until.toISOString() } }),
  });
}

/** Trying a failed message again, and reacting to one. */
export function useMessageActions(message: Message) {
  const client = useQueryClient();
  const toasts = useToasts();
  const path = `conversations/${message.conversationId}/messages/${message.id}`;
  const place = (changed: Message) =>
    client.setQueryData<Pages<Message>>(keys.messages(message.conversationId), (pages) =>
      pages === undefined ? undefined : placeMessage(pages, changed),
    );
  return {
    retry: useMutation({
      mutationFn: () => call<Message>("POST", `${path}/retry`),
      onSuccess: place,
      onError: (error) => toasts.failed("Not sent again", error),
    }),
    react: useMutation({
      mutationFn: (emoji: string) => call<Message>("POST", `${path}/reactions`, { body: { emoji } }),
      onSuccess: place,
      onError: (error) => toasts.failed("The reaction was not sent", error),
    }),
  };
}
