import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Message } from "../../../shared/conversations/model.ts";
import { outbox, type Pending } from "../composer/outbox.ts";
import { messagesQuery } from "../inbox/conversations.ts";
import { useStore } from "../ui/store.ts";

const NONE: readonly Message[] = [];

/** A conversation's loaded messages, oldest first, and behind them what is being sent. */
export function useThreadMessages(conversationId: string) {
  const query = useInfiniteQuery(messagesQuery(conversationId));
  const pending = useStore(outbox.pending);
  const stored = useMemo(() => query.data?.pages.flatMap(({ items }) => items).toReversed() ?? NONE, [query.data]);
  const messages = useMemo(() => {
    const known = new Set(stored.map(({ id }) => outbox.keyOf(id)));
    const sending = pending.filter(
      (one) => one.conversationId === conversationId && !one.recognised && !known.has(one.shown.id),
    );
    return sending.length === 0 ? stored : [...stored, ...sending.map(asShown)];
  }, [stored, pending, conversationId]);
  return { query, messages };
}

function asShown({ shown, state }: Pending): Message {
  return state === "failed" && shown.status !== null ? { ...shown, status: "failed" } : shown;
}
