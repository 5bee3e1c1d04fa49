import { expect, it } from "vitest";
import { TenantId } from "../../shared/platform/ids.ts";
import { fixedClock } from "../../shared/platform/testing/fixedClock.ts";
import { channelOn, startDouble } from "./testing.ts";

const TENANT = TenantId.parse("ten_00000000000000000000");
const CHANNEL = "chn_1";
const reference = { conversationId: "cnv_00000000000000000001", messageId: "msg_00000000000000000002" };

it("nothing is sent for a quarter of an hour from a number that people complain about", async () => {
  const double = await startDouble();
  const clock = fixedClock();
  const { channel, healths } = channelOn(double.origin, { clock });
  const to = [{ kind: "phone", value: "31600000001" }] as const;
  const send = () => channel.send(TENANT, CHANNEL, { to, content: { type: "text", text: "Hello" }, reference });
  try {
    await double.post("errors", { code: 131048 });
    expect(await send()).toMatchObject({ outcome: "refused", error: { code: "whatsapp:131048" } });
    const held = { outcome: "later", retryAfterSeconds: 900, error: { code: "whatsapp:131048" } };
    expect(await send()).toMatchObject(held);
    await channel.markRead(TENANT, CHANNEL, "wamid.any");
    expect(healths, "a read mark says nothing of sending").toEqual(["paused"]);
    clock.advance(15 * 60_000);
    expect(await send()).toMatchObject({ outcome: "accepted" });
    expect(healths).toEqual(["paused", "healthy"]);
  } finally {
    await double.stop();
  }
});
