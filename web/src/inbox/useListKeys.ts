import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import type { Conversation } from "../../../shared/conversations/model.ts";
import { keys } from "../api/keys.ts";
import type { Pages } from "../realtime/merge.ts";
import { isShortcut } from "../ui/keyboard.ts";
import type { View } from "./views.ts";

/** Elsewhere the arrows scroll. */
const LIST_ITEM = '[data-testid="conversation-row"]';

/** J and K, or the arrows on a row, go through the list. */
export function useListKeys(view: View, selectedId: string | undefined): void {
  const client = useQueryClient();
  const navigate = useNavigate();
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      const arrows = event.target instanceof Element && event.target.closest(LIST_ITEM) !== null;
      const down = isShortcut(event, "j") || (arrows && isShortcut(event, "ArrowDown"));
      const up = isShortcut(event, "k") || (arrows && isShortcut(event, "ArrowUp"));
      if (!down && !up) return;
      const pages = client.getQueryData<Pages<Conversation>>(keys.conversations(view));
      const items = pages?.pages.flatMap((page) => page.items) ?? [];
      const at = items.findIndex(({ id }) => id === selectedId);
      const next = items[at === -1 ? 0 : Math.max(0, at + (down ? 1 : -1))];
      if (next === undefined || next.id === selectedId) return;
      event.preventDefault();
      void navigate({ to: "/inbox/$conversationId", params: { conversationId: next.id }, search: (before) => before });
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [client, navigate, selectedId, view]);
}
