import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InboundEvent, InboundMessage, InboundReaction, StatusUpdate } from "../channels/channel.ts";
import { agent, CHANNEL, type Harness, harness, inboundMessage, PHONE, second, status } from "./testing/harness.ts";

const USER = { kind: "whatsapp-user", value: "NL.0001" } as const;

/** Two messages of ours that the provider took, then what comes from outside, in order. */
async function begin(): Promise<{ h: Harness; references: NonNullable<StatusUpdate["reference"]>[] }> {
  const h = harness();
  await h.takeIn(inboundMessage(0));
  const { id: conversationId } = await h.only();
  const references = [];
  for (const [n, text] of ["one", "two"].entries()) {
    const posted = await h.conversations.post(agent(), conversationId, { type: "text", text }, `key-${n}`);
    references.push({ conversationId, messageId: posted.id });
  }
  await h.runOutbound();
  return { h, references };
}

const reaction = (n: number, targetProviderId: string, emoji: string): InboundReaction => ({
  type: "reaction",
  channelId: CHANNEL,
  contact: { identities: [PHONE] },
  at: second(n),
  targetProviderId,
  emoji,
});

function story(references: readonly NonNullable<StatusUpdate["reference"]>[]): InboundEvent[] {
  const [one, two] = references;
  const both = { contact: { identities: [PHONE, USER], name: "Ada L." } };
  const renamed = { contact: { identities: [PHONE], name: "Ada Lovelace" } };
  const second2 = { providerId: "wamid.out.2" };
  const messages: InboundMessage[] = [
    inboundMessage(10),
    inboundMessage(11, both),
    inboundMessage(12, { replyToProviderId: "wamid.in.11" }),
    inboundMessage(13, { ...renamed, forwarded: true }),
  ];
  return [
    ...messages,
    reaction(14, "wamid.in.13", "👍"),
    reaction(15, "wamid.in.13", "❤️"),
    reaction(16, "wamid.out.1", "😀"),
    reaction(17, "wamid.out.1", ""),
    reaction(17, "wamid.in.10", "🎉"),
    status(one, "sent", { at: second(1) }),
    status(one, "delivered", { at: second(2) }),
    status(one, "read", { at: second(3) }),
    status(two, "sent", { ...second2, at: second(1) }),
    status(two, "failed", { ...second2, at: second(4) }),
    status(two, "delivered", { ...second2, at: second(5) }),
  ];
}

/** Everything an agent could see, save the order of arrival, which only decides within one second. */
async function visible(h: Harness) {
  const conversation = await h.only();
  const { contact } = await h.contacts.read(agent(), conversation.contact.id);
  return { conversation, contact, thread: await h.thread(conversation.id) };
}

describe("delivery at least once and in any order", () => {
  it("ends as in order and once", async () => {
    const inOrder = await begin();
    for (const event of story(inOrder.references)) await inOrder.h.takeIn(event);
    const expected = await visible(inOrder.h);
    expect(expected.thread).toHaveLength(7);
    expect(expected.conversation.unread).toBe(5);
    expect(expected.thread.map(({ reactions }) => reactions.length)).toEqual([0, 0, 0, 1, 0, 0, 1]);
    expect(expected.thread.filter((message) => message.status === "delivered")).toHaveLength(1);
    const size = story(inOrder.references).length;
    await fc.assert(
      fc.asyncProperty(
        fc
          .array(fc.integer({ min: 1, max: 5 }), { minLength: size, maxLength: size })
          .map((times) => times.flatMap((count, event) => Array.from({ length: count }, () => event)))
          .chain((deliveries) => fc.shuffledSubarray(deliveries, { minLength: deliveries.length })),
        fc.array(fc.boolean(), { minLength: 75, maxLength: 75 }),
        async (deliveries, elsewhere) => {
          const { h, references } = await begin();
          const events = story(references);
          for (const [n, index] of deliveries.entries()) {
            const event = events[index];
            if (event === undefined) continue;
            const { conversations } = elsewhere[n] === true ? h.instance() : h;
            await conversations.takeIn(h.inbound, "whatsapp", event);
          }
          expect(await visible(h)).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  });
});
