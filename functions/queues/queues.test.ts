import { describe, expect, it } from "vitest";
import { splitPayload } from "../../shared/channels/whatsapp/split.ts";
import { contact, MESSAGES, PHONE_NUMBER_ID, payload } from "../../shared/channels/whatsapp/testing/payloads.ts";
import type { Configuration } from "../../shared/configuration/service.ts";
import { CHANNEL, harness, inboundMessage, TENANT } from "../../shared/conversations/testing/harness.ts";
import { EventsMessage } from "../../shared/platform/outbox/outbox.ts";
import { runDelivery } from "../../shared/platform/queue/handler.ts";
import { Parked, recordParkedIn, SYSTEM_TENANT } from "../../shared/platform/queue/parked.ts";
import { QUEUES, type QueueName } from "../../shared/platform/queue/queues.ts";
import type { Realtime, RealtimeMessage } from "../../shared/platform/realtime/port.ts";
import { faults } from "../../shared/platform/testing/faults.ts";
import type { Services } from "../services.ts";
import { servicesWith } from "../testing/servicesWith.ts";
import { outboxSweep } from "../timers/outboxSweep.ts";
import { events } from "./events.ts";
import { inbound } from "./inbound.ts";
import { media } from "./media.ts";
import { outbound } from "./outbound.ts";

const FUNCTIONS = { inbound, outbound, media, events };

function setUp(options: Parameters<typeof harness>[0] = {}) {
  const h = harness(options);
  const published: { readonly tenantId: string; readonly message: RealtimeMessage }[] = [];
  const realtime: Realtime = {
    publish: async (tenantId, messages) => {
      for (const message of messages) published.push({ tenantId, message });
    },
    negotiate: () => Promise.reject(new Error("not asked for")),
    closeUser: async () => undefined,
    ping: async () => undefined,
  };
  const channelByPhoneNumberId: Configuration["channelByPhoneNumberId"] = async (phoneNumberId) =>
    phoneNumberId === PHONE_NUMBER_ID ? { tenantId: TENANT, channelId: CHANNEL } : undefined;
  const { conversations, contacts, media: files, outbox, telemetry, clock } = h;
  const services: Services = servicesWith({
    conversations,
    contacts,
    media: files,
    outbox,
    telemetry,
    clock,
    realtime,
    // The door uses this of it and nothing else.
    configuration: { channelByPhoneNumberId } as Configuration,
  });
  const context = { telemetry, clock, recordParked: recordParkedIn(h.documents, clock) };

  /** Works off one queue as the host does: each failing delivery comes again until it is parked. */
  async function run(name: QueueName): Promise<void> {
    for (
      let session = await h.queue.acceptNextSession(name);
      session;
      session = await h.queue.acceptNextSession(name)
    ) {
      for (;;) {
        const [delivery] = await session.receive(1);
        if (delivery === undefined) break;
        try {
          await runDelivery(FUNCTIONS[name], delivery.body, delivery, services, context);
          await session.complete(delivery);
        } catch {
          await session.abandon(delivery, "failed");
        }
      }
      await session.close();
    }
  }

  const webhook = (value: Parameters<typeof payload>[0]) =>
    h.queue.send("inbound", splitPayload(payload(value), { receivedAt: clock.now(), bytes: 1000 }).messages);
  return { ...h, run, webhook, published, services };
}

describe("the queues", () => {
  it("bring a customer's photo from the webhook to the desks", async () => {
    const h = setUp();
    h.channel.files.set("1003383421387256", { bytes: Buffer.from("jpeg"), mimeType: "image/jpeg" });
    await h.webhook({ contacts: [contact], messages: [MESSAGES.image] });
    for (const name of ["inbound", "media", "events"] as const) await h.run(name);
    expect(h.published.map(({ tenantId, message }) => [tenantId, message.type])).toEqual(
      ["contact.created", "conversation.opened", "message.received", "media.stored"].map((type) => [TENANT, type]),
    );
    expect(h.published.at(-1)?.message.data).toMatchObject({
      conversation: { contact: { name: "Sheena Nelson" } },
      message: { type: "image", caption: "Taj Mahal", media: { status: "stored" } },
    });
  });

  it("send what an agent wrote, and tell the desks", async () => {
    const h = setUp();
    await h.takeIn(inboundMessage(0));
    const { id } = await h.only();
    const caller = { ...h.inbound, actor: { type: "user", userId: "usr_1", role: "agent", sessionId: "s" } } as const;
    await h.conversations.post(caller, id, { type: "text", text: "Hello" }, undefined);
    for (const name of ["outbound", "events"] as const) await h.run(name);
    expect(h.channel.sent).toHaveLength(1);
    expect(h.published.map(({ message }) => message.type).slice(-2)).toEqual([
      "message.queued",
      "message.status-changed",
    ]);
  });

  it("park what is for a number nobody has, with its reason, and let its neighbours through", async () => {
    const h = setUp();
    const unknown = JSON.parse(
      JSON.stringify(payload({ contacts: [contact], messages: [MESSAGES.text] })).replaceAll(
        PHONE_NUMBER_ID,
        "999999999",
      ),
    );
    const split = splitPayload(unknown, { receivedAt: h.clock.now(), bytes: 1000 });
    await h.queue.send("inbound", [
      ...split.messages,
      { messageId: "poison", sessionId: "lane-x", body: { odd: true } },
    ]);
    await h.webhook({ contacts: [contact], messages: [MESSAGES.text] });
    await h.run("inbound");
    expect(await h.thread((await h.only()).id)).toHaveLength(1);
    const parked = await h.queue.deadLetters.list("inbound", 10);
    expect(parked.map(({ deliveryCount }) => deliveryCount)).toEqual([
      QUEUES.inbound.maxDeliveryCount,
      QUEUES.inbound.maxDeliveryCount,
    ]);
    const store = h.documents.forTenant(SYSTEM_TENANT);
    const { items } = await store.query(Parked, { partition: ["2026-11"] });
    expect(items.map(({ value }) => value.reason).toSorted()).toEqual([
      expect.stringMatching(/^invalid body/),
      "unknown-phone-number",
    ]);
    expect(JSON.stringify(items)).not.toContain("another color");
  });

  it("let a number that was connected meanwhile have its parked messages on replay", async () => {
    const h = setUp();
    const messages = splitPayload(payload({ contacts: [contact], messages: [MESSAGES.text] }), {
      receivedAt: h.clock.now(),
      bytes: 1000,
    }).messages;
    const { configuration } = h.services;
    const find = configuration.channelByPhoneNumberId;
    configuration.channelByPhoneNumberId = async () => undefined;
    await h.queue.send("inbound", messages);
    await h.run("inbound");
    configuration.channelByPhoneNumberId = find;
    expect(await h.queue.deadLetters.replay("inbound")).toBe(1);
    await h.run("inbound");
    expect(await h.thread((await h.only()).id)).toHaveLength(1);
  });

  it("tell desks nothing of sign-ins", async () => {
    const h = setUp();
    const actor = { type: "system", name: "test" } as const;
    const event = {
      id: "evt_1",
      tenantId: TENANT,
      at: "2026-11-21T08:00:00.000Z",
      actor,
      subject: "usr_1",
      data: {},
      version: 1,
    };
    const body = EventsMessage.parse({
      tenantId: TENANT,
      events: [
        { ...event, type: "user.refused" },
        { ...event, type: "conversation.read" },
      ],
    });
    await h.queue.send("events", [{ messageId: "m", sessionId: "s", body }]);
    await h.run("events");
    expect(h.published.map(({ message }) => message.type)).toEqual(["conversation.read"]);
  });

  it("carry an agent's name for a contact into their conversation", async () => {
    const h = setUp();
    await h.takeIn(inboundMessage(0));
    const { contact } = await h.only();
    await h.contacts.rename(h.inbound, contact.id, "Countess", "*");
    await h.run("events");
    expect((await h.only()).contact.name).toBe("Countess");
  });

  it("get from the sweep what could not be published", async () => {
    const fault = faults();
    const h = setUp({ queue: fault.queue });
    await h.takeIn(inboundMessage(0));
    await h.run("events");
    fault.arm(0, "before");
    await h.conversations.close(h.inbound, (await h.only()).id);
    fault.mend();
    await outboxSweep.run(h.services);
    h.clock.advance(61_000);
    await h.run("events");
    expect(h.published.map(({ message }) => message.type)).not.toContain("conversation.closed");
    await outboxSweep.run(h.services);
    await h.run("events");
    expect(h.published.at(-1)?.message.type).toBe("conversation.closed");
  });
});
