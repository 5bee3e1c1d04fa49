import { z } from "zod";
import { Conversation, ConversationId, Message } from "../../shared/conversations/model.ts";
import { PostedMessage } from "../../shared/conversations/posted.ts";
import { Reply } from "../../shared/platform/http/route.ts";
import { route } from "../route.ts";
import { Paging, pageOf } from "./paging.ts";

const Params = z.object({ id: ConversationId });

const Filter = Paging.extend({
  status: z.enum(["open", "snoozed", "closed", "all"]).default("open"),
  /** A user id, `me`, or `none`. */
  assignee: z.string().min(1).max(64).optional(),
});

const Template = z.object({
  name: z.string(),
  language: z.string(),
  category: z.enum(["marketing", "utility", "authentication"]),
  body: z.string(),
  header: z.string().optional(),
  footer: z.string().optional(),
  parameterCount: z.int(),
});

export const listConversations = route({
  method: "GET",
  path: "conversations",
  permission: "conversations.read",
  summary: "Conversations, the one with the newest message first",
  query: Filter,
  response: pageOf(Conversation),
  handler: ({ caller, query }, { conversations }) => conversations.list(caller, query),
});

export const readConversation = route({
  method: "GET",
  path: "conversations/{id}",
  permission: "conversations.read",
  summary: "A conversation",
  params: Params,
  response: Conversation,
  handler: ({ caller, params }, { conversations }) => conversations.read(caller, params.id),
});

export const listMessages = route({
  method: "GET",
  path: "conversations/{id}/messages",
  permission: "conversations.read",
  summary: "Messages and notes of a conversation, newest first",
  params: Params,
  query: Paging,
  response: pageOf(Message),
  handler: ({ caller, params, query }, { conversations }) => conversations.messages(caller, params.id, query),
});

export const postMessage = route({
  method: "POST",
  path: "conversations/{id}/messages",
  permission: "conversations.handle",
  summary: "Writes a message to the customer, or a note for colleagues",
  params: Params,
  body: PostedMessage,
  response: Message,
  handler: async ({ caller, params, body, request }, { conversations }) =>
    new Reply(await conversations.post(caller, params.id, body, request.idempotencyKey), { status: 202 }),
});

export const listTemplates = route({
  method: "GET",
  path: "conversations/{id}/templates",
  permission: "conversations.handle",
  summary: "Templates that may be sent in a conversation",
  params: Params,
  response: z.object({ items: z.array(Template).readonly() }),
  handler: async ({ caller, params }, { conversations }) => ({
    items: await conversations.templates(caller, params.id),
  }),
});

export const assignConversation = route({
  method: "POST",
  path: "conversations/{id}/assign",
  permission: "conversations.handle",
  summary: "Gives a conversation to a user, or with null to nobody",
  params: Params,
  body: z.strictObject({ assignee: z.string().min(1).max(64).nullable() }),
  response: Conversation,
  handler: ({ caller, params, body }, { conversations }) => conversations.assign(caller, params.id, body.assignee),
});

export const closeConversation = route({
  method: "POST",
  path: "conversations/{id}/close",
  permission: "conversations.handle",
  summary: "Closes a conversation",
  params: Params,
  response: Conversation,
  handler: ({ caller, params }, { conversations }) => conversations.close(caller, params.id),
});

export const reopenConversation = route({
  method: "POST",
  path: "conversations/{id}/reopen",
  permission: "conversations.handle",
  summary: "Opens a closed or snoozed conversation",
  params: Params,
  response: Conversation,
  handler: ({ caller, params }, { conversations }) => conversations.reopen(caller, params.id),
});

export const snoozeConversation = route({
  method: "POST",
  path: "conversations/{id}/snooze",
  permission: "conversations.handle",
  summary: "Puts a conversation aside until a time, or until the customer writes",
  params: Params,
  body: z.strictObject({ until: z.iso.datetime({ offset: true }) }),
  response: Conversation,
  handler: ({ caller, params, body }, { conversations }) =>
    conversations.snooze(caller, params.id, new Date(body.until)),
});

export const markConversationRead = route({
  method: "POST",
  path: "conversations/{id}/read",
  permission: "conversations.handle",
  summary: "Marks what the customer wrote as read",
  params: Params,
  response: Conversation,
  handler: ({ caller, params }, { conversations }) => conversations.markRead(caller, params.id),
});

export const conversationRoutes = [
  listConversations,
  readConversation,
  listMessages,
  postMessage,
  listTemplates,
  assignConversation,
  closeConversation,
  reopenConversation,
  snoozeConversation,
  markConversationRead,
];
