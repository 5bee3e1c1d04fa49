import { z } from "zod";

/** Characters; ten times what a provider's own metadata has. */
const MAX_METADATA = 200_000;
const MAX_CERTIFICATES = 10;

/** Compared letter by letter (SAML core 8.3.6), so it stays as it was typed; 1024 characters by the same. */
const EntityId = z.string().max(1024).regex(/^\S+$/, "As the provider calls itself, without blanks");
const Certificate = z.string().trim().min(1).max(10_000);
const AttributeName = z.string().trim().min(1).max(200);

/** What is particular to a provider of SAML 2.0, as it is stored. */
export const SAML = {
  entityId: EntityId,
  /** Where people are sent to sign in, by HTTP-Redirect. */
  ssoUrl: z.string(),
  /** PEM, of the keys that it signs with: more than one while it changes them. */
  certificates: z.array(z.string()),
  /** What it must sign: the assertion, the response around it, or both. What else is signed is looked at, too. */
  signed: z.enum(["assertion", "response", "both"]).default("assertion"),
  /** Whether people may begin at the provider, without a request of ours: whoever has their response can then sign in with it, once. */
  allowUnsolicited: z.boolean().default(false),
  /** What kind of name is asked for. Default: the provider's choice. */
  nameIdFormat: z.enum(["persistent", "email"]).optional(),
  /** Which attribute has the e-mail address, and which the name. Default: by the names that are usual. */
  emailAttribute: AttributeName.optional(),
  nameAttribute: AttributeName.optional(),
};

/** As it is written: the provider's metadata, or the three things in it. */
export const SAML_INPUT = {
  ...SAML,
  /** XML. In place of the next three. */
  metadata: z.string().min(1).max(MAX_METADATA).optional(),
  entityId: EntityId.optional(),
  ssoUrl: z
    .url({ protocol: /^https?$/, error: "An https address, such as https://login.example.com/saml" })
    .max(2000)
    .optional(),
  certificates: z.array(Certificate).min(1).max(MAX_CERTIFICATES).optional(),
};

const Settings = z.object(SAML);
export type SamlSettings = z.infer<typeof Settings>;
