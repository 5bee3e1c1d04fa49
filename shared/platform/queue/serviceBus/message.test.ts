import { describe, expect, it } from "vitest";
import { seal } from "../envelope.ts";
import { type ReceivedMessage, toDelivery, toReplay, toServiceBusMessage } from "./message.ts";

const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

function received(number: number, parts: Partial<ReceivedMessage>): ReceivedMessage {
  return { body: {}, messageId: "m", ...parts, sequenceNumber: { toNumber: () => number } };
}

describe("messages on Service Bus", () => {
  it("carry the body once serialised, the lane, the time and the trace", () => {
    const deliverAt = new Date("2026-11-21T09:00:00Z");
    const sent = toServiceBusMessage(seal({ messageId: "m", sessionId: "s", body: "ä", deliverAt }), TRACEPARENT);
    expect(sent).toEqual({
      messageId: "m",
      sessionId: "s",
      body: Buffer.from('"ä"'),
      contentType: "application/json",
      scheduledEnqueueTimeUtc: deliverAt,
      applicationProperties: { traceparent: TRACEPARENT, "Diagnostic-Id": TRACEPARENT },
    });
    const plain = toServiceBusMessage(seal({ messageId: "m", sessionId: "s", body: 1 }), undefined);
    expect(Object.keys(plain)).toEqual(["messageId", "sessionId", "body", "contentType"]);
  });

  it("count the first delivery as 1", () => {
    const enqueuedTimeUtc = new Date(5);
    expect(toDelivery(received(7, { deliveryCount: 0, enqueuedTimeUtc }), "s")).toEqual({
      messageId: "m",
      sessionId: "s",
      body: {},
      deliveryCount: 1,
      enqueuedAt: enqueuedTimeUtc,
      sequenceNumber: 7,
      traceparent: undefined,
    });
  });

  it("are replayed under an id that duplicate detection lets pass, and known by their own", () => {
    const properties = { traceparent: TRACEPARENT, DeadLetterReason: "because", DeadLetterErrorDescription: "so" };
    const first = toReplay(
      received(7, { sessionId: "s", contentType: "application/json", applicationProperties: properties }),
    );
    expect(first).toMatchObject({ messageId: "m~7", sessionId: "s", contentType: "application/json" });
    expect(first.applicationProperties).toEqual({ traceparent: TRACEPARENT, originalMessageId: "m" });
    const applicationProperties = first.applicationProperties ?? {};
    const again = received(9, { messageId: "m~7", applicationProperties });
    expect(toDelivery(again, "s").messageId).toBe("m");
    expect(toReplay(again).messageId).toBe("m~9");
  });

  it("keep the new id within Service Bus's 128 characters", () => {
    const messageId = "m".repeat(128);
    const replayed = toReplay(received(123, { messageId }));
    expect(replayed.messageId).toBe(`${"m".repeat(124)}~123`);
    expect(replayed.applicationProperties).toEqual({ originalMessageId: messageId });
  });
});
