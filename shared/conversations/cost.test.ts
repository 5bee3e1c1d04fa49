import { describe, expect, it } from "vitest";
import { type MeteredDocuments, meteredDocuments } from "../platform/documents/meteredDocuments.ts";
import { agent, type Harness, harness, inboundMessage, status } from "./testing/harness.ts";

/** A conversation that has been going on, as most messages find it. */
async function metered() {
  let meter: MeteredDocuments | undefined;
  const h = harness({
    documents: (documents) => {
      meter = meteredDocuments(documents);
      return meter;
    },
  });
  if (meter === undefined) throw new Error("not metered");
  const own = meter;
  for (let n = 0; n < 3; n++) await h.takeIn(inboundMessage(n));
  async function costOf(work: () => Promise<unknown>): Promise<number> {
    own.reset();
    await work();
    return own.requestUnits;
  }
  return { h, costOf };
}

const elsewhere = (h: Harness, n: number) =>
  h.instance().conversations.takeIn(h.inbound, "whatsapp", inboundMessage(n));

/** Modelled by shared/platform/documents/requestUnits.ts. */
describe("request units", () => {
  it("of a new inbound message are at most 25, on an instance that remembers nothing too", async () => {
    const { h, costOf } = await metered();
    const warm = await costOf(() => h.takeIn(inboundMessage(10)));
    const cold = await costOf(() => elsewhere(h, 11));
    expect(warm).toBeLessThanOrEqual(25);
    expect(cold).toBeLessThanOrEqual(25);
  });

  it("of a duplicate are at most 3, and 5 on an instance that remembers nothing", async () => {
    const { h, costOf } = await metered();
    const warm = await costOf(() => h.takeIn(inboundMessage(1)));
    const cold = await costOf(() => elsewhere(h, 1));
    expect(warm).toBeLessThanOrEqual(3);
    expect(cold).toBeLessThanOrEqual(5);
  });
  it("of a reply are bounded: 35 posted, 53 sent, 27 for each new status and 1 for a repeated one", async () => {
    const { h, costOf } = await metered();
    const { id } = await h.only();
    const post = () => h.conversations.post(agent(), id, { type: "text", text: "Hello" }, undefined);
    expect(await costOf(post)).toBeLessThanOrEqual(35);
    expect(await costOf(() => h.runOutbound())).toBeLessThanOrEqual(53);
    const sent = (await h.thread(id)).find(({ direction }) => direction === "outbound");
    const delivered = status({ conversationId: id, messageId: sent?.id ?? "" }, "delivered");
    expect(await costOf(() => h.takeIn(delivered))).toBeLessThanOrEqual(27);
    expect(await costOf(() => h.takeIn(delivered))).toBeLessThanOrEqual(1.1);
  });
});
