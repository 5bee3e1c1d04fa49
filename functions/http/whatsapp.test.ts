import { createHmac } from "node:crypto";
import { HttpRequest, InvocationContext } from "@azure/functions";
import { describe, expect, it } from "vitest";
import {
  contact,
  MESSAGES,
  PHONE_NUMBER_ID,
  payload,
  STATUSES,
} from "../../shared/channels/whatsapp/testing/payloads.ts";
import { WhatsAppWebhook } from "../../shared/channels/whatsapp/webhook.ts";
import { Problem } from "../../shared/platform/errors.ts";
import { RateLimiter } from "../../shared/platform/http/rateLimit.ts";
import type { Route } from "../../shared/platform/http/route.ts";
import { serve } from "../../shared/platform/http/serve.ts";
import { openSqliteQueue } from "../../shared/platform/queue/sqlite/sqliteQueue.ts";
import { fixedClock } from "../../shared/platform/testing/fixedClock.ts";
import { silentTelemetry } from "../../shared/platform/testing/silentTelemetry.ts";
import type { Services } from "../services.ts";
import { servicesWith } from "../testing/servicesWith.ts";
import {
  receiveKeyedWhatsAppWebhook,
  receiveWhatsAppWebhook,
  verifyKeyedWhatsAppWebhook,
  verifyWhatsAppWebhook,
} from "./whatsapp.ts";

const APP = { appSecret: "the installation's secret", verifyToken: "the installation's token" };
const OWN = { appSecret: "the tenant's secret", verifyToken: "the tenant's token", phoneNumberId: PHONE_NUMBER_ID };
const KEY = "whk_0123456789";

function harness() {
  const clock = fixedClock();
  const telemetry = silentTelemetry();
  const queue = openSqliteQueue({ file: ":memory:", clock });
  const sender = {
    refuses: false,
    send: (...args: Parameters<typeof queue.send>) =>
      sender.refuses ? Promise.reject(new Problem("unavailable")) : queue.send(...args),
  };
  const whatsapp = new WhatsAppWebhook({
    ...APP,
    queue: sender,
    clock,
    telemetry,
    channelByWebhookKey: async (key) => (key === KEY ? OWN : undefined),
  });
  const context = {
    authenticate: async () => undefined,
    limiter: new RateLimiter(clock),
    telemetry,
    clock,
    secureCookies: true,
  };

  async function call(
    route: Route<Services>,
    init: {
      query?: Record<string, string>;
      body?: string | Uint8Array;
      headers?: Record<string, string>;
      key?: string;
    },
  ) {
    const request = new HttpRequest({
      method: route.method,
      url: "http://localhost/api/webhooks/whatsapp",
      ...(init.key === undefined ? {} : { params: { key: init.key } }),
      ...(init.query === undefined ? {} : { query: init.query }),
      ...(init.headers === undefined ? {} : { headers: init.headers }),
      ...(init.body === undefined ? {} : { body: { bytes: Buffer.from(init.body) } }),
    });
    const response = (await serve(route, servicesWith({ whatsapp }), context)(request, new InvocationContext())) ?? {};
    return { status: response.status, body: response.body, type: new Headers(response.headers).get("content-type") };
  }
  const post = (body: unknown, secret = APP.appSecret, key?: string, signed = body) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const over = typeof signed === "string" ? signed : JSON.stringify(signed);
    const signature = `sha256=${createHmac("sha256", secret).update(over).digest("hex")}`;
    const route = key === undefined ? receiveWhatsAppWebhook : receiveKeyedWhatsAppWebhook;
    return call(route, {
      body: text,
      headers: { "x-hub-signature-256": signature },
      ...(key === undefined ? {} : { key }),
    });
  };
  async function stored() {
    const found = [];
    for (
      let session = await queue.acceptNextSession("inbound");
      session;
      session = await queue.acceptNextSession("inbound")
    ) {
      for (const delivery of await session.receive(100)) {
        found.push(delivery);
        await session.complete(delivery);
      }
      await session.close();
    }
    return found;
  }
  return { call, post, stored, sender, telemetry };
}

const message = payload({ contacts: [contact], messages: [MESSAGES.text] });

describe("verification", () => {
  const query = { "hub.mode": "subscribe", "hub.verify_token": APP.verifyToken, "hub.challenge": "1158201444" };

  it("answers the challenge as plain text", async () => {
    const { call } = harness();
    expect(await call(verifyWhatsAppWebhook, { query })).toEqual({
      status: 200,
      body: "1158201444",
      type: "text/plain; charset=utf-8",
    });
    const own = { ...query, "hub.verify_token": OWN.verifyToken };
    expect(await call(verifyKeyedWhatsAppWebhook, { query: own, key: KEY })).toMatchObject({
      status: 200,
      body: "1158201444",
    });
  });

  it("refuses a wrong token, mode or challenge, and does not know unknown keys", async () => {
    const { call } = harness();
    const wrong = [
      {},
      { ...query, "hub.verify_token": "x" },
      { ...query, "hub.verify_token": OWN.verifyToken },
      { ...query, "hub.mode": "unsubscribe" },
      { ...query, "hub.challenge": "" },
      { ...query, "hub.challenge": "a\u0007" },
    ];
    for (const one of wrong) expect((await call(verifyWhatsAppWebhook, { query: one })).status).toBe(403);
    expect((await call(verifyKeyedWhatsAppWebhook, { query, key: KEY })).status).toBe(403);
    for (const key of ["whk_9999999999", "x", "../../../etc"])
      expect((await call(verifyKeyedWhatsAppWebhook, { query, key })).status).toBe(404);
  });
});

describe("a webhook", () => {
  it("is durable when it is acknowledged, and a replay adds nothing", async () => {
    const { post, stored } = harness();
    expect((await post(message)).status).toBe(200);
    expect((await post(message)).status).toBe(200);
    expect(await stored()).toMatchObject([
      { body: { kind: "message", phoneNumberId: PHONE_NUMBER_ID, message: MESSAGES.text, contact } },
    ]);
    await post(message);
    expect(await stored()).toEqual([]);
  });

  it("keeps a person's events in one lane, in order", async () => {
    const { post, stored } = harness();
    const messages = [1, 2, 3].map((n) => ({ ...MESSAGES.text, id: `wamid.${n}` }));
    await post(payload({ contacts: [contact], messages, statuses: [STATUSES.read] }));
    const found = await stored();
    expect(new Set(found.map(({ sessionId }) => sessionId)).size).toBe(1);
    expect(found.map(({ body }) => body)).toMatchObject([
      ...messages.map((each) => ({ message: each })),
      { status: STATUSES.read },
    ]);
  });

  it("with a wrong signature is refused, and nothing is stored", async () => {
    const { call, post, stored } = harness();
    const text = JSON.stringify(message);
    const refused = [
      await post(message, "another secret"),
      await post(message, OWN.appSecret),
      await post(message, APP.appSecret, KEY),
      await post(`${text} `, APP.appSecret, undefined, text),
      await post("not json", "another secret"),
      await call(receiveWhatsAppWebhook, { body: text }),
      await call(receiveWhatsAppWebhook, { body: text, headers: { "x-hub-signature": "sha1=00" } }),
    ];
    expect(refused.map(({ status }) => status)).toEqual(Array(7).fill(401));
    expect(await stored()).toEqual([]);
  });

  it("of malformed JSON is refused", async () => {
    const { post, stored } = harness();
    for (const text of ["", "{", '{"entry":[}', "\u0000"]) expect((await post(text)).status).toBe(400);
    expect(await stored()).toEqual([]);
  });

  it("that is odd but signed is acknowledged, kept where it can be read, and reported without what people wrote", async () => {
    const { post, stored, telemetry } = harness();
    for (const odd of [
      null,
      1,
      [],
      {},
      { entry: {} },
      { entry: [{}] },
      payload({ messages: { a: 1 } }),
      payload({}, "account_update"),
    ])
      expect((await post(odd)).status, JSON.stringify(odd)).toBe(200);
    expect(await stored()).toEqual([]);
    const secret = "a private sentence";
    await post(
      payload({ messages: [{ text: { body: secret } }, MESSAGES.text], errors: [{ code: 130429, message: secret }] }),
    );
    expect(await stored()).toHaveLength(1);
    expect(telemetry.lines.map(({ fields }) => fields?.reason)).toEqual(
      expect.arrayContaining([
        "no-entries",
        "unused-field account_update",
        "unreadable-message",
        "provider-error 130429",
      ]),
    );
    expect(JSON.stringify(telemetry.lines)).not.toContain(secret);
  });

  it("asks to be sent again when the queue refuses", async () => {
    const { post, sender, stored } = harness();
    sender.refuses = true;
    expect((await post(message)).status).toBe(503);
    sender.refuses = false;
    expect((await post(message)).status).toBe(200);
    expect(await stored()).toHaveLength(1);
  });

  it("may reach 3 MB; more than 4 MB is refused", async () => {
    const { post, stored } = harness();
    const messages = Array.from({ length: 1000 }, (_, n) => ({
      ...MESSAGES.text,
      id: `wamid.${n}`,
      text: { body: "x".repeat(3000) },
    }));
    expect((await post(payload({ contacts: [contact], messages }))).status).toBe(200);
    expect(await stored()).toHaveLength(1000);
    expect((await post("x".repeat(4 * 1024 * 1024 + 1))).status).toBe(413);
    const flood = payload({
      messages: Array.from({ length: 10_001 }, (_, n) => ({ id: `w${n}`, from: "31612345678" })),
    });
    expect((await post(flood)).status).toBe(413);
  });
});

describe("a webhook with a key", () => {
  it("takes in its own channel's number only", async () => {
    const { post, stored, telemetry } = harness();
    const foreign = payload({ metadata: { phone_number_id: "999" }, messages: [MESSAGES.image] });
    expect((await post(message, OWN.appSecret, KEY)).status).toBe(200);
    expect((await post(foreign, OWN.appSecret, KEY)).status).toBe(200);
    expect(await stored()).toHaveLength(1);
    expect(telemetry.lines).toMatchObject([{ fields: { reason: "foreign-phone-number" } }]);
  });

  it("that nobody has is not found", async () => {
    const { post } = harness();
    expect((await post(message, APP.appSecret, "whk_unknown_key")).status).toBe(404);
  });
});
