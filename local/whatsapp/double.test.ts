import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { toInboundEvent } from "../../shared/channels/whatsapp/inbound.ts";
import { WhatsAppInboundBody } from "../../shared/channels/whatsapp/inboundBody.ts";
import { splitPayload } from "../../shared/channels/whatsapp/split.ts";
import { MessageContent } from "../../shared/conversations/content.ts";
import { fixedClock } from "../../shared/platform/testing/fixedClock.ts";
import { demoBusiness, demoPeople } from "./seed.ts";
import { startDouble, until } from "./testing.ts";

type Started = Awaited<ReturnType<typeof startDouble>>;
const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(options: Parameters<typeof startDouble>[0] = {}) {
  const double = await startDouble(options);
  stops.push(double.stop);
  return double;
}

const { phoneNumberId, accessToken } = demoBusiness;
const MAYA = "12025550143";
const graph = (double: Started, body: unknown, token = accessToken) =>
  fetch(`${double.origin}/simulator/graph/v25.0/${phoneNumberId}/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
const text = (body: string, to = "31600000001") => ({
  messaging_product: "whatsapp",
  to,
  type: "text",
  text: { body },
});
const say = (double: Started, message: object, person = "maya") =>
  double.post(`api/people/${person}/messages`, { phoneNumberId, ...message });
const bubblesOf = async (double: Started) => {
  const state: { bubbles: { id: string; type: string; status: string; reactions: object }[] } = JSON.parse(
    await (await fetch(`${double.origin}/simulator/api/state`)).text(),
  );
  return state.bubbles;
};

describe("what a person does", () => {
  async function upload(double: Started, type: string) {
    const response = await fetch(`${double.origin}/simulator/api/files?name=invoice.pdf`, {
      method: "POST",
      headers: { "content-type": type },
      body: "bytes",
    });
    return JSON.parse(await response.text()).id;
  }

  it("reaches the product as events that it understands", async () => {
    const double = await start();
    const media = async (type: string) => ({ file: await upload(double, type) });
    const messages = [
      { type: "text", text: "Hello" },
      { type: "text", text: "Yes", replyTo: "wamid.1" },
      { type: "text", text: "Look", forwarded: true },
      { type: "image", media: { ...(await media("image/jpeg")), caption: "Here" } },
      { type: "video", media: await media("video/mp4") },
      { type: "audio", media: { ...(await media("audio/ogg; codecs=opus")), voice: true } },
      { type: "document", media: await media("application/pdf") },
      { type: "sticker", media: await media("image/webp") },
      { type: "location", location: { latitude: 52.37, longitude: 4.89, name: "Dam" } },
      { type: "contacts", contact: { name: "Daan Visser", phone: "+31 20 555 0142" } },
      { type: "button_reply", id: "yes", title: "Yes" },
      { type: "list_reply", id: "1", title: "10:00", description: "Morning" },
      { type: "button", text: "Confirm" },
      { type: "unsupported", kind: "poll_creation" },
    ];
    for (const message of messages) expect((await say(double, message)).status, message.type).toBe(201);
    for (const person of demoPeople) await say(double, { type: "text", text: "Hi" }, person.id);
    await until(() => double.received.length === messages.length + demoPeople.length);
    const events = double.received.flatMap((payload) => {
      const split = splitPayload(payload, { receivedAt: new Date(), bytes: 1_000_000 });
      expect(split.leftovers).toEqual([]);
      return split.messages.map(({ body }) => toInboundEvent(WhatsAppInboundBody.parse(body), "chn_1"));
    });
    const said = events.map((event) => (event?.type === "message" ? MessageContent.parse(event.content) : undefined));
    const types = [
      "audio",
      "choice",
      "choice",
      "choice",
      "contacts",
      "document",
      "image",
      "location",
      "sticker",
      "text",
      "text",
      "text",
      "unsupported",
      "video",
    ];
    expect(said.map((content) => content?.type).sort()).toEqual([...types, ...demoPeople.map(() => "text")].sort());
    expect(said).toContainEqual({ type: "unsupported", providerType: "poll_creation" });
    expect(said).toContainEqual(expect.objectContaining({ type: "audio", voice: true }));
    expect(events).toContainEqual(expect.objectContaining({ replyToProviderId: "wamid.1" }));
    expect(events).toContainEqual(expect.objectContaining({ forwarded: true }));
    const identities = events.map((event) => event?.contact.identities.map(({ kind }) => kind).join(" "));
    expect(identities.filter((kinds) => kinds === "whatsapp-user")).toHaveLength(1);
    expect(double.webhook.badSignatures).toBe(0);
  });

  it("is refused by the double where no phone could do it", async () => {
    const double = await start();
    for (const wrong of [
      { type: "text", text: "" },
      { type: "text" },
      { type: "dance" },
      { type: "text", text: "a", more: 1 },
      {},
    ])
      expect((await say(double, wrong)).status).toBe(400);
    expect((await say(double, { type: "image", media: { file: "1" } })).status).toBe(404);
    expect((await say(double, { type: "text", text: "a" }, "nobody")).status).toBe(404);
    const url = `${double.origin}/simulator/api/people/maya/messages`;
    const headers = { "sec-fetch-site": "cross-site" };
    const body = JSON.stringify({ phoneNumberId, type: "text", text: "from elsewhere" });
    expect((await fetch(url, { method: "POST", headers, body })).status, "another site's page").toBe(403);
  });

  it("shows two ticks once the webhook was acknowledged, after as many calls as it takes", async () => {
    const double = await start();
    double.webhook.status = 503;
    const { body } = await say(double, { type: "text", text: "Hello" });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(await bubblesOf(double)).toMatchObject([{ id: body.id, status: "sent" }]);
    double.webhook.status = 200;
    await until(() => double.received.length > 0);
    await double.idle();
    expect(await bubblesOf(double)).toMatchObject([{ status: "delivered" }]);
    expect(double.received).toHaveLength(1);
  });
});

describe("what the business does", () => {
  it("is refused with Meta's codes when it is not allowed", async () => {
    const double = await start({ pairRate: { burst: 2, seconds: 6 } });
    const refusal = async (body: unknown, token?: string) => {
      const response = await graph(double, body, token);
      const answer = JSON.parse(await response.text());
      return [response.status, answer.error?.code];
    };
    expect(await refusal(text("Hi"), "wrong")).toEqual([401, 190]);
    expect(await refusal({ ...text("Hi"), oops: 1 })).toEqual([400, 100]);
    expect(await refusal({ messaging_product: "whatsapp", type: "text", text: { body: "Hi" } })).toEqual([400, 100]);
    expect(await refusal(text("Hi", MAYA)), "she never wrote").toEqual([400, 131047]);
    const template = (name: string, texts: string[]) => ({
      messaging_product: "whatsapp",
      to: MAYA,
      type: "template",
      template: {
        name,
        language: { code: "en" },
        ...(texts.length === 0
          ? {}
          : { components: [{ type: "body", parameters: texts.map((each) => ({ type: "text", text: each })) }] }),
      },
    });
    expect(await refusal(template("nothing", []))).toEqual([400, 132001]);
    expect(await refusal(template("old_offer", []))).toEqual([400, 132015]);
    const other = (body: string) => text(body, "31600000002");
    expect(await refusal(other("#error 131026"))).toEqual([400, 131026]);
    expect(await refusal(other("one"))).toEqual([200, undefined]);
    expect(await refusal(other("two"))).toEqual([200, undefined]);
    expect(await refusal(other("three"))).toEqual([400, 131056]);
    const url = `${double.origin}/simulator/graph/v25.0/999/messages`;
    expect((await fetch(url, { method: "POST", headers: { authorization: "Bearer x" }, body: "{}" })).status).toBe(400);
  });

  it("may write freely for 24 hours after the person wrote, and by template at any time", async () => {
    const clock = { ...fixedClock(), sleep: () => new Promise<void>((resolve) => setTimeout(resolve, 1)) };
    const double = await start({ clock });
    await say(double, { type: "text", text: "Hello" });
    expect((await graph(double, text("Hi", MAYA))).status).toBe(200);
    clock.advance(24 * 60 * 60 * 1000 + 1000);
    expect((await graph(double, text("Still there?", MAYA))).status).toBe(400);
    const template = {
      messaging_product: "whatsapp",
      to: MAYA,
      type: "template",
      template: { name: "follow_up", language: { code: "en" } },
    };
    expect((await graph(double, template)).status).toBe(200);
  });

  it("is delivered, and read once the chat is open", async () => {
    const double = await start();
    await say(double, { type: "text", text: "Hello" });
    await graph(double, { ...text("Hi", MAYA), biz_opaque_callback_data: "cnv:msg" });
    await until(() => double.arrived("statuses").length === 2);
    expect(
      double
        .arrived("statuses")
        .map(({ status }) => status)
        .sort(),
    ).toEqual(["delivered", "sent"]);
    await double.post("api/open", { page: "p", chats: [{ personId: "maya", phoneNumberId }] });
    const read = await until(() => double.arrived("statuses").find(({ status }) => status === "read"));
    expect(read).toMatchObject({
      recipient_id: MAYA,
      recipient_user_id: expect.any(String),
      biz_opaque_callback_data: "cnv:msg",
    });
    await graph(double, text("More", MAYA));
    await until(() => double.arrived("statuses").filter(({ status }) => status === "read").length === 2);
  });

  it("fails later when the text asks for it", async () => {
    const double = await start();
    expect((await graph(double, text("#fail 131026"))).status).toBe(200);
    const failed = await until(() => double.arrived("statuses")[0]);
    expect(failed).toMatchObject({ status: "failed", errors: [{ code: 131026 }] });
  });

  it("can have a second number, with an app of its own", async () => {
    const double = await start();
    const other = {
      name: "Other",
      phoneNumberId: "300000000000001",
      displayPhoneNumber: "+31 20 555 0199",
      businessAccountId: "400000000000001",
      accessToken: "other",
      appSecret: "own secret",
    };
    expect((await double.post("businesses", other)).status).toBe(201);
    await double.post("api/people/maya/messages", { phoneNumberId: other.phoneNumberId, type: "text", text: "Hello" });
    await until(() => double.received.length > 0);
    expect(double.webhook.badSignatures, "signed by the other app").toBe(1);
  });
});

describe("the double", () => {
  it("survives a restart with its chats, its files and its unacknowledged webhooks", async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), "phones-"));
    stops.push(() => rmSync(dataFolder, { recursive: true }));
    const first = await startDouble({ dataFolder });
    first.webhook.status = 500;
    const { body } = await say(first, { type: "text", text: "Hello" });
    await first.stop();
    const second = await start({ dataFolder });
    const [message] = await until(() => second.arrived("messages").length > 0 && second.arrived("messages"));
    expect(message).toMatchObject({ id: body.id, text: { body: "Hello" } });
    expect(await bubblesOf(second)).toMatchObject([{ id: body.id }]);
  });

  it("starts anew beside a file that it cannot read", async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), "phones-"));
    stops.push(() => rmSync(dataFolder, { recursive: true }));
    writeFileSync(join(dataFolder, "phones.json"), "{");
    expect(await bubblesOf(await start({ dataFolder }))).toEqual([]);
  });

  it("serves its page, and nothing outside it", async () => {
    const double = await start();
    const page = await fetch(`${double.origin}/simulator/phones`);
    expect([page.status, page.headers.get("content-type"), page.url.endsWith("/")]).toEqual([
      200,
      "text/html; charset=utf-8",
      true,
    ]);
    expect(await page.text()).toContain('src="app.js"');
    for (const path of [
      "phones/..%2fdouble.ts",
      "phones/%2e%2e/double.ts",
      "phones/nothing.js",
      "api/files/..%2f..%2fphones.json",
      "nothing",
    ])
      expect((await fetch(`${double.origin}/simulator/${path}`)).status, path).toBe(404);
    expect((await fetch(`${double.origin}/simulator/phones/app.js`)).headers.get("content-security-policy")).toContain(
      "default-src 'none'",
    );
  });

  it("tells pages at once what happens", async () => {
    const double = await start();
    const stream = await fetch(`${double.origin}/simulator/api/events?page=p`);
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toContain("event: ready");
    await say(double, { type: "text", text: "Hello" });
    expect((await reader?.read())?.value).toMatch(/event: bubble\ndata: .*"Hello"/);
    await reader?.cancel();
  });
});
