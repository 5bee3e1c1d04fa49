import type { Identity } from "../contacts/model.ts";
import type { MessageContent } from "../conversations/content.ts";
import type { MessageError, MessageStatus } from "../conversations/model.ts";
import type { TenantId } from "../platform/ids.ts";

/** What a channel's queue function makes of an outside event, for the conversations context to take in. */
export type InboundEvent = InboundMessage | InboundReaction | StatusUpdate;

interface FromOutside {
  readonly channelId: string;
  /** Every identity the event names for the person; at least one. */
  readonly contact: { readonly identities: readonly Identity[]; readonly name?: string };
  /** The provider's time. */
  readonly at: Date;
}

export interface InboundMessage extends FromOutside {
  readonly type: "message";
  readonly providerId: string;
  readonly content: MessageContent;
  /** The provider's id of the file, where the content has media. */
  readonly providerMediaId?: string;
  /** The provider's id of the message it answers. */
  readonly replyToProviderId?: string;
  readonly forwarded?: boolean;
}

export interface InboundReaction extends FromOutside {
  readonly type: "reaction";
  /** The provider's id of the message reacted to. */
  readonly targetProviderId: string;
  /** Empty takes the reaction back. */
  readonly emoji: string;
}

export interface StatusUpdate extends FromOutside {
  readonly type: "status";
  readonly providerId: string;
  /** What we gave the provider with the send; undefined for messages sent past us. */
  readonly reference: SendReference | undefined;
  readonly status: Exclude<MessageStatus, "queued">;
  readonly error?: MessageError;
}

/** Travels with a send and comes back with its statuses, so that a status finds its message without a look-up. */
export interface SendReference {
  readonly conversationId: string;
  readonly messageId: string;
}

export interface OutboundMessage {
  readonly to: readonly Identity[];
  readonly content: MessageContent;
  readonly replyToProviderId?: string;
  /** Where the content has media: opens the stored file. */
  readonly openMedia?: () => Promise<{
    readonly bytes: Uint8Array;
    readonly mimeType: string;
    readonly fileName?: string;
  }>;
  readonly reference: SendReference;
}

/** What became of a try to send. Thrown errors are never used for what the provider said. */
export type SendResult =
  | { readonly outcome: "accepted"; readonly providerId: string }
  /** Never will be: shown on the message. */
  | { readonly outcome: "refused"; readonly error: MessageError }
  /** Surely not sent, and worth trying again after `retryAfterSeconds`. */
  | { readonly outcome: "later"; readonly retryAfterSeconds: number; readonly error: MessageError }
  /** Nobody knows whether it was sent (time-out after the request went out). */
  | { readonly outcome: "unknown" };

/** How one kind of channel speaks. One instance serves all channels of its kind. */
export interface Channel {
  send(tenantId: TenantId, channelId: string, message: OutboundMessage): Promise<SendResult>;
  /** Sends a reaction to a message; empty takes it back. */
  react(
    tenantId: TenantId,
    channelId: string,
    to: readonly Identity[],
    targetProviderId: string,
    emoji: string,
  ): Promise<SendResult>;
  /** Tells the provider that an inbound message was read. Best effort: never throws for what the provider said. */
  markRead(tenantId: TenantId, channelId: string, providerId: string): Promise<void>;
  /** Fetches an inbound file; `Problem("too-large")` beyond the channel's limit for the type, `Problem("not-found")` when it is gone. */
  fetchMedia(
    tenantId: TenantId,
    channelId: string,
    providerMediaId: string,
    type: MessageContent["type"],
  ): Promise<{
    readonly content: import("node:stream").Readable;
    readonly mimeType: string;
    readonly maxBytes: number;
  }>;
  /** Templates that may be sent outside the window. */
  templates(tenantId: TenantId, channelId: string): Promise<readonly ChannelTemplate[]>;
}

export interface ChannelTemplate {
  readonly name: string;
  readonly language: string;
  readonly category: "marketing" | "utility" | "authentication";
  /** With `{{1}}`, `{{2}}` … where parameters go. */
  readonly body: string;
  readonly header?: string;
  readonly footer?: string;
  /** How many parameters the body takes. */
  readonly parameterCount: number;
}
