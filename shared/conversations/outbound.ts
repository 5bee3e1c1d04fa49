import type { OutboundMessage, SendResult } from "../channels/channel.ts";
import type { Caller } from "../platform/caller.ts";
import { replace, type Stored } from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import type { DomainEvent } from "../platform/events/event.ts";
import { mediaOf } from "./content.ts";
import { type Context, contended, MAX_RACES, messageEvent, tryCommit } from "./context.ts";
import { endSnooze, isSnoozeOver } from "./handling.ts";
import { Conversations, type MessageError, Messages, type StoredConversation, type StoredMessage } from "./model.ts";
import { givesUp, OUTCOME_UNKNOWN_ERROR, paceAfterSend, paceDelay, retryAt, UNKNOWN_AFTER_MS } from "./pace.ts";
import { withStatus } from "./rules.ts";
import { wakeUp } from "./wakeUps.ts";

/** Messages of one conversation in one run at most; the next run goes on, after other conversations had their turn. */
const MAX_STEPS = 25;
/** Nor does a step begin later in the run, in ms: a whole one must fit into what is then left, or a send would end in doubt. */
export const STEPS_BEGIN_WITHIN = 15_000;

/** What a step leaves to do: the next message at once, nothing, or something at a time. */
type Next = "go-on" | "nothing" | { readonly at: Date };

/**
 * Works off what a conversation has to send, in order. Each try is recorded before it is made, so whatever is aborted,
 * and wherever: no message is sent twice by itself. A try without a result waits for the provider's status, then
 * fails as of unknown outcome for an agent to decide. Also ends a snooze that is over.
 */
export async function workOff(context: Context, caller: Caller, conversationId: string): Promise<void> {
  const until = context.clock.now().getTime() + STEPS_BEGIN_WITHIN;
  for (let step = 0; step < MAX_STEPS && context.clock.now().getTime() <= until; step++) {
    const next = await takeStep(context, caller, conversationId);
    if (next === "nothing") return;
    if (next !== "go-on") return schedule(context, caller, conversationId, next.at);
  }
  await schedule(context, caller, conversationId, context.clock.now());
}

/** Durable before this delivery is completed: a throw here brings the delivery again. */
async function schedule({ queue, clock }: Context, caller: Caller, conversationId: string, at: Date): Promise<void> {
  const { queue: name, ...message } = wakeUp({ clock }, caller, conversationId, at);
  await queue.send(name, [message]);
}

interface Pair {
  readonly head: Stored<StoredConversation>;
  readonly message: Stored<StoredMessage>;
}

async function takeStep(context: Context, caller: Caller, conversationId: string): Promise<Next> {
  const store = context.documents.forTenant(caller.tenantId);
  const now = context.clock.now();
  const head = await store.read(Conversations, [conversationId], conversationId);
  if (head === undefined) return "nothing";
  if (isSnoozeOver(head.value, now)) await endSnooze(context, caller, conversationId);
  const messageId = head.value.outbound[0];
  if (messageId === undefined) return "nothing";
  const message = await store.read(Messages, [conversationId], messageId);
  if (message?.value.status !== "queued") return drop(context, caller, head, messageId);
  const { sendingSince } = message.value;
  if (sendingSince !== null) return lookAfter(context, caller, { head, message }, sendingSince);
  const due = dueAt(head.value, now);
  return due === undefined ? attempt(context, caller, { head, message }) : { at: due };
}

function dueAt({ outboundNotBefore, outboundPace }: StoredConversation, now: Date): Date | undefined {
  const notBefore = outboundNotBefore === null ? 0 : Date.parse(outboundNotBefore);
  const paced = now.getTime() + paceDelay(outboundPace, now);
  const at = Math.max(notBefore, paced);
  return at > now.getTime() ? new Date(at) : undefined;
}

/** Takes off the list what is settled already. A lost race only means looking again. */
async function drop(
  context: Context,
  caller: Caller,
  { value, etag }: Stored<StoredConversation>,
  messageId: string,
): Promise<Next> {
  const next = { ...value, outbound: value.outbound.filter((id) => id !== messageId) };
  await tryCommit(context, caller, value.id, [replace(Conversations, value.id, next, etag)], {});
  return "go-on";
}

/** A try was made, and whoever made it is gone or does not know. It is never made again by itself. */
async function lookAfter(context: Context, caller: Caller, { message }: Pair, sendingSince: string): Promise<Next> {
  const checkAt = new Date(Date.parse(sendingSince) + UNKNOWN_AFTER_MS);
  if (checkAt > context.clock.now()) return { at: checkAt };
  await settle(context, caller, message.value, sendingSince, { outcome: "refused", error: OUTCOME_UNKNOWN_ERROR });
  return "go-on";
}

async function attempt(context: Context, caller: Caller, { head, message }: Pair): Promise<Next> {
  const { clock } = context;
  const { value, etag } = message;
  const sendingSince = clock.now().toISOString();
  const request = await prepare(context, caller, head.value, value);
  const tried: StoredMessage = { ...value, attempts: [...value.attempts, sendingSince], sendingSince };
  // Fences as well: of two runs that hold the same message, one alone may try.
  const refused = await tryCommit(context, caller, head.value.id, [replace(Messages, value.id, tried, etag)], {});
  if (refused !== undefined) return "go-on";
  const result = await send(context, caller, head.value, request);
  if (result.outcome === "unknown") return { at: new Date(Date.parse(sendingSince) + UNKNOWN_AFTER_MS) };
  return settle(context, caller, tried, sendingSince, result);
}

/** Everything that has to be read for a send, before the try counts as made. */
async function prepare(
  context: Context,
  caller: Caller,
  head: StoredConversation,
  message: StoredMessage,
): Promise<OutboundMessage> {
  const store = context.documents.forTenant(caller.tenantId);
  const { replyTo } = message;
  const answered = replyTo === null ? undefined : await store.read(Messages, [head.id], replyTo);
  const replyToProviderId = answered?.value.providerId ?? undefined;
  const file = mediaOf(message);
  return {
    to: head.contact.identities,
    content: message,
    reference: { conversationId: head.id, messageId: message.id },
    ...(replyToProviderId === undefined ? {} : { replyToProviderId }),
    ...(file === undefined ? {} : { openMedia: () => openFile(context, caller, file.id) }),
  };
}

/** A file of ours that could not be opened: the one throw of a channel's that says that nothing was sent. */
class FileNotOpened extends Error {
  override readonly name = "FileNotOpened";
}

async function openFile({ media }: Context, caller: Caller, mediaId: string) {
  try {
    return await media.readAll(caller, mediaId);
  } catch (cause) {
    throw new FileNotOpened("A file to send could not be opened", { cause });
  }
}

const FILE_GONE: MessageError = {
  code: "file-gone",
  message: "The file is no longer stored. Attach it again.",
  remedy: "none",
};
const FILE_NOT_READ: MessageError = {
  code: "file-not-read",
  message: "The stored file could not be read. Try it again.",
  remedy: "retry",
};

function withoutFile({ cause }: FileNotOpened): SendResult {
  if (cause instanceof Problem && cause.code === "not-found") return { outcome: "refused", error: FILE_GONE };
  return { outcome: "later", retryAfterSeconds: 30, error: FILE_NOT_READ };
}

/** A channel says what became of a send; should it throw all the same, nobody knows whether the request went out. */
async function send(
  { channels, telemetry }: Context,
  { tenantId }: Caller,
  { id, channel, channelId }: StoredConversation,
  request: OutboundMessage,
): Promise<SendResult> {
  try {
    return await channels(channel).send(tenantId, channelId, request);
  } catch (error) {
    if (error instanceof FileNotOpened) return withoutFile(error);
    const { messageId } = request.reference;
    telemetry.log("error", "a channel threw on sending", { tenantId, conversationId: id, messageId, channelId, error });
    return { outcome: "unknown" };
  }
}

/** What the result of a try makes of message and conversation. */
interface Settled {
  readonly message: StoredMessage;
  readonly head: StoredConversation;
  readonly later: Date | undefined;
}

/** Records a result, together with what follows from it. A status may have been quicker: then ranks decide. */
async function settle(
  context: Context,
  caller: Caller,
  { id, conversationId }: StoredMessage,
  sendingSince: string,
  result: Exclude<SendResult, { outcome: "unknown" }>,
): Promise<Next> {
  const store = context.documents.forTenant(caller.tenantId);
  for (let race = 0; race < MAX_RACES; race++) {
    const head = await store.read(Conversations, [conversationId], conversationId);
    const message = await store.read(Messages, [conversationId], id);
    if (head === undefined || message === undefined) return "nothing";
    const settled = decide(head.value, message.value, sendingSince, result, context.clock.now());
    if (settled === undefined) return "go-on";
    const events: DomainEvent[] =
      settled.message.status === message.value.status
        ? []
        : [messageEvent(context, caller, "message.status-changed", settled.head, settled.message)];
    const operations = [
      replace(Messages, id, settled.message, message.etag),
      replace(Conversations, conversationId, settled.head, head.etag),
    ];
    const { later } = settled;
    const messages = later === undefined ? [] : [wakeUp(context, caller, conversationId, later)];
    const refused = await tryCommit(context, caller, conversationId, operations, { events, messages });
    if (refused === undefined) return later === undefined ? "go-on" : "nothing";
  }
  throw contended();
}

/** Undefined when there is nothing left to record: someone else settled this try. */
function decide(
  head: StoredConversation,
  message: StoredMessage,
  sendingSince: string,
  result: Exclude<SendResult, { outcome: "unknown" }>,
  now: Date,
): Settled | undefined {
  const at = now.toISOString();
  const outboundPace = paceAfterSend(head.outboundPace, now);
  const without = { ...head, outbound: head.outbound.filter((each) => each !== message.id), outboundNotBefore: null };
  const done = { head: { ...without, outboundPace }, later: undefined };
  const isOurs = message.sendingSince === sendingSince;
  if (result.outcome === "accepted") {
    const { providerId } = result;
    const next = withStatus(message, { status: "sent", at, providerId, error: undefined });
    return next === message ? undefined : { ...done, message: next };
  }
  if (!isOurs) return undefined;
  if (result.outcome === "later") {
    const later = retryAt(message.attempts.length, result.retryAfterSeconds, now);
    if (!givesUp(message.attempts.length, message.queuedAt ?? message.sentAt, later))
      return {
        head: { ...head, outboundNotBefore: later.toISOString(), outboundPace },
        message: { ...message, sendingSince: null },
        later,
      };
  }
  const failed = { status: "failed", at, providerId: undefined, error: result.error } as const;
  return { ...done, message: withStatus(message, failed) };
}
