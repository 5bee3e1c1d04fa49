import { z } from "zod";
import { Role } from "../platform/caller.ts";

/**
 * The kinds of configuration, each with what is written (`input`), what of it is secret, and what is shown. Secrets are
 * write-only: they are stored encrypted and shown only as present.
 */
export const WhatsAppChannelInput = z.strictObject({
  name: z.string().trim().min(1).max(100),
  phoneNumberId: z.string().regex(/^\d{5,30}$/, "Digits only, as shown in WhatsApp Manager"),
  displayPhoneNumber: z.string().trim().min(5).max(30),
  businessAccountId: z.string().regex(/^\d{5,30}$/, "Digits only, as shown in WhatsApp Manager"),
  /** Required on creation; left as it is when absent on an update. */
  accessToken: z.string().min(1).max(2048).optional(),
  /** Of the tenant's own Meta app. */
  appSecret: z.string().min(8).max(256).optional(),
  verifyToken: z.string().min(8).max(256).optional(),
});
export type WhatsAppChannelInput = z.infer<typeof WhatsAppChannelInput>;

export const ChannelHealth = z.object({
  state: z.enum(["healthy", "degraded", "failing", "paused"]),
  reason: z.string().optional(),
  since: z.iso.datetime(),
});

/** As stored: secrets encrypted, `webhookKey` made where the tenant has an app of its own. */
export const WhatsAppChannel = z.object({
  name: z.string(),
  phoneNumberId: z.string(),
  displayPhoneNumber: z.string(),
  businessAccountId: z.string(),
  secrets: z.object({
    accessToken: z.string(),
    appSecret: z.string().optional(),
    verifyToken: z.string().optional(),
  }),
  webhookKey: z.string().optional(),
});
export type WhatsAppChannel = z.infer<typeof WhatsAppChannel>;

export const UserInput = z.strictObject({
  name: z.string().trim().min(1).max(100),
  email: z.email().max(254).toLowerCase(),
  role: Role,
  active: z.boolean().default(true),
  /** Write-only; required on creation, ends the user's other sessions on change. */
  password: z.string().min(12).max(256).optional(),
});
export type UserInput = z.infer<typeof UserInput>;

export const User = z.object({ name: z.string(), email: z.string(), role: Role, active: z.boolean() });
export type User = z.infer<typeof User>;

export const CONFIGURATION_KINDS = ["whatsapp-channels", "users"] as const;
export type ConfigurationKind = (typeof CONFIGURATION_KINDS)[number];
