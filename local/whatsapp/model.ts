import { z } from "zod";

/** A number of a business on the double. With an app of its own it signs with its own secret and calls its own webhook. */
export const Business = z.object({
  name: z.string().min(1).max(100),
  phoneNumberId: z.string().regex(/^\d{5,30}$/),
  displayPhoneNumber: z.string().min(3).max(30),
  businessAccountId: z.string().regex(/^\d{5,30}$/),
  accessToken: z.string().min(1).max(2048),
  appSecret: z.string().min(1).optional(),
  webhookUrl: z.url().optional(),
});
export type Business = z.infer<typeof Business>;

/** A customer with a phone on the page; without `phone`, businesses see only the user id and the username. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly phone?: string;
  /** The same, as people write it. */
  readonly displayPhone?: string;
  readonly username?: string;
  readonly userId: string;
}

const Said = z.record(z.string(), z.unknown());

/** One bubble on a phone. `status`: what the person's ticks show for own messages, what the business was told for its. */
export const Bubble = z.object({
  id: z.string(),
  personId: z.string(),
  phoneNumberId: z.string(),
  from: z.enum(["person", "business"]),
  type: z.string(),
  /** The part of the provider's message that its type names. */
  said: Said,
  /** Seconds since 1970. */
  at: z.int(),
  replyTo: z.string().optional(),
  status: z.enum(["pending", "sent", "delivered", "read", "failed"]),
  reactions: z.object({ person: z.string().optional(), business: z.string().optional() }).default({}),
  callbackData: z.string().optional(),
});
export type Bubble = z.infer<typeof Bubble>;

export const StoredFile = z.object({
  id: z.string(),
  mimeType: z.string(),
  fileName: z.string().optional(),
  size: z.int(),
  sha256: z.string(),
});
export type StoredFile = z.infer<typeof StoredFile>;

/** A webhook that has not been acknowledged yet. */
export const PendingWebhook = z.object({
  id: z.string(),
  phoneNumberId: z.string(),
  body: z.string(),
  attempts: z.int(),
  /** The person's message it carries, whose tick waits for it. */
  bubbleId: z.string().optional(),
});
export type PendingWebhook = z.infer<typeof PendingWebhook>;

export const Saved = z.object({
  bubbles: z.array(Bubble),
  files: z.array(StoredFile),
  pending: z.array(PendingWebhook),
  businesses: z.array(Business),
});
export type Saved = z.infer<typeof Saved>;
