import { WakeUp } from "../../shared/conversations/wakeUps.ts";
import { systemCaller } from "../../shared/platform/caller.ts";
import { queueFunction } from "../route.ts";

/** Wake-ups: what a conversation has to send, read marks, and snoozes that are over. */
export const outbound = queueFunction({
  queue: "outbound",
  body: WakeUp,
  handler: ({ tenantId, conversationId, readMark }, _delivery, { conversations }) =>
    conversations.workOff(systemCaller(tenantId, "outbound"), conversationId, readMark),
});
