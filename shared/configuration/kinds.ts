import { z } from "zod";
import { PERMISSIONS, RoleId } from "../platform/caller.ts";

/**
 * The kinds of configuration, each with what is written (`…Input`), what is stored, and what is shown. Secrets are
 * write-only: they are stored encrypted (or hashed elsewhere) and shown only as present.
 */
export const CONFIGURATION_KINDS = [
  "whatsapp-channels",
  "users",
  "roles",
  "teams",
  "security",
  "sign-in-providers",
] as const;
export type ConfigurationKind = (typeof CONFIGURATION_KINDS)[number];

/** Chosen by the client; ids that Cordboard makes (`usr_…`) fit too. */
export const ConfigurationId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/);

/** What every shown item carries beside its own fields. `revision` is the ETag to send back as If-Match. */
export const SHOWN = { id: ConfigurationId, revision: z.int(), updatedAt: z.iso.datetime() };

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
export const Password = z.string().min(1).max(256);
export const Email = z.string().trim().toLowerCase().max(254).pipe(z.email());
export const PersonName = z.string().trim().min(1).max(100);

export const UserInput = z.strictObject({
  name: PersonName,
  email: Email,
  role: RoleId,
  active: z.boolean().default(true),
  /** Write-only. Ends the user's other sessions on change; without one a user comes by other ways, or sets one by mail. */
  password: Password.optional(),
});
export type UserInput = z.infer<typeof UserInput>;

const USER = { name: z.string(), email: z.string(), role: RoleId, active: z.boolean() };

/** More than anybody's organisation has providers. */
const MAX_LINKS = 20;

/** As stored. */
export const User = z.object({
  ...USER,
  /**
   * The credential (container `identity`) that opens the door now; the switch to another commits with the user. Absent until
   * the user has a password.
   */
  credentialId: z.string().optional(),
  /** The revision since which sign-ins count: an older session has ended. Moves on with the password and on deactivation. */
  signInsSince: z.int(),
  /** The address that they have shown to be theirs. It says nothing of another that they have now. */
  confirmedEmail: z.string().optional(),
  /** The sign-in under which they moved it on themselves, and which goes on. */
  keptSession: z.string().optional(),
  /** The second factor (container `identity`) that counts; absent where there is none. */
  secondFactorId: z.string().optional(),
  /** By what other providers call them. */
  links: z
    .array(z.object({ issuer: z.string(), subject: z.string() }))
    .max(MAX_LINKS)
    .optional(),
});
export type User = z.infer<typeof User>;

export const ShownUser = z.object({
  ...SHOWN,
  ...USER,
  hasPassword: z.boolean(),
  /** Ids. */
  teams: z.array(z.string()),
});
export type ShownUser = z.infer<typeof ShownUser>;

const PermissionName = z.enum(PERMISSIONS);

/** A role that an organisation makes for itself; its id is what users name as theirs. */
export const RoleInput = z.strictObject({
  name: z.string().trim().min(1).max(60),
  /** A set: order and repetition mean nothing. Nobody gives permissions that they do not have. */
  permissions: z.array(PermissionName).min(1).max(100),
});
export type RoleInput = z.infer<typeof RoleInput>;

export const CustomRole = z.object({ name: z.string(), permissions: z.array(PermissionName) });
export type CustomRole = z.infer<typeof CustomRole>;

export const ShownRole = z.object({ ...SHOWN, ...CustomRole.shape });
export type ShownRole = z.infer<typeof ShownRole>;

/** Of a team. */
const MAX_MEMBERS = 500;

/** People by what they do together. */
export const TeamInput = z.strictObject({
  name: z.string().trim().min(1).max(60),
  /** Ids of users; a set, shown in the order given. */
  members: z.array(ConfigurationId).max(MAX_MEMBERS),
});
export type TeamInput = z.infer<typeof TeamInput>;

export const Team = z.object({ name: z.string(), members: z.array(z.string()) });
export type Team = z.infer<typeof Team>;

export const ShownTeam = z.object({ ...SHOWN, ...Team.shape });
export type ShownTeam = z.infer<typeof ShownTeam>;

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
