import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ON_AZURE } from "../harness/platform.ts";
import { conversationsByPhone, messagesOf } from "../harness/shown.ts";
import { letTimePass } from "../harness/storedFiles.ts";
import { Story, type Tenant } from "../harness/story.ts";
import { until } from "../harness/until.ts";
import { text } from "../harness/whatsapp.ts";

const SHOP = { phoneNumberId: "100000000000361", displayPhoneNumber: "+31 20 555 0361" };
const CUSTOMER = { phone: "31699000361", name: "Afvoerpijp" };

let story: Story;
let tenant: Tenant;
let conversationId = "";
beforeAll(async () => {
  story = await Story.begin({}, async () => ({ DRAIN_SECONDS: "1" }));
  tenant = await story.signUp("draining");
  await tenant.connect("shop", SHOP);
  await story.says(SHOP, CUSTOMER, { wamid: "wamid.draining.1", content: text(story.private("Is er iemand?")) });
  conversationId = await until("the conversation is shown", async () => {
    const [conversation] = (await conversationsByPhone(tenant.client)).get(CUSTOMER.phone) ?? [];
    return conversation?.id;
  });
}, 120_000);
afterAll(() => story.end());

async function post(words: string): Promise<void> {
  const body = { type: "text", text: story.private(words) };
  const { status } = await tenant.client.post(`conversations/${conversationId}/messages`, body);
  expect(status).toBe(202);
}

async function shown(words: string) {
  const messages = await messagesOf(tenant.client, conversationId);
  return messages.find((message) => message.type === "text" && message.text === words);
}

const sendsOf = (words: string) => story.provider.sends.filter((send) => send.text === words).length;

// What must pass here is a minute, which only files can be told.
describe.skipIf(ON_AZURE)("a drain while the provider hangs", () => {
  it.each([
    { how: "before", words: "Blijft steken voor de ontvangst", sends: 0 },
    { how: "after", words: "Blijft steken na de ontvangst", sends: 1 },
  ] as const)(
    "$how it has accepted a message: sent at most once, and what waits behind it is sent",
    {
      timeout: 120_000,
    },
    async ({ how, words, sends }) => {
      story.provider.hang(how);
      const comingIn = story.provider.nextSend(30_000);
      await post(words);
      await comingIn;
      await post(`Daarachter: ${words}`);
      const told = performance.now();
      expect(await story.stop()).toBe(0);
      expect(performance.now() - told).toBeLessThan(9_000);
      expect(story.output()).toContain("is given back");

      story.provider.hang(undefined);
      letTimePass(story.dataFolder, 2);
      await story.start();
      await until("the other one is sent", () => sendsOf(`Daarachter: ${words}`) === 1);
      await story.settled();
      const message = await shown(words);
      if (sends === 0) expect(message).toMatchObject({ status: "failed", error: { code: "outcome-unknown" } });
      else expect(message?.status).toMatch(/^(sent|delivered|read)$/);
      expect([sendsOf(words), sendsOf(`Daarachter: ${words}`)]).toEqual([sends, 1]);
    },
  );
});

it("prints nothing of it", () => {
  expect(story.leaks()).toEqual([]);
});
