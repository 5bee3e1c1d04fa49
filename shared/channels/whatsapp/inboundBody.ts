import { z } from "zod";
import { RawObject } from "./raw.ts";

const common = {
  channel: z.literal("whatsapp"),
  /** Which of our numbers it concerns: the `inbound` function finds the tenant by it. */
  phoneNumberId: z.string().min(1).max(64),
  /** When the webhook came. */
  receivedAt: z.iso.datetime(),
  /** The person's profile as it stood in the same payload. */
  contact: RawObject.optional(),
};

/** What the WhatsApp webhook puts on the queue `inbound`: one message or one status, in the provider's own words. */
export const WhatsAppInboundBody = z.discriminatedUnion("kind", [
  z.object({ ...common, kind: z.literal("message"), message: RawObject }),
  z.object({ ...common, kind: z.literal("status"), status: RawObject }),
]);
export type WhatsAppInboundBody = z.infer<typeof WhatsAppInboundBody>;
