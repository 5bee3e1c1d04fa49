import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../../local/whatsapp/model.ts";
import type { Message } from "../../shared/conversations/model.ts";
import { conversationsByPhone, messagesOf } from "../harness/shown.ts";
import { Story, type Tenant } from "../harness/story.ts";
import { until } from "../harness/until.ts";
import { text } from "../harness/whatsapp.ts";

/** What an agent writes, on its way to the customer and back: the double accepts it and calls the webhook, signed. */
const SHOP = { phoneNumberId: "100000000000341", displayPhoneNumber: "+31 20 555 0341" };
const PIET: Person = { id: "piet", name: "Piet Pluimveeboer", phone: "31699000341", userId: "NL.99000341" };
const LONG_AGO = { phone: "31699000342", name: "Sinds Lang Vertrokken" };
const HOUR = 3_600_000;
const LONG = { timeout: 120_000 };

let story: Story;
let tenant: Tenant;
beforeAll(async () => {
  story = await Story.begin({ people: [PIET], delays: { sent: 20, delivered: 60, read: 20 } });
  tenant = await story.signUp("replies");
  await tenant.connect("shop", SHOP);
}, 120_000);
afterAll(() => story.end());

const conversationOf = (phone: string) =>
  until("the conversation is there", async () => (await conversationsByPhone(tenant.client)).get(phone)?.[0]);

const post = (conversationId: string, body: unknown) =>
  tenant.client.post(`conversations/${conversationId}/messages`, body);

const messageWhen = (conversationId: string, id: string, isSo: (message: Message) => boolean) =>
  until("the message is as it should be", async () =>
    (await messagesOf(tenant.client, conversationId)).find((message) => message.id === id && isSo(message)),
  );

describe("an agent's reply", () => {
  it("is queued, sent, delivered and, once the customer looks, read", LONG, async () => {
    const said = {
      type: "text",
      text: story.private("Goedemorgen, zijn de kippen er?"),
      phoneNumberId: SHOP.phoneNumberId,
    };
    await story.provider.post("api/people/piet/messages", said);
    const { id } = await conversationOf(PIET.phone ?? "");

    const posted = await post(id, { type: "text", text: story.private("Zeker, ze scharrelen al rond") });
    expect(posted).toMatchObject({ status: 202, body: { status: "queued", direction: "outbound" } });
    const delivered = await messageWhen(id, posted.body.id, ({ status }) => status === "delivered");
    expect(delivered.statusAt).toMatchObject({ queued: expect.any(String), sent: expect.any(String) });
    expect(delivered.statusAt.read).toBeUndefined();

    const chats = [{ personId: "piet", phoneNumberId: SHOP.phoneNumberId }];
    await story.provider.post("api/open", { page: "a-page", chats });
    const read = await messageWhen(id, posted.body.id, ({ status }) => status === "read");
    expect(Object.keys(read.statusAt).toSorted()).toEqual(["delivered", "queued", "read", "sent"]);
    expect(story.provider.sends.map(({ text: sent }) => sent)).toEqual(["Zeker, ze scharrelen al rond"]);
  });

  it.each([
    ["at once", "answer"],
    ["by webhook", "status"],
  ] as const)("shows in words what the provider refused %s", LONG, async (_, as) => {
    const { id } = await conversationOf(PIET.phone ?? "");
    await story.provider.post("errors", { code: 131026, as });
    const posted = await post(id, { type: "text", text: story.private(`Dit komt nooit aan (${as})`) });
    const failed = await messageWhen(id, posted.body.id, ({ status }) => status === "failed");
    expect(failed.error).toEqual({
      code: "whatsapp:131026",
      message: expect.stringMatching(/could not deliver/),
      remedy: "contact-elsewhere",
    });
    const next = await post(id, { type: "text", text: story.private(`En dit wel (${as})`) });
    await messageWhen(id, next.body.id, ({ status }) => status === "delivered" || status === "read");
  });
});

describe("when the customer's window is closed", () => {
  it("free text is refused with the reason, and a template goes through", LONG, async () => {
    const at = new Date(Date.now() - 25 * HOUR);
    const content = text(story.private("Ik ben even weg"));
    await story.says(SHOP, LONG_AGO, { wamid: "wamid.replies.gone", at, content });
    const { id, windowExpiresAt } = await conversationOf(LONG_AGO.phone);
    expect(Date.parse(windowExpiresAt ?? "")).toBeLessThan(Date.now());

    const sentBefore = story.provider.sends.length;
    const refused = await post(id, { type: "text", text: story.private("Bent u daar nog ergens?") });
    expect(refused).toMatchObject({ status: 422, body: { code: "window-closed" } });
    expect(await messagesOf(tenant.client, id)).toHaveLength(1);

    const { body } = await tenant.client.get(`conversations/${id}/templates`);
    expect(body.items).toContainEqual(expect.objectContaining({ name: "appointment_reminder", parameterCount: 3 }));
    const parameters = [story.private("Vertrokkene"), "Tuesday", "10:30"];
    const posted = await post(id, {
      type: "template",
      template: { name: "appointment_reminder", language: "en", parameters },
    });
    expect(posted.status).toBe(202);
    const delivered = await messageWhen(id, posted.body.id, ({ status }) => status === "delivered");
    expect(delivered).toMatchObject({
      text: "Hello Vertrokkene, this is a reminder of your appointment on Tuesday at 10:30.",
    });
    expect(story.provider.sends.slice(sentBefore)).toMatchObject([{ type: "template", to: LONG_AGO.phone }]);
  });
});

it("prints nothing of it", LONG, async () => {
  await story.settled();
  expect(story.leaks()).toEqual([]);
});
