import { afterAll, beforeAll, expect, it } from "vitest";
import type { Conversation, Message } from "../../shared/conversations/model.ts";
import { type Random, seededRandom } from "../harness/random.ts";
import { conversationsByPhone, messagesOf } from "../harness/shown.ts";
import { Story, type Tenant } from "../harness/story.ts";
import { until } from "../harness/until.ts";
import { type Business, messageWebhook, statusWebhook, text, type WebhookPayload } from "../harness/whatsapp.ts";

/**
 * Two organisations are told the same. One gets each webhook once and in order, the other gets each one to five times, in
 * random order and many at once. In the end both must show the same. `SEED=<seed>` repeats a run.
 */
const seed = process.env.SEED ?? String(Date.now());
const IN_ORDER = { phoneNumberId: "100000000000331", displayPhoneNumber: "+31 20 555 0331" };
const AT_RANDOM = { phoneNumberId: "100000000000332", displayPhoneNumber: "+31 20 555 0332" };
const CUSTOMERS = ["31699000331", "31699000332", "31699000333"];
const MESSAGES = 12;
/** Never within a test: statuses come from here alone. */
const NEVER = 2_000_000_000;
/** An hour ago, or for the later half in an hour: our own answer lies between, though its time differs between the two. */
const START = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;
const after = (seconds: number) => new Date(START + (seconds < 40 ? seconds : seconds + 7200) * 1000);

let story: Story;
beforeAll(async () => {
  story = await Story.begin({ delays: { sent: NEVER, delivered: NEVER } });
}, 120_000);
afterAll(() => story.end());

it("order and number of deliveries change nothing in the end", { timeout: 120_000 }, async () => {
  const calm = await openShop("calm", IN_ORDER);
  const wild = await openShop("wild", AT_RANDOM);

  for (const payload of everything(IN_ORDER, calm.wamidByPhone)) {
    expect(await story.webhook(payload)).toBe(200);
    // One after the other, each worked off before the next.
    await story.settled();
  }
  const random = seededRandom(seed);
  const deliveries = everything(AT_RANDOM, wild.wamidByPhone).flatMap((payload) =>
    Array.from({ length: random.between(1, 5) }, () => payload),
  );
  await inParallel(random.shuffled(deliveries), random);
  await story.settled();

  const expected = await shownTo(calm.tenant);
  const [first] = expected;
  expect(first).toMatchObject({ unread: MESSAGES + 1, contact: { name: "Latere Naam" } });
  expect(first?.lastMessage?.preview).toMatch(new RegExp(`^Bericht ${MESSAGES - 1} van`));
  expect(first?.messages).toHaveLength(MESSAGES + 2);
  expect(first?.messages).toContainEqual(expect.objectContaining({ direction: "outbound", status: "read" }));
  const reactions = first?.messages.flatMap((message) => message.reactions.map(({ emoji }) => emoji));
  expect(reactions?.toSorted()).toEqual(["❤️", "🎉", "🙏"].toSorted());
  expect(await shownTo(wild.tenant), `Repeat with SEED=${seed}`).toEqual(expected);
});

it("prints nothing of it", () => {
  expect(story.leaks()).toEqual([]);
});

/** Every customer has written once, and an agent has answered: the provider's ids of the answers, by phone. */
async function openShop(slug: string, business: Business) {
  const tenant = await story.signUp(slug);
  await tenant.connect("shop", business);
  const wamidByPhone = new Map<string, string>();
  for (const phone of CUSTOMERS) {
    const customer = { phone, name: "Eerste Naam" };
    const wamid = wamidOf(business, phone, "first");
    await story.says(business, customer, { wamid, at: after(0), content: text(story.private("Allereerste bericht")) });
    const conversation = await until(
      "the conversation is there",
      async () => (await conversationsByPhone(tenant.client)).get(phone)?.[0],
    );
    const answer = await tenant.client.post(`conversations/${conversation.id}/messages`, {
      type: "text",
      text: story.private(`Antwoord aan ${phone}`),
    });
    expect(answer.status).toBe(202);
    const send = await until("the provider has the answer", () =>
      story.provider.sends.find(({ reference }) => reference === `${conversation.id}:${answer.body.id}`),
    );
    wamidByPhone.set(phone, send.wamid);
  }
  await story.settled();
  return { tenant, wamidByPhone };
}

const wamidOf = ({ phoneNumberId }: Business, phone: string, name: string) => `wamid.${phoneNumberId}.${phone}.${name}`;

/** In the order in which it happened: messages, changed names, reactions given, changed and taken back, and statuses. */
function everything(business: Business, wamidByPhone: ReadonlyMap<string, string>): WebhookPayload[] {
  return CUSTOMERS.flatMap((phone) => {
    const sent = wamidByPhone.get(phone) ?? "";
    const says = (name: string, seconds: number, content: Record<string, unknown>) => {
      const customer = { phone, name: story.private(seconds < 40 ? "Eerste Naam" : "Latere Naam") };
      return messageWebhook(business, customer, { wamid: wamidOf(business, phone, name), at: after(seconds), content });
    };
    const reacts = (name: string, seconds: number, to: string, emoji: string | undefined) =>
      says(name, seconds, {
        type: "reaction",
        reaction: { message_id: to, ...(emoji === undefined ? {} : { emoji }) },
      });
    const becomes = (status: string, seconds: number) =>
      statusWebhook(business, { phone, name: "" }, { wamid: sent, at: after(seconds), status });
    const messages = Array.from({ length: MESSAGES }, (_, n) => {
      const reply = n === 7 ? { context: { id: wamidOf(business, phone, "3") } } : {};
      return says(String(n), 10 + n * 5, { ...text(story.private(`Bericht ${n} van ${phone}`)), ...reply });
    });
    return [
      ...messages.slice(0, 6),
      reacts("r1", 41, wamidOf(business, phone, "1"), "👍"),
      reacts("r2", 42, wamidOf(business, phone, "2"), "😀"),
      reacts("r3", 43, wamidOf(business, phone, "1"), "❤️"),
      becomes("delivered", 44),
      reacts("r4", 45, wamidOf(business, phone, "2"), undefined),
      ...messages.slice(6),
      reacts("r5", 90, wamidOf(business, phone, String(MESSAGES - 1)), "🎉"),
      reacts("r6", 91, sent, "🙏"),
      becomes("read", 92),
    ];
  });
}

async function inParallel(deliveries: readonly WebhookPayload[], random: Random): Promise<void> {
  const waiting = [...deliveries];
  const sender = async () => {
    for (let payload = waiting.pop(); payload !== undefined; payload = waiting.pop()) {
      expect(await story.webhook(payload)).toBe(200);
    }
  };
  await Promise.all(Array.from({ length: random.between(4, 12) }, sender));
}

/** What the tenant sees, in an order of its own, without ids and without the times of our own clock. */
async function shownTo({ client }: Tenant) {
  const conversations = await conversationsByPhone(client);
  return Promise.all(
    [...conversations.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, found]) => found)
      .map(async (conversation) => comparable(conversation, await messagesOf(client, conversation.id))),
  );
}

function comparable(conversation: Conversation, messages: readonly Message[]) {
  const { id: _, contact, channelId: __, openedAt: ___, lastMessage, ...rest } = conversation;
  const placeOf = (id: string | undefined) => messages.findIndex((message) => message.id === id);
  return {
    ...rest,
    contact: { name: contact.name, identities: contact.identities },
    lastMessage: lastMessage && { ...lastMessage, id: placeOf(lastMessage.id) },
    messages: messages.map(
      ({ id: _, conversationId: __, author, sentAt, statusAt, replyTo, reactions, ...message }) => ({
        ...message,
        author: author !== null,
        sentAt: message.direction === "inbound" ? sentAt : "ours",
        statusAt: { delivered: statusAt.delivered, read: statusAt.read },
        replyTo: replyTo === null ? null : placeOf(replyTo),
        reactions: reactions.map(({ emoji, at, from }) => ({ emoji, at, byContact: from === contact.id })),
      }),
    ),
  };
}
