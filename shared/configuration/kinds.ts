import { z } from "zod";
import { Role } from "../platform/caller.ts";

/**
 * The kinds of configuration, each with what is written (`…Input`), what is stored, and what is shown. Secrets are
 * write-only: they are stored encrypted (or hashed elsewhere) and shown only as present.
 */
export const CONFIGURATION_KINDS = ["whatsapp-channels", "users", "security"] as const;
export type ConfigurationKind = (typeof CONFIGURATION_KINDS)[number];

/** Chosen by the client; ids that Cordboard makes (`usr_…`) fit too. */
export const ConfigurationId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/);

/** What every shown item carries beside its own fields. `revision` is the ETag to send back as If-Match. */
const SHOWN = { id: ConfigurationId, revision: z.int(), updatedAt: z.iso.datetime() };

export const WhatsAppChannelInput = z.strictObject({
  name: z.string().trim().min(1).max(100),
  phoneNumberId: z.string().regex(/^\d{5,30}$/, "Digits only, as shown in WhatsApp Manager"),
  displayPhoneNumber: z.string().trim().min(5).max(30),
  businessAccountId: z.string().regex(/^\d{5,30}$/, "Digits only, as shown in WhatsApp Manager"),
  /** Required on creation; left as it is when absent on an update. */
  accessToken: z.string().min(1).max(2048).optional(),
  /** Of the tenant's own Meta app; together with `verifyToken`. */
  appSecret: z.string().min(8).max(256).optional(),
  verifyToken: z.string().min(8).max(256).optional(),
});
export type WhatsAppChannelInput = z.infer<typeof WhatsAppChannelInput>;

export const ChannelHealth = z.object({
  state: z.enum(["healthy", "degraded", "failing", "paused"]),
  reason: z.string().max(500).optional(),
  since: z.iso.datetime(),
});
export type ChannelHealth = z.infer<typeof ChannelHealth>;

const CHANNEL = {
  name: z.string(),
  phoneNumberId: z.string(),
  displayPhoneNumber: z.string(),
  businessAccountId: z.string(),
};

/** As stored: secrets encrypted, `webhookKey` made where the tenant has an app of its own. */
export const WhatsAppChannel = z.object({
  ...CHANNEL,
  secrets: z.object({
    accessToken: z.string(),
    appSecret: z.string().optional(),
    verifyToken: z.string().optional(),
  }),
  webhookKey: z.string().optional(),
});
export type WhatsAppChannel = z.infer<typeof WhatsAppChannel>;

export const ShownWhatsAppChannel = z.object({
  ...SHOWN,
  ...CHANNEL,
  /** Which secrets are set. */
  secrets: z.object({ accessToken: z.boolean(), appSecret: z.boolean(), verifyToken: z.boolean() }),
  /** What to enter at Meta as the callback URL. */
  webhookUrl: z.string(),
  /** Absent until something was sent or failed. */
  health: ChannelHealth.optional(),
});
export type ShownWhatsAppChannel = z.infer<typeof ShownWhatsAppChannel>;

/** At most 256 characters; how many there must be, and which are refused, depends on whose it is (identity/passwords). */
export const Password = z.string().min(12).max(256);
export const Email = z.string().trim().toLowerCase().max(254).pipe(z.email());
export const PersonName = z.string().trim().min(1).max(100);

export const UserInput = z.strictObject({
  name: PersonName,
  email: Email,
  role: Role,
  active: z.boolean().default(true),
  /** Write-only; required on creation, ends the user's other sessions on change. */
  password: Password.optional(),
});
export type UserInput = z.infer<typeof UserInput>;

const USER = { name: z.string(), email: z.string(), role: Role, active: z.boolean() };

/** As stored. */
export const User = z.object({
  ...USER,
  /** The credential (container `identity`) that opens the door now; the switch to another commits with the user. */
  credentialId: z.string(),
  /** The revision since which sign-ins count: an older session has ended. Moves on with the password and on deactivation. */
  signInsSince: z.int(),
  /** The second factor (container `identity`) that counts; absent where there is none. */
  secondFactorId: z.string().optional(),
});
export type User = z.infer<typeof User>;

export const ShownUser = z.object({ ...SHOWN, ...USER });
export type ShownUser = z.infer<typeof ShownUser>;

const SECURITY = {
  /** Who has no second factor sets one up at the next sign-in. */
  requireSecondFactor: z.boolean(),
  /** By default the organisation's own sign-in page counts as both factors. */
  secondFactorAfterSingleSignOn: z.boolean(),
};

/** How the organisation's people sign in: one item, with the id `tenant`. */
export const SecurityInput = z.strictObject({
  ...SECURITY,
  secondFactorAfterSingleSignOn: SECURITY.secondFactorAfterSingleSignOn.default(false),
});
export type SecurityInput = z.infer<typeof SecurityInput>;

export const Security = z.object(SECURITY);
export type Security = z.infer<typeof Security>;

export const ShownSecurity = z.object({ ...SHOWN, ...SECURITY });
export type ShownSecurity = z.infer<typeof ShownSecurity>;
