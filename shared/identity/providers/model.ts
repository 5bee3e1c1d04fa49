import { z } from "zod";
import { SHOWN } from "../../configuration/kinds.ts";
import { Role, RoleId } from "../../platform/caller.ts";
import { collection } from "../../platform/documents/port.ts";
import { isLoopback } from "../../platform/egress/loopback.ts";

/** What a provider may make somebody: all but owners, whom only owners make. */
const ProvidedRole = RoleId.refine((role) => role !== Role.enum.owner, "Only owners make owners, by hand");

/** An issuer is compared letter by letter (OpenID Connect Discovery 1.0, 4.3), so it stays as it was typed. */
const Issuer = z
  .url({ protocol: /^https?$/, error: "An https address, such as https://login.example.com" })
  .max(500)
  .regex(/^[^?#]*$/, "An issuer has no ? and no #")
  .refine(isSafe, "An https address. Without TLS, a provider can only be on this machine.");

function isSafe(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === "https:" || isLoopback(url?.hostname ?? "");
}

/** RFC 6749, 3.3. */
const Scope = z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,100}$/, "A scope has no blanks, quotes and backslashes");
const Domain = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}$/, "A domain, such as example.com");

/** What every kind of provider says of the people that it sends. */
const PEOPLE = {
  /** On the button of the sign-in page. */
  name: z.string().trim().min(1).max(60),
  /** Whoever it sends and nobody knows gets an account. */
  createUsers: z.boolean().default(false),
  /** Of those, and of whoever has none of the roles below. */
  defaultRole: ProvidedRole.default("agent"),
  /** Where it says what groups or roles somebody has: a claim's or an attribute's name. */
  roleClaim: z.string().trim().min(1).max(200).optional(),
  /** Role by what stands there; the first that fits counts. At each sign-in, and never for owners. */
  roleMap: z
    .array(z.strictObject({ value: z.string().trim().min(1).max(200), role: ProvidedRole }))
    .max(100)
    .default([]),
  /** Only people with a verified address in one of these come in. Default: all whom the provider sends. */
  allowedDomains: z.array(Domain).max(50).default([]),
  /** Whether somebody with an account and no link to a provider yet is known by a verified address in an allowed domain. */
  linkByEmail: z.boolean().default(false),
  /** Whether it counts as both factors where the organisation or the person has a second one. */
  countsAsSecondFactor: z.boolean().default(true),
};

const OIDC = {
  issuer: Issuer,
  clientId: z.string().trim().min(1).max(255),
  /** `openid` is asked for in any case. */
  scopes: z.array(Scope).max(20).default(["openid", "profile", "email"]),
};

const OidcProviderInput = z.strictObject({
  type: z.literal("oidc"),
  ...PEOPLE,
  ...OIDC,
  /** Required on creation and with another issuer; otherwise left as it is when absent. */
  clientSecret: z.string().min(1).max(1024).optional(),
});

/** By whom else people sign in: one of the kinds of provider. */
export const SignInProviderInput = z.discriminatedUnion("type", [OidcProviderInput]);
export type SignInProviderInput = z.infer<typeof SignInProviderInput>;

/** As stored: the secret is encrypted. */
const OidcProvider = z.object({
  type: z.literal("oidc"),
  ...PEOPLE,
  ...OIDC,
  secrets: z.object({ clientSecret: z.string() }),
});
export type OidcProvider = z.infer<typeof OidcProvider>;

export const SignInProvider = z.discriminatedUnion("type", [OidcProvider]);
export type SignInProvider = z.infer<typeof SignInProvider>;

const ShownOidcProvider = OidcProvider.extend({
  ...SHOWN,
  /** Which secrets are set. */
  secrets: z.object({ clientSecret: z.boolean() }),
  /** What to register at the provider. */
  redirectUri: z.string(),
});

export const ShownSignInProvider = z.discriminatedUnion("type", [ShownOidcProvider]);
export type ShownSignInProvider = z.infer<typeof ShownSignInProvider>;

/** What anybody may know of a provider: the button. */
export const OfferedProvider = z.object({ id: z.string(), type: z.enum(["oidc"]), name: z.string() });
export type OfferedProvider = z.infer<typeof OfferedProvider>;

/**
 * From what a provider calls somebody to its user: unique in the tenant because it commits with the user, who names it too
 * (`User.links`): one that the user does not name counts for nothing. Id: `linkId`.
 */
export const UserLinks = collection("configuration", "user-link", z.object({ userId: z.string() }));

/** Whom a provider has sent, in the same words whatever it speaks. */
export interface Arrival {
  readonly issuer: string;
  /** Never given to anybody else by this issuer. */
  readonly subject: string;
  /** In lower case. */
  readonly email: string | undefined;
  /** Undefined where the provider does not say. */
  readonly emailVerified: boolean | undefined;
  readonly name: string | undefined;
  /** What stands at `roleClaim`; empty where nothing does. */
  readonly roles: readonly string[];
}
