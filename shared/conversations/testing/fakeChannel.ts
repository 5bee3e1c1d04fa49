import { Readable } from "node:stream";
import type { Channel, ChannelTemplate, OutboundMessage, SendResult } from "../../channels/channel.ts";
import { Problem } from "../../platform/errors.ts";

export interface FakeChannel extends Channel {
  /** Every request that reached the provider, in order. */
  readonly sent: OutboundMessage[];
  readonly marks: string[];
  readonly reactions: string[];
  /** What the provider answers to the next sends; "accepted" when empty. */
  readonly answers: (SendResult | "throw")[];
  /** What the provider has by media id; others are gone. */
  readonly files: Map<string, { readonly bytes: Uint8Array; readonly mimeType: string } | "down">;
  knownTemplates: readonly ChannelTemplate[] | "down";
}

/** A provider that keeps what it was asked, and answers as told. */
export function fakeChannel(): FakeChannel {
  const channel: FakeChannel = {
    sent: [],
    marks: [],
    reactions: [],
    answers: [],
    files: new Map(),
    knownTemplates: [],
    async send(_tenantId, _channelId, message) {
      await message.openMedia?.();
      channel.sent.push(message);
      const answer = channel.answers.shift();
      if (answer === "throw") throw new Error("connection reset");
      return answer ?? { outcome: "accepted", providerId: `wamid.out.${channel.sent.length}` };
    },
    async react(_tenantId, _channelId, _to, targetProviderId, emoji) {
      channel.reactions.push(`${targetProviderId} ${emoji}`);
      const answer = channel.answers.shift();
      if (answer === "throw") throw new Error("connection reset");
      return answer ?? { outcome: "accepted", providerId: "wamid.reaction" };
    },
    async markRead(_tenantId, _channelId, providerId) {
      channel.marks.push(providerId);
    },
    async fetchMedia(_tenantId, _channelId, providerMediaId) {
      const file = channel.files.get(providerMediaId);
      if (file === undefined) throw new Problem("not-found");
      if (file === "down") throw new Error("connection reset");
      return { content: Readable.from([file.bytes]), mimeType: file.mimeType, maxBytes: 1000 };
    },
    async templates() {
      if (channel.knownTemplates === "down") throw new Error("connection reset");
      return channel.knownTemplates;
    },
  };
  return channel;
}
