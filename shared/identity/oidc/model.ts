import { z } from "zod";
import { collection } from "../../platform/documents/port.ts";
import { idOf } from "../../platform/ids.ts";

/** Seconds in which somebody has to be through at their provider. */
export const FLOW_SECONDS = 600;

/** One sign-in on its way through a provider: begun in one browser, ended once. */
const Flow = z.object({
  providerId: z.string(),
  /** Of the settings that it was begun with: it ends with the same, or not at all. */
  issuer: z.string(),
  clientId: z.string(),
  /** SHA-256 of what the provider hands back, and of what the browser keeps. */
  stateHash: z.string(),
  browserHash: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  /** A page of the desk. */
  returnTo: z.string().optional(),
  startedAt: z.iso.datetime(),
  /** It has ended, however. Kept until it runs out, so that who shows it again is seen. */
  usedAt: z.iso.datetime().optional(),
});
export type Flow = z.infer<typeof Flow>;
export const Flows = collection("identity", "oidc-flow", Flow);
export const FlowId = idOf("flw");

/** A page of the desk: a path of ours, and never another site. */
export const ReturnTo = z
  .string()
  .max(500)
  .regex(/^\/(?![/\\])[^\\\s\p{C}]*$/u);

const CHECKS = ["discovery", "keys", "clock", "client", "redirect-uri", "claims"] as const;

/** One thing that was looked at. `unknown`: the provider does not let it be seen from here. */
export const ConnectionCheck = z.object({
  check: z.enum(CHECKS),
  outcome: z.enum(["passed", "failed", "unknown"]),
  /** Why, in kebab case; where it did not pass. */
  reason: z.string().optional(),
  /** What was found and what to do, for an admin. */
  words: z.string(),
});
export type ConnectionCheck = z.infer<typeof ConnectionCheck>;

/** Where the first check fails there are no others. `works`: nothing has failed. */
export const ConnectionTest = z.object({ works: z.boolean(), checks: z.array(ConnectionCheck) });
export type ConnectionTest = z.infer<typeof ConnectionTest>;
