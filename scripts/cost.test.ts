import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { costSection, withSection } from "./cost.ts";
import { ASSUMED, busyMonth, exchange, idleMonth } from "./costModel.ts";

const PAGE = readFileSync(resolve(import.meta.dirname, "../docs/deploy.md"), "utf8");

describe("the costs", () => {
  it("in docs/deploy.md are what the model and the templates give now (else: npm run cost)", async () => {
    expect(PAGE).toBe(withSection(PAGE, await costSection()));
  });

  it("of a message are the budgets' and no others", async () => {
    const { received, sent } = await exchange();
    // shared/conversations/cost.test.ts: 25 for taking in; the desk's reading comes on top.
    expect(received.requestUnits).toBeLessThan(25 + 40);
    expect(sent.requestUnits).toBeLessThanOrEqual(35 + 53 + 3 * 27);
    // Webhook, delivery, its event; what the desk asks.
    expect(received.executions).toBe(3 + ASSUMED.deskRequests);
    // Posting, sending, two events; three statuses of a webhook, a delivery and at most an event each.
    expect(sent.executions).toBeGreaterThanOrEqual(4 + 3 * 2);
    expect(sent.executions).toBeLessThanOrEqual(4 + 3 * 3);
  });

  it("grow with the messages, and hardly without any", async () => {
    const [idle, some, many] = await Promise.all([idleMonth(), busyMonth(1000), busyMonth(2000)]);
    expect(many.requestUnits / some.requestUnits).toBeCloseTo(2, 6);
    expect(some.messagesKept).toBe(30_000);
    expect(idle.requestUnits).toBeLessThan(some.requestUnits / 5);
    expect(idle.executions).toBe(30 * 24 * 60);
  });
});
