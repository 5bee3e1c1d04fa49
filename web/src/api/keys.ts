/** The names under which answers are cached. */
export const keys = {
  me: ["me"] as const,
  conversationLists: ["conversations"] as const,
  conversations: (view: string) => ["conversations", view] as const,
  conversation: (id: string) => ["conversation", id] as const,
  messageLists: ["messages"] as const,
  messages: (conversationId: string) => ["messages", conversationId] as const,
  templates: (conversationId: string) => ["templates", conversationId] as const,
  contact: (id: string) => ["contact", id] as const,
  contacts: ["contacts"] as const,
  configuration: (kind: string) => ["configuration", kind] as const,
  configured: (kind: string, id: string) => ["configuration", kind, id] as const,
};
