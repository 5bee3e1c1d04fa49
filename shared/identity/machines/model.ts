import { z } from "zod";
import { PERMISSIONS } from "../../platform/caller.ts";
import { collection } from "../../platform/documents/port.ts";
import { idOf } from "../../platform/ids.ts";
import { PublicKeys } from "./publicKeys.ts";

export const ApiKeyId = idOf("key");
export const OAuthClientId = idOf("cli");

/** Of each of the two kinds, in one tenant. */
export const MAX_MACHINES = 100;
/** Seconds: 7 days. */
export const MAX_GRACE_SECONDS = 7 * 24 * 60 * 60;

const Scopes = z
  .array(z.enum(PERMISSIONS))
  .min(1)
  .max(PERMISSIONS.length)
  .transform((scopes) => PERMISSIONS.filter((permission) => scopes.includes(permission)));

/** One secret of a machine. */
export const Secret = z.object({
  /** SHA-256. */
  hash: z.string(),
  createdAt: z.iso.datetime(),
  /** When it stops to count, once another has taken its place; null while it is the newest. */
  until: z.iso.datetime().nullable(),
  /** The idempotency key, hashed, of the rotation that made it; null where there was none. */
  requestHash: z.string().nullable(),
});
export type Secret = z.infer<typeof Secret>;

/** What acts without a person: an API key or an OAuth2 client. */
export const Machine = z.object({
  name: z.string(),
  scopes: z.array(z.enum(PERMISSIONS)),
  createdAt: z.iso.datetime(),
  /** The user. */
  createdBy: z.string(),
  expiresAt: z.iso.datetime().nullable(),
  rotatedAt: z.iso.datetime().nullable(),
  /** Newest first. */
  secrets: z.array(Secret),
});
export type Machine = z.infer<typeof Machine>;

export const ApiKeys = collection("identity", "api-key", Machine);

export const OAuthClient = Machine.extend({
  /** How it shows who it is. */
  method: z.enum(["client-secret", "private-key-jwt"]),
  /** The public keys of a client that signs, where it gave them; null where they are fetched. */
  jwks: PublicKeys.nullable(),
  jwksUri: z.string().nullable(),
  /** Access tokens name it; those of another count no longer. */
  generation: z.int(),
  /** Access tokens that were revoked, by `jti`, until they end by themselves (seconds). */
  revokedTokens: z.array(z.object({ jti: z.string(), until: z.int() })),
});
export type OAuthClient = z.infer<typeof OAuthClient>;
export const OAuthClients = collection("identity", "oauth-client", OAuthClient);

/** What is left of a machine that was revoked, so that a use of it afterwards is told from a stranger's try. */
export const RevokedMachines = collection("identity", "revoked-machine", z.object({ hashes: z.array(z.string()) }));

/** The ids of one kind's machines: each that comes or goes replaces it, so that no two at once exceed the limit. */
export const MachineRosters = collection("identity", "machine-roster", z.object({ ids: z.array(z.string()) }));

export const MachineUses = collection("identity", "machine-use", z.object({ lastUsedAt: z.iso.datetime() }));

const Name = z.string().trim().min(1).max(100);
const ExpiresAt = z.iso.datetime().describe("Default: never");

export const NewApiKey = z.strictObject({ name: Name, scopes: Scopes, expiresAt: ExpiresAt.optional() });
export type NewApiKey = z.infer<typeof NewApiKey>;

/** `method` "private-key-jwt" takes `jwks` or `jwksUri`; "client-secret" neither. */
export const NewOAuthClient = NewApiKey.extend({
  method: OAuthClient.shape.method.default("client-secret"),
  jwks: PublicKeys.optional(),
  jwksUri: z
    .url({ protocol: /^https$/ })
    .max(2000)
    .optional(),
});
export type NewOAuthClient = z.infer<typeof NewOAuthClient>;

/** All of it anew, but for the method. */
export const ChangedOAuthClient = NewOAuthClient.omit({ method: true });
export type ChangedOAuthClient = z.infer<typeof ChangedOAuthClient>;

export const Rotation = z.strictObject({
  graceSeconds: z.int().min(0).max(MAX_GRACE_SECONDS).describe("For so long the former secrets stay good"),
});
export type Rotation = z.infer<typeof Rotation>;

const ShownMachine = Machine.omit({ secrets: true }).extend({
  id: z.string(),
  lastUsedAt: z.iso.datetime().nullable().describe("To the minute"),
  graceEndsAt: z.iso.datetime().nullable().describe("Until then a former secret is good"),
});

export const ShownApiKey = ShownMachine.extend({ prefix: z.string().describe("How the key begins") });
export type ShownApiKey = z.infer<typeof ShownApiKey>;
export const MadeApiKey = ShownApiKey.extend({ key: z.string().describe("Told this once") });
export type MadeApiKey = z.infer<typeof MadeApiKey>;

export const ShownOAuthClient = ShownMachine.extend({
  clientId: z.string(),
  method: OAuthClient.shape.method,
  jwks: PublicKeys.nullable(),
  jwksUri: z.string().nullable(),
});
export type ShownOAuthClient = z.infer<typeof ShownOAuthClient>;
export const MadeOAuthClient = ShownOAuthClient.extend({
  clientSecret: z.string().nullable().describe("Told this once; null for a client that signs"),
});
export type MadeOAuthClient = z.infer<typeof MadeOAuthClient>;
