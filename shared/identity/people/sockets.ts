import { derivedId, type TenantId } from "../../platform/ids.ts";
import type { Outbox } from "../../platform/outbox/outbox.ts";
import { TOKEN_SECONDS } from "../../platform/realtime/access.ts";
import type { Realtime } from "../../platform/realtime/port.ts";
import type { CloseSocketsJob } from "./model.ts";

/** In seconds. How long a socket stays open that was opened by an address of before. */
const CLOSE_EVERY = 4;
/** In seconds. By how much the clocks of whoever made an address and whoever takes it may differ. */
const CLOCK_SKEW = 5;
const LAST_AFTER = TOKEN_SECONDS + CLOCK_SKEW;

interface SignedOut {
  readonly tenantId: TenantId;
  readonly userId: string;
  /** Of the change that signed them out, and when it was. */
  readonly revision: number;
  readonly at: string;
  /** Whether they may sign in again, and then open sockets that are theirs by right. */
  readonly mayReturn: boolean;
}

/**
 * Closes a user's sockets. An address to connect to that was given out before cannot be called back and opens another for a minute
 * (`TOKEN_SECONDS`): who may not return is therefore shut out every 4 s until then, who may is once it is over.
 */
export async function closeSockets(
  { realtime, outbox }: { readonly realtime: Realtime; readonly outbox: Outbox },
  { tenantId, userId, revision, at, mayReturn }: SignedOut,
): Promise<void> {
  await realtime.closeUser(tenantId, userId);
  const lane = derivedId("job", tenantId, userId, revision);
  const body: CloseSocketsJob = { job: "close-sockets", tenantId, userId };
  const messages = secondsAfter(mayReturn).map((after) => ({
    queue: "jobs" as const,
    messageId: derivedId("job", lane, after),
    sessionId: lane,
    body,
    deliverAt: new Date(Date.parse(at) + after * 1000),
  }));
  await outbox.announce(tenantId, lane, { messages });
}

function secondsAfter(mayReturn: boolean): readonly number[] {
  if (mayReturn) return [LAST_AFTER];
  return Array.from({ length: Math.ceil(LAST_AFTER / CLOSE_EVERY) }, (_, index) => (index + 1) * CLOSE_EVERY);
}
