import { once } from "node:events";
import rhea, { type EventContext, type Sender } from "rhea";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Queue } from "../port.ts";
import { openServiceBusQueue } from "./serviceBusQueue.ts";

/**
 * A broker that takes every token and then refuses each link, as Service Bus does when the identity lacks a role:
 * https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide#claims-based-authorization
 */
function denyingBroker() {
  const container = rhea.create_container({ id: "denying" });
  let replies: Sender | undefined;
  const error = {
    condition: "amqp:unauthorized-access",
    description: "Unauthorized access. 'Send' claim(s) are required.",
  };
  container.on("sender_open", ({ sender }: EventContext) => {
    if (sender?.source.address === "$cbs") replies = sender;
    else sender?.close(error);
  });
  container.on("receiver_open", ({ receiver }: EventContext) => {
    if (receiver?.target.address !== "$cbs") receiver?.close(error);
  });
  container.on("message", ({ message }: EventContext) => {
    const application_properties = { "status-code": rhea.types.wrap_int(202), "status-description": "Accepted" };
    replies?.send({ correlation_id: message?.message_id ?? "", application_properties, body: undefined });
  });
  for (const event of ["sender_close", "receiver_close", "disconnected"]) container.on(event, () => {});
  return container.listen({ host: "127.0.0.1", port: 0 });
}

describe("a Service Bus that refuses the app's identity", () => {
  const broker = denyingBroker();
  let queue: Queue;
  beforeAll(async () => {
    if (!broker.listening) await once(broker, "listening");
    const address = broker.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const connectionString = `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true`;
    queue = openServiceBusQueue({ connectionString });
  });
  afterAll(async () => {
    await queue.close();
    broker.close();
  });

  const denied = { code: "unavailable", cause: { trouble: "denied", message: expect.stringMatching(/Data Owner/) } };

  it("takes no message, says so before a webhook's sender gives up, and names the role", async () => {
    const started = performance.now();
    const sent = queue.send("inbound", [{ messageId: "m", sessionId: "s", body: {} }]);
    await expect(sent).rejects.toMatchObject(denied);
    expect(performance.now() - started).toBeLessThan(5500);
  });

  it("is down, and names the role, for health and for who receives", { timeout: 30_000 }, async () => {
    await expect(queue.ping()).rejects.toMatchObject(denied);
    await expect(queue.acceptNextSession("inbound")).rejects.toMatchObject(denied);
    await expect(queue.deadLetters.list("inbound", 1)).rejects.toMatchObject(denied);
  });
});
