import { useEffect, useState } from "react";
import type { Conversation } from "../../../shared/conversations/model.ts";
import { send } from "../api/client.ts";
import { showConversation } from "../realtime/live.ts";

/** Long enough that flying past with J and K reads nothing. */
const AFTER_MS = 600;

/** Marks the conversation read while its end is in view in the window that has the focus. */
export function useMarkRead(conversation: Conversation, endInView: boolean): void {
  const attended = useAttended();
  const due = attended && endInView && conversation.unread > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each count of unread messages
  useEffect(() => {
    if (!due) return;
    const timer = setTimeout(() => {
      showConversation({ ...conversation, unread: 0 });
      // Best effort: what is not marked now is marked with the next message.
      void send("POST", `conversations/${conversation.id}/read`).catch(() => undefined);
    }, AFTER_MS);
    return () => clearTimeout(timer);
  }, [due, conversation.id, conversation.unread]);
}

function useAttended(): boolean {
  const [attended, setAttended] = useState(isAttended);
  useEffect(() => {
    const look = () => setAttended(isAttended());
    const events = ["focus", "blur"] as const;
    for (const event of events) window.addEventListener(event, look);
    document.addEventListener("visibilitychange", look);
    return () => {
      for (const event of events) window.removeEventListener(event, look);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  return attended;
}

function isAttended(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}
