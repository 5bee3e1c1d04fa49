import type { Caller } from "../../platform/caller.ts";
import type { ListedTenant } from "../../platform/directory/directory.ts";
import { derivedId } from "../../platform/ids.ts";
import type { OutgoingMessage, QueueSender } from "../../platform/queue/port.ts";
import type { Tenant } from "../model.ts";
import { type Change, type ChangeParts, changeTenant, settleReminder } from "./changes.ts";
import type { TenantReview } from "./model.ts";
import { erasureMessage, givenUp, type MoveSettings, trialEnded, warned } from "./moves.ts";
import { stepFor } from "./trial.ts";

const HOUR = 60 * 60 * 1000;
/** Ahead of their time jobs are put on the queue, to run at it: until the timer runs again, and some more. */
const AHEAD = 25 * HOUR;
/** Milliseconds after which a slug without an organisation is what a sign-up that was cut off left. */
const SIGN_UP_TAKES_AT_MOST = 5 * 60 * 1000;
const SENT_AT_ONCE = 50;

interface ReviewParts extends ChangeParts, MoveSettings {
  readonly queue: QueueSender;
}

/**
 * Puts a job on the queue for each tenant for which something is due before the timer runs again, to be delivered at its time. Found by
 * the directory's reminders alone. Twice does no harm: the same job for the same reminder is one message.
 */
export async function enqueueReviews({
  directory,
  queue,
  clock,
}: Pick<ReviewParts, "directory" | "queue" | "clock">): Promise<number> {
  const before = new Date(clock.now().getTime() + AHEAD);
  let enqueued = 0;
  for (let cursor: string | undefined; ; ) {
    const page = await directory.due(before, cursor);
    for (let at = 0; at < page.items.length; at += SENT_AT_ONCE) {
      const messages = page.items.slice(at, at + SENT_AT_ONCE).map((tenant) => reviewMessage(tenant, clock.now()));
      await queue.send("jobs", messages);
      enqueued += messages.length;
    }
    if (page.nextCursor === undefined) return enqueued;
    cursor = page.nextCursor;
  }
}

/** What is past is tried again each day, under another id. */
function reviewMessage({ tenantId, slug, reviewAt = "" }: ListedTenant, now: Date): OutgoingMessage {
  const body: TenantReview = { job: "tenant-review", tenantId, slug };
  const isPast = Date.parse(reviewAt) <= now.getTime();
  const occasion = isPast ? now.toISOString().slice(0, 10) : reviewAt;
  return {
    messageId: derivedId("rvw", tenantId, occasion),
    sessionId: derivedId("rvw", tenantId),
    body,
    ...(isPast ? {} : { deliverAt: new Date(reviewAt) }),
  };
}

/**
 * Does what is due for a tenant now, once: the commit that does it says so. What was missed is not made up for: of several
 * warnings the newest is given, and none once the trial has ended. Then the directory is told when to look again. A slug
 * that no tenant has is given back.
 */
export async function review(parts: ReviewParts, caller: Caller, slug: string): Promise<void> {
  const { directory, clock, queue } = parts;
  const { tenantId } = caller;
  const tenant = await changeTenant(parts, caller, (current, now) => changeFor(current, now, parts));
  if (tenant === undefined) {
    const claimedBefore = new Date(clock.now().getTime() - SIGN_UP_TAKES_AT_MOST).toISOString();
    return directory.release("slug", slug, { tenantId, claimedBefore });
  }
  if (tenant.erasedAt !== undefined) return directory.release("slug", slug, { tenantId });
  if (stepFor(tenant, clock.now()) === "erase") {
    const { queue: name, ...message } = erasureMessage({ tenantId, slug, begun: clock.now().toISOString(), round: 0 });
    await queue.send(name, [message]);
    return;
  }
  await settleReminder(parts, tenantId);
}

function changeFor(tenant: Tenant, now: Date, settings: MoveSettings): Change | undefined {
  switch (stepFor(tenant, now)) {
    case "warn":
      return warned(tenant, now, settings);
    case "deactivate":
      return trialEnded(tenant, now, settings);
    case "give-up":
      return givenUp(tenant, now, "grace-over");
    default:
      return undefined;
  }
}
