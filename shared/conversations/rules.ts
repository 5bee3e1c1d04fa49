import type { Identity } from "../contacts/model.ts";
import { identitySet } from "../contacts/model.ts";
import type { MessageContent } from "./content.ts";
import type {
  ChannelKind,
  Conversation,
  MessageError,
  MessageStatus,
  StoredConversation,
  StoredMessage,
} from "./model.ts";

const HOUR = 60 * 60 * 1000;
/** WhatsApp's customer service window, opened anew by each inbound message. Source: WhatsApp Cloud API, "Send messages". */
const WINDOW_MS = 24 * HOUR;
/** How long after closing a message reopens the conversation, instead of beginning the next one. */
const REOPEN_MS = 24 * HOUR;

const WINDOWED: ReadonlySet<ChannelKind> = new Set<ChannelKind>(["whatsapp"]);
const MAX_PREVIEW = 160;

/**
 * Sorts a thread: the time said, then the order of arrival, since WhatsApp's times are whole seconds. `arrival` is 1 for
 * the conversation's first.
 */
export function position(at: string, arrival: number): string {
  return `${at}|${String(arrival).padStart(10, "0")}`;
}

/**
 * The position of what an agent writes now: never before what they see, even where the provider's clock is ahead of ours.
 */
export function positionAfter({ lastPosition, messageCount }: StoredConversation, now: string): string {
  const last = lastPosition.split("|", 1)[0] ?? "";
  return position(last > now ? last : now, messageCount + 1);
}

/** Until when free text may be sent after an inbound message of this time; null on channels without a window. */
function windowAfter(channel: ChannelKind, lastInboundAt: string | null): string | null {
  if (lastInboundAt === null || !WINDOWED.has(channel)) return null;
  return new Date(Date.parse(lastInboundAt) + WINDOW_MS).toISOString();
}

/** Whether anything but a template may be sent now. */
export function isWindowOpen(
  { channel, windowExpiresAt }: Pick<Conversation, "channel" | "windowExpiresAt">,
  now: Date,
): boolean {
  if (!WINDOWED.has(channel)) return true;
  return windowExpiresAt !== null && now.getTime() < Date.parse(windowExpiresAt);
}

/** The last time at which a message said still reopens this closed conversation. */
export function reopensUntil(closedAt: string): string {
  return new Date(Date.parse(closedAt) + REOPEN_MS).toISOString();
}

/** Whether a message said at `at` belongs to this conversation, rather than to the next one. */
export function takesMessage({ status, closedAt }: StoredConversation, at: string): boolean {
  return status !== "closed" || closedAt === null || at <= reopensUntil(closedAt);
}

/** What lists show of a message: its first words, or what kind of thing it is. At most 160 characters. */
export function preview(content: MessageContent): string {
  return clip(wordsOf(content).replaceAll(/\s+/g, " ").trim());
}

/** Never cuts a character in two. */
function clip(text: string): string {
  if (text.length <= MAX_PREVIEW) return text;
  const cut = text.slice(0, MAX_PREVIEW - 1);
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

function wordsOf(content: MessageContent): string {
  switch (content.type) {
    case "text":
    case "note":
      return content.text;
    case "image":
      return content.caption ?? "Photo";
    case "video":
      return content.caption ?? "Video";
    case "document":
      return content.caption ?? content.media.fileName ?? "Document";
    case "audio":
      return content.voice ? "Voice message" : "Audio";
    case "sticker":
      return "Sticker";
    case "location":
      return content.name ?? content.address ?? "Location";
    case "contacts":
      return content.contacts.map(({ name }) => name).join(", ") || "Contact";
    case "interactive":
      return content.interactive.body;
    case "choice":
      return content.title;
    case "template":
      return content.text ?? content.template.name;
    case "unsupported":
      return "Unsupported message";
  }
}

/** Counts a message or note in, and shows it as the last one unless a later one is known. */
export function withMessage(head: StoredConversation, message: StoredMessage): StoredConversation {
  const counted = { ...head, messageCount: head.messageCount + 1 };
  if (message.position <= head.lastPosition) return counted;
  const { id, direction, type, sentAt } = message;
  const lastMessage = { id, direction, type, preview: preview(message) };
  return { ...counted, lastMessage, lastMessageAt: sentAt, lastPosition: message.position };
}

interface InboundFacts {
  /** The identities that this message named, and the contact's name after it. */
  readonly identities: readonly Identity[];
  readonly name: string;
  readonly channelName: string;
  readonly providerId: string;
}

/** What an inbound message does to its conversation. The order of arrival changes nothing. */
export function withInbound(head: StoredConversation, message: StoredMessage, facts: InboundFacts): StoredConversation {
  const counted = withMessage(head, message);
  const identities = identitySet(facts.identities);
  const newest = head.lastInbound === null || message.position > head.lastInbound.position;
  const lastInbound = newest
    ? { position: message.position, providerId: facts.providerId, identities }
    : head.lastInbound;
  const lastInboundAt = newest ? message.sentAt : head.lastInboundAt;
  const contact = {
    ...head.contact,
    ...(newest ? { name: facts.name } : {}),
    identities: firstThose(lastInbound?.identities ?? [], identitySet(head.contact.identities, identities)),
  };
  return {
    ...counted,
    status: "open",
    closedAt: null,
    snoozedUntil: null,
    unread: head.unread + 1,
    contact,
    channelName: newest ? facts.channelName : head.channelName,
    lastInbound,
    lastInboundAt,
    windowExpiresAt: windowAfter(head.channel, lastInboundAt),
  };
}

/** All of them, those by which the person can be reached now before the others. */
function firstThose(first: readonly Identity[], all: readonly Identity[]): Identity[] {
  const keyOf = ({ kind, value }: Identity) => `${kind}:${value}`;
  const keys = new Set(first.map(keyOf));
  return [...first, ...all.filter((identity) => !keys.has(keyOf(identity)))];
}

const RANK: Readonly<Record<MessageStatus, number>> = { queued: 0, sent: 1, failed: 2, delivered: 3, read: 4 };
/** Our own word for "nobody knows"; anything the provider says is better knowledge. */
const OUTCOME_UNKNOWN = "outcome-unknown";

function rankOf({ status, error }: StoredMessage): number {
  if (status === "failed" && error?.code === OUTCOME_UNKNOWN) return RANK.queued + 0.5;
  return status === null ? Number.POSITIVE_INFINITY : RANK[status];
}

export interface StatusChange {
  readonly status: MessageStatus;
  readonly at: string;
  /** The provider's id of the send that it is about; undefined where nobody knows one. */
  readonly providerId: string | undefined;
  readonly error: MessageError | undefined;
}

/**
 * What a status does to a message: ranks only rise (queued < sent < failed < delivered < read), each rank keeps the time it
 * was first reached, and an error stays only as long as the message counts as failed. Answers the same object when nothing
 * changes.
 */
export function withStatus(message: StoredMessage, change: StatusChange): StoredMessage {
  if (message.direction !== "outbound" || isAboutFormerTry(message, change)) return message;
  const { status, at, providerId } = change;
  const reached = message.statusAt[status] !== undefined;
  const rises = RANK[status] > rankOf(message);
  const learnsId = message.providerId === null && providerId !== undefined;
  if (reached && !rises && !learnsId && message.sendingSince === null) return message;
  const statusAt = reached ? message.statusAt : { ...message.statusAt, [status]: at };
  const settled = { ...message, statusAt, providerId: message.providerId ?? providerId ?? null, sendingSince: null };
  if (!rises) return settled;
  const { error: _, ...clean } = settled;
  const error = status === "failed" ? (change.error ?? UNEXPLAINED) : undefined;
  return { ...clean, status, ...(error === undefined ? {} : { error }) };
}

const UNEXPLAINED: MessageError = {
  code: "unexplained",
  message: "The message could not be delivered, and no reason was given. Try it again.",
  remedy: "retry",
};

/** A failure (or mere acceptance) of a try that an agent has since repeated tells nothing about the new one. */
function isAboutFormerTry(message: StoredMessage, { status, providerId }: StatusChange): boolean {
  if (RANK[status] >= RANK.delivered || providerId === undefined) return false;
  if (message.retiredProviderIds.includes(providerId)) return true;
  return message.providerId !== null && message.providerId !== providerId;
}
