import { z } from "zod";
import { Email, PersonName, Password as ValidPassword } from "../configuration/kinds.ts";
import { PERMISSIONS, Role } from "../platform/caller.ts";
import { collection } from "../platform/documents/port.ts";
import { TenantId } from "../platform/ids.ts";

/** As in an address: 2 to 48 characters; never begins or ends with a hyphen. */
const Slug = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9-]{0,46}[a-z0-9]$/, "2 to 48 letters, digits and hyphens");

const TenantStatus = z.enum(["trial", "active", "suspended", "deactivated"]);

/** The organisation itself; stands beside its configuration, under its own id. */
export const Tenant = z.object({
  id: TenantId,
  name: z.string(),
  slug: z.string(),
  status: TenantStatus,
  trialEndsAt: z.iso.datetime(),
  createdAt: z.iso.datetime(),
});
export type Tenant = z.infer<typeof Tenant>;
export const Tenants = collection("configuration", "tenant", Tenant);

/** From an e-mail address to its user: unique in the tenant because it commits with the user. Id: `emailId`. */
export const UserEmails = collection("configuration", "user-email", z.object({ userId: z.string() }));

const Credential = z.object({
  userId: z.string(),
  /** As a PHC string. */
  hash: z.string(),
  /** Of the configuration: a write of this one names it, or none ever does. */
  revision: z.int().default(0),
});
export type Credential = z.infer<typeof Credential>;
/** A user names the one that counts; others are garbage. */
export const Credentials = collection("identity", "credential", Credential);

/** Failed tries at one account within a window; `byAddress` counts by hashed client address. Id: `accountId`. */
export const Attempts = z.object({
  since: z.iso.datetime(),
  total: z.int(),
  byAddress: z.record(z.string(), z.int()),
});
export type Attempts = z.infer<typeof Attempts>;
export const LoginAttempts = collection("identity", "login-attempts", Attempts);

/** The refresh tokens of one sign-in, by SHA-256. See rules.ts for what they mean. */
export const FamilyTokens = z.object({
  /** Given out and not shown again yet; `at` in ms. */
  offered: z.array(z.object({ hash: z.string(), at: z.int() })),
  /** Shown or overtaken, and still good until then (ms). */
  spent: z.array(z.object({ hash: z.string(), until: z.int() })),
});
export type FamilyTokens = z.infer<typeof FamilyTokens>;

/** One sign-in: a family of refresh tokens, each good for the next. Ends with its time to live. */
export const Session = z.object({
  userId: z.string(),
  /** SHA-256 of what all tokens of the family share, so that only someone who held one can end it. */
  familyHash: z.string(),
  /** The user's `signInsSince` at the time; once that moves on, this session has ended. */
  signInsSince: z.int(),
  tokens: FamilyTokens,
  createdAt: z.iso.datetime(),
});
export type Session = z.infer<typeof Session>;
export const Sessions = collection("identity", "session", Session);

export const SignUp = z.strictObject({
  organization: z.string().trim().min(1).max(100),
  /** Default: made from the organisation's name. */
  slug: Slug.optional(),
  name: PersonName,
  email: Email,
  password: ValidPassword,
});
export type SignUp = z.infer<typeof SignUp>;

/** Bounded, and no more: what cannot be right is as wrong as any other. */
export const Login = z.strictObject({
  tenant: z.string().trim().toLowerCase().min(1).max(100),
  email: z.string().trim().toLowerCase().min(1).max(254),
  password: z.string().min(1).max(256),
});
export type Login = z.infer<typeof Login>;

const ShownTenant = Tenant.omit({ createdAt: true });
const ShownPerson = z.object({ id: z.string(), name: z.string(), email: z.string(), role: Role });

/** What sign-up, sign-in and refresh answer. */
export const SignedIn = z.object({
  accessToken: z.string(),
  /** Seconds. */
  expiresIn: z.int(),
  tenant: ShownTenant,
  user: ShownPerson,
});
export type SignedIn = z.infer<typeof SignedIn>;

export const Me = z.object({
  user: ShownPerson,
  tenant: ShownTenant,
  role: Role,
  permissions: z.array(z.enum(PERMISSIONS)),
});
export type Me = z.infer<typeof Me>;

export const JsonWebKeys = z.object({ keys: z.array(z.record(z.string(), z.unknown())) });
export type JsonWebKeys = z.infer<typeof JsonWebKeys>;

/** A user as they are now, with their organisation. */
export interface Principal {
  readonly tenant: Tenant;
  readonly userId: string;
  readonly user: { readonly name: string; readonly email: string; readonly role: Role };
}

/** A sign-in that has just been committed. */
export interface NewSignIn {
  readonly principal: Principal;
  readonly sessionId: string;
  readonly refreshToken: string;
}
