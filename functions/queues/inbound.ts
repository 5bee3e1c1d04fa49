import { toInboundEvent } from "../../shared/channels/whatsapp/inbound.ts";
import { WhatsAppInboundBody } from "../../shared/channels/whatsapp/inboundBody.ts";
import { systemCaller } from "../../shared/platform/caller.ts";
import { Problem } from "../../shared/platform/errors.ts";
import { queueFunction } from "../route.ts";

/** Events from outside. One for a number that nobody has (yet, or any more) fails, and is parked with that reason. */
export const inbound = queueFunction({
  queue: "inbound",
  body: WhatsAppInboundBody,
  handler: async (body, _delivery, { configuration, conversations, telemetry }) => {
    const address = await configuration.channelByPhoneNumberId(body.phoneNumberId);
    if (address === undefined) throw new Problem("unknown-phone-number");
    const event = toInboundEvent(body, address.channelId);
    if (event === undefined) return telemetry.count("inbound_without_meaning", { channel: body.channel });
    await conversations.takeIn(systemCaller(address.tenantId, "inbound"), body.channel, event);
  },
});
