import { z } from "zod";
import { ConversationId, MessageId } from "../../shared/conversations/model.ts";
import { systemCaller } from "../../shared/platform/caller.ts";
import { TenantId } from "../../shared/platform/ids.ts";
import { queueFunction } from "../route.ts";

const FileToFetch = z.object({
  tenantId: TenantId,
  file: z.object({
    conversationId: ConversationId,
    messageId: MessageId,
    attempt: z.int().min(0).default(0),
  }),
});

/** Files of messages, to be copied before the provider forgets them. */
export const media = queueFunction({
  queue: "media",
  body: FileToFetch,
  handler: ({ tenantId, file }, _delivery, { conversations }) =>
    conversations.fetchFile(systemCaller(tenantId, "media"), file),
});
