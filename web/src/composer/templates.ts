import { queryOptions } from "@tanstack/react-query";
import type { ChannelTemplate } from "../../../shared/channels/channel.ts";
import { get } from "../api/client.ts";
import { keys } from "../api/keys.ts";

export function templatesQuery(conversationId: string) {
  return queryOptions({
    queryKey: keys.templates(conversationId),
    queryFn: ({ signal }) =>
      get<{ items: readonly ChannelTemplate[] }>(`conversations/${conversationId}/templates`, signal),
    staleTime: 5 * 60_000,
  });
}

/** A template's body in pieces: its words, and the places for parameters, counted from 1. */
export function templateParts(body: string): readonly (string | number)[] {
  return body
    .split(/(\{\{\d+\}\})/)
    .filter((part) => part !== "")
    .map((part) => (/^\{\{\d+\}\}$/.test(part) ? Number(part.slice(2, -2)) : part));
}

/** The body as the customer will read it; places without a value stay as they are. */
export function filledTemplate(body: string, parameters: readonly string[]): string {
  return templateParts(body)
    .map((part) => (typeof part === "number" ? parameters[part - 1] || `{{${part}}}` : part))
    .join("");
}
