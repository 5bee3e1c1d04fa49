import type { Conversation, Message } from "../../shared/conversations/model.ts";
import type { ApiClient } from "./api.ts";

/** An answer that a client has no use for. */
export class ApiRefusal extends Error {
  override readonly name = "ApiRefusal";
}

/** All pages of a list of the API. Throws `ApiRefusal` when an answer is not 200. */
async function listAll<T>(client: ApiClient, path: string): Promise<T[]> {
  const items: T[] = [];
  for (let cursor = ""; ; ) {
    const separator = path.includes("?") ? "&" : "?";
    const after = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const { status, body } = await client.get(`${path}${separator}limit=100${after}`);
    if (status !== 200) throw new ApiRefusal(`GET ${path} answered ${status}`);
    items.push(...body.items);
    if (body.nextCursor === null) return items;
    cursor = body.nextCursor;
  }
}

/** Every conversation, whatever its state, by the customer's phone. */
export async function conversationsByPhone(client: ApiClient): Promise<Map<string, Conversation[]>> {
  const all = await listAll<Conversation>(client, "conversations?status=all");
  return Map.groupBy(all, ({ contact }) => contact.identities.find(({ kind }) => kind === "phone")?.value ?? "");
}

/** A conversation's messages as the desk shows them, oldest first. */
export async function messagesOf(client: ApiClient, conversationId: string): Promise<Message[]> {
  return (await listAll<Message>(client, `conversations/${conversationId}/messages`)).reverse();
}
