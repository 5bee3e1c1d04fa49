import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { APP_SECRET } from "../harness/installation.ts";
import { conversationsByPhone, messagesOf } from "../harness/shown.ts";
import { Story, type Tenant } from "../harness/story.ts";
import { until } from "../harness/until.ts";
import { messageWebhook, signed, text } from "../harness/whatsapp.ts";

const SHOP = { phoneNumberId: "100000000000321", displayPhoneNumber: "+31 20 555 0321" };
/** Numbers that nobody has connected. */
const LATE_SHOP = { phoneNumberId: "100000000000322", displayPhoneNumber: "+31 20 555 0322" };
const NO_SHOP = { phoneNumberId: "100000000000323", displayPhoneNumber: "+31 20 555 0323" };
const EARLY_BIRD = { phone: "31699000322", name: "Vroege Vogel" };
const STRANGER = { phone: "31699000323", name: "Vreemde Eend" };

let story: Story;
let tenant: Tenant;
beforeAll(async () => {
  story = await Story.begin();
  tenant = await story.signUp("webhooks");
  await tenant.connect("shop", SHOP);
}, 120_000);
afterAll(() => story.end());

describe("a webhook call that is not right", () => {
  const message = { wamid: "wamid.hooks.0", at: new Date(), content: text("Ongetekend briefje") };
  const payload = messageWebhook(SHOP, { phone: "31699000321", name: "Sluwe Vos" }, message);
  const post = (body: string, signature: string) =>
    fetch(story.webhookUrl, { method: "POST", body, headers: { "x-hub-signature-256": signature } });
  const right = signed(payload, APP_SECRET);

  it.each([
    [
      "another secret",
      signed(payload, "another secret").headers["x-hub-signature-256"] ?? "",
      401,
      "invalid-signature",
    ],
    ["no signature", "", 401, "invalid-signature"],
    [
      "a signature of something else",
      signed({}, APP_SECRET).headers["x-hub-signature-256"] ?? "",
      401,
      "invalid-signature",
    ],
  ])("is refused with %s, and nothing is stored", async (_, signature, status, code) => {
    story.private("Ongetekend briefje");
    const answer = await post(right.body, signature);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ code });
    expect(await story.undone()).toMatchObject({ queued: [], parked: [] });
    expect((await conversationsByPhone(tenant.client)).size).toBe(0);
  });

  it("is refused as malformed, though signed, when it is no JSON", async () => {
    const broken = `${story.private("Half briefje")}{"entry":`;
    const answer = await post(broken, `sha256=${createHmac("sha256", APP_SECRET).update(broken).digest("hex")}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: "malformed-json" });
    expect(await story.undone()).toMatchObject({ queued: [], parked: [] });
  });
});

describe("a message that cannot be taken in", () => {
  /** All in one lane, each failing five times, so that the lane stays busy for a while. */
  const POISON = 300;
  const NEIGHBOURS = 20;

  it("is parked with its reason after its last delivery, while neighbours arrive undelayed", {
    timeout: 120_000,
  }, async () => {
    story.private("Giftig briefje");
    const poison = Array.from({ length: POISON }, (_, n) => {
      const message = { wamid: `wamid.poison.${n}`, at: new Date(), content: text(`Giftig briefje ${n}`) };
      return messageWebhook(NO_SHOP, STRANGER, message).entry;
    });
    for (const told of [STRANGER.name, STRANGER.phone]) story.private(told);
    expect(await story.webhook({ object: "whatsapp_business_account", entry: poison.flat() })).toBe(200);
    await Promise.all(
      Array.from({ length: NEIGHBOURS }, (_, n) => {
        const neighbour = { phone: `3169910032${String(n).padStart(2, "0")}`, name: `Buurman ${n}` };
        const content = text(story.private(`Gezond briefje ${n}`));
        return story.says(SHOP, neighbour, { wamid: `wamid.neighbour.${n}`, content });
      }),
    );
    await until("the neighbours arrived", async () => (await conversationsByPhone(tenant.client)).size === NEIGHBOURS);
    const whenNeighboursHadArrived = (await story.undone()).parked.length;
    await until("all poison is parked", async () => (await story.undone()).parked.length === POISON);

    expect(whenNeighboursHadArrived).toBeLessThan(POISON);
    for (const parked of (await story.undone()).parked) expect(parked).toMatch(/^inbound: .*unknown-phone-number$/);
    expect((await story.undone()).queued).toEqual([]);
  });

  it("is listed without its text, and arrives when it is replayed after the number was connected", {
    timeout: 120_000,
  }, async () => {
    const content = text(story.private("Hallo, is daar al iemand?"));
    await story.says(LATE_SHOP, EARLY_BIRD, { wamid: "wamid.early.0", content });
    await until("it is parked", async () => (await story.undone()).parked.length === POISON + 1);

    const listed = await cordboard("dead-letters", "list", "inbound");
    const line = listed.trimEnd().split("\n").at(-1) ?? "";
    expect(line).toMatch(/^inbound\s+\d+\s+lane_\w+\s+5\s+.*unknown-phone-number\s+\d{4}-/);
    expect(listed).not.toMatch(new RegExp(`briefje|iemand|${EARLY_BIRD.phone}|${STRANGER.phone}`));

    const [, sequence = ""] = line.split(/\s+/);
    // Too early: it fails again, and is parked again.
    await cordboard("dead-letters", "replay", "inbound", sequence);
    await until("it is parked again", async () => (await story.undone()).parked.length === POISON + 1);

    await tenant.connect("late", LATE_SHOP);
    const again = (await cordboard("dead-letters", "list", "inbound")).trimEnd().split("\n").at(-1) ?? "";
    expect(await cordboard("dead-letters", "replay", "inbound", again.split(/\s+/)[1] ?? "")).toContain(
      "Replayed 1 message of inbound",
    );
    const conversation = await until(
      "it arrived",
      async () => (await conversationsByPhone(tenant.client)).get(EARLY_BIRD.phone)?.[0],
    );
    expect(await messagesOf(tenant.client, conversation.id)).toMatchObject([
      { direction: "inbound", text: "Hallo, is daar al iemand?" },
    ]);
    expect((await story.undone()).parked).toHaveLength(POISON);
  });

  it("is told of in the logs by ids and reason alone", () => {
    const lines = story.output().split("\n");
    expect(lines.some((line) => line.includes('"message parked"') && line.includes('"unknown-phone-number"'))).toBe(
      true,
    );
    expect(story.leaks()).toEqual([]);
  });

  async function cordboard(...args: string[]): Promise<string> {
    const main = join(import.meta.dirname, "../../installer/main.ts");
    const env = { PATH: process.env.PATH ?? "", ...(await story.operatorSettings()) };
    return (await promisify(execFile)(process.execPath, [main, ...args], { env })).stdout;
  }
});
