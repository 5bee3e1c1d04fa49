import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Conversation, Message } from "../../../shared/conversations/model.ts";
import { FIRST_PAGE, get, type Page } from "../api/client.ts";
import { keys } from "../api/keys.ts";
import { type View, viewQuery } from "./views.ts";

export function conversationsQuery(view: View) {
  return infiniteQueryOptions({
    queryKey: keys.conversations(view),
    queryFn: ({ pageParam, signal }) => get<Page<Conversation>>(`conversations?${viewQuery(view, pageParam)}`, signal),
    initialPageParam: FIRST_PAGE,
    getNextPageParam: (page) => page.nextCursor ?? null,
  });
}

export function conversationQuery(id: string) {
  return queryOptions({
    queryKey: keys.conversation(id),
    queryFn: ({ signal }) => get<Conversation>(`conversations/${id}`, signal),
  });
}

/** Newest first, as the API pages them. */
export function messagesQuery(conversationId: string) {
  return infiniteQueryOptions({
    queryKey: keys.messages(conversationId),
    queryFn: ({ pageParam, signal }) => {
      const cursor = pageParam === null ? "" : `&cursor=${encodeURIComponent(pageParam)}`;
      return get<Page<Message>>(`conversations/${conversationId}/messages?limit=50${cursor}`, signal);
    },
    initialPageParam: FIRST_PAGE,
    getNextPageParam: (page) => page.nextCursor ?? null,
  });
}
