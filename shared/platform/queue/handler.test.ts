import { describe, expect, it } from "vitest";
import { z } from "zod";
import { fixedClock } from "../testing/fixedClock.ts";
import { silentTelemetry } from "../testing/silentTelemetry.ts";
import { DeliveryFailed, queueFunctionFor, runDelivery } from "./handler.ts";

const delivery = { messageId: "m", sessionId: "s", deliveryCount: 5, traceparent: undefined };

describe("a delivery that fails", () => {
  it.each([
    ["a foreign error", () => JSON.parse("Meet me at 12 Canal Street"), "SyntaxError"],
    ["an error with words of its own", () => Promise.reject(new TypeError("Canal Street is no street")), "TypeError"],
  ])("throws on its reason, and none of the words, of %s", async (_, fail, reason) => {
    const parked: string[] = [];
    const declared = queueFunctionFor<undefined>()({
      queue: "inbound",
      body: z.unknown(),
      handler: async () => void (await fail()),
    });
    const context = {
      telemetry: silentTelemetry(),
      clock: fixedClock(),
      recordParked: async (_queue: string, _delivery: unknown, why: string) => void parked.push(why),
    };
    const thrown = await runDelivery(declared, {}, delivery, undefined, context).catch((error: unknown) => error);
    expect(thrown).toEqual(new DeliveryFailed(reason));
    expect(thrown).not.toHaveProperty("cause");
    expect(parked).toEqual([reason]);
  });
});
