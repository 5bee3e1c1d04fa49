import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Problem } from "../errors.ts";
import { openTelemetry } from "../telemetry/telemetry.ts";
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

  it("tells under its trace why, and that the reason could not be kept", async () => {
    const lines: Record<string, unknown>[] = [];
    const write = (line: string) => void lines.push(JSON.parse(line));
    const telemetry = openTelemetry({ serviceName: "cordboard", region: "test", write });
    const traceparent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";
    const declared = queueFunctionFor<undefined>()({
      queue: "inbound",
      body: z.unknown(),
      handler: () => Promise.reject(new TypeError("Canal Street")),
    });
    const recordParked = () => Promise.reject(new RangeError("Canal Street"));
    const context = { telemetry, clock: fixedClock(), recordParked };
    const enqueuedAt = new Date(context.clock.now().getTime() - 90_000);
    const run = runDelivery(declared, {}, { ...delivery, traceparent, enqueuedAt }, undefined, context);
    await expect(run).rejects.toEqual(new DeliveryFailed("TypeError"));
    expect(lines.map(({ message, traceId, waited, attempt }) => ({ message, traceId, waited, attempt }))).toEqual(
      ["message parked", "the reason of a parked message could not be kept"].map((message) => ({
        message,
        traceId: "0123456789abcdef0123456789abcdef",
        waited: 90_000,
        attempt: 5,
      })),
    );
  });

  it.each([
    { slow: 100, tries: 4 },
    { slow: 15_000, tries: 2 },
    { slow: 60_000, tries: 1 },
  ])("is tried in place while a try can end in time: each of $slow ms, $tries", async ({ slow, tries }) => {
    const clock = fixedClock();
    let tried = 0;
    const declared = queueFunctionFor<undefined>()({
      queue: "inbound",
      body: z.unknown(),
      handler: async () => {
        tried++;
        clock.advance(slow);
        throw new Problem("unavailable");
      },
    });
    const context = { telemetry: silentTelemetry(), clock, recordParked: async () => undefined };
    await expect(runDelivery(declared, {}, delivery, undefined, context)).rejects.toThrow("unavailable");
    expect(tried).toBe(tries);
  });
});
