import { z } from "zod";
import { ConversationId, Message, MessageId } from "../../shared/conversations/model.ts";
import { Reply } from "../../shared/platform/http/route.ts";
import { route } from "../route.ts";

const Params = z.object({ id: ConversationId, messageId: MessageId });

/** One emoji: a single grapheme with a pictograph, a flag or a keycap; "" takes the reaction back. */
const Emoji = z.string().max(32).refine(isEmojiOrNothing, "One emoji, or nothing to take it back");

function isEmojiOrNothing(text: string): boolean {
  if (text === "") return true;
  // Made when a reaction comes: gathering all emoji and all locales took a quarter of a cold start.
  const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
  // biome-ignore lint/complexity/useRegexLiterals: V8 checks a literal, gathering the emoji, as it parses the file
  const pictograph = new RegExp(String.raw`\p{RGI_Emoji}|\p{Extended_Pictographic}`, "v");
  return [...graphemes.segment(text)].length === 1 && pictograph.test(text);
}

export const reactToMessage = route({
  method: "POST",
  path: "conversations/{id}/messages/{messageId}/reactions",
  permission: "conversations.handle",
  summary: "Reacts to a message with one emoji; an empty one takes it back",
  params: Params,
  body: z.strictObject({ emoji: Emoji }),
  response: Message,
  handler: ({ caller, params, body }, { conversations }) =>
    conversations.react(caller, params.id, params.messageId, body.emoji),
});

export const retryMessage = route({
  method: "POST",
  path: "conversations/{id}/messages/{messageId}/retry",
  permission: "conversations.handle",
  summary: "Sends a failed message once more",
  params: Params,
  response: Message,
  handler: async ({ caller, params }, { conversations }) =>
    new Reply(await conversations.retry(caller, params.id, params.messageId), { status: 202 }),
});

export const messageRoutes = [reactToMessage, retryMessage];
