import type { Conversation } from "../../../shared/conversations/model.ts";

/** The inbox's lists. */
export const VIEWS = ["mine", "unassigned", "open", "snoozed", "closed"] as const;
export type View = (typeof VIEWS)[number];
export const DEFAULT_VIEW: View = "open";

export const VIEW_WORDS: Readonly<Record<View, string>> = {
  mine: "Mine",
  unassigned: "Unassigned",
  open: "All open",
  snoozed: "Snoozed",
  closed: "Closed",
};

const PAGE_SIZE = 50;

export function isView(value: unknown): value is View {
  return VIEWS.some((view) => view === value);
}

/** The query of a view's page for GET /api/conversations. */
export function viewQuery(view: View, cursor: string | null): string {
  const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
  query.set("status", view === "closed" || view === "snoozed" ? view : "open");
  if (view === "mine") query.set("assignee", "me");
  if (view === "unassigned") query.set("assignee", "none");
  if (cursor !== null) query.set("cursor", cursor);
  return query.toString();
}

/** Whether a view of the person `me` shows the conversation: the same decision as the server's. */
export function inView(view: View, me: string, conversation: Conversation): boolean {
  if (view === "closed" || view === "snoozed") return conversation.status === view;
  if (conversation.status !== "open") return false;
  if (view === "mine") return conversation.assignee === me;
  return view === "open" || conversation.assignee === null;
}
