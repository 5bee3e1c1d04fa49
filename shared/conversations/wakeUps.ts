import { z } from "zod";
import type { Caller } from "../platform/caller.ts";
import { newId, TenantId } from "../platform/ids.ts";
import type { OutgoingMessage } from "../platform/queue/port.ts";
import type { Context } from "./context.ts";
import { ConversationId } from "./model.ts";

/** The body of a message on the queue `outbound`: look what this conversation has to do now. */
export const WakeUp = z.object({
  tenantId: TenantId,
  conversationId: ConversationId,
  /** The provider's id of an inbound message that was read, to tell the provider. */
  readMark: z.string().optional(),
});

/**
 * A wake-up for a conversation, now or at a time; one too many does no harm. Its id is always new: a fixed one could be
 * taken for a duplicate of a wake-up that was handled before there was anything to do.
 */
export function wakeUp(
  { clock }: Pick<Context, "clock">,
  { tenantId }: Caller,
  conversationId: string,
  deliverAt?: Date,
): OutgoingMessage & { readonly queue: "outbound"; readonly body: z.infer<typeof WakeUp> } {
  return {
    queue: "outbound",
    messageId: newId("wak", clock.now()),
    sessionId: conversationId,
    body: { tenantId, conversationId },
    ...(deliverAt === undefined ? {} : { deliverAt }),
  };
}
