import { z } from "zod";
import { Reply } from "../../shared/platform/http/route.ts";
import { route } from "../route.ts";

/** A payload can reach 3 MB. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

const Key = z.object({ key: z.string().regex(/^[\w-]{8,128}$/) });

const Verification = z.object({
  "hub.mode": z.string().max(64).optional(),
  "hub.verify_token": z.string().max(512).optional(),
  "hub.challenge": z.string().max(512).optional(),
});

const verificationOf = (query: z.infer<typeof Verification>) => ({
  mode: query["hub.mode"],
  verifyToken: query["hub.verify_token"],
  challenge: query["hub.challenge"],
});

const plain = (text: string) =>
  new Reply(text, {
    headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
  });

export const verifyWhatsAppWebhook = route({
  method: "GET",
  path: "webhooks/whatsapp",
  summary: "Meta's check of the webhook address",
  permission: "public",
  query: Verification,
  response: "raw",
  handler: async ({ query }, { whatsapp }) => plain(await whatsapp.verify(undefined, verificationOf(query))),
});

export const verifyKeyedWhatsAppWebhook = route({
  method: "GET",
  path: "webhooks/whatsapp/{key}",
  summary: "Meta's check of the webhook address of a tenant's own app",
  permission: "public",
  params: Key,
  query: Verification,
  response: "raw",
  handler: async ({ params, query }, { whatsapp }) => plain(await whatsapp.verify(params.key, verificationOf(query))),
});

export const receiveWhatsAppWebhook = route({
  method: "POST",
  path: "webhooks/whatsapp",
  summary: "Messages and statuses from Meta, signed",
  permission: "public",
  raw: true,
  response: "raw",
  rateLimit: "none",
  maxBodyBytes: MAX_BODY_BYTES,
  handler: async ({ body, request }, { whatsapp }) => {
    await whatsapp.receive(undefined, body, request.headers.get("x-hub-signature-256"));
    return plain("ok");
  },
});

export const receiveKeyedWhatsAppWebhook = route({
  method: "POST",
  path: "webhooks/whatsapp/{key}",
  summary: "Messages and statuses from a tenant's own Meta app, signed",
  permission: "public",
  params: Key,
  raw: true,
  response: "raw",
  rateLimit: "none",
  maxBodyBytes: MAX_BODY_BYTES,
  handler: async ({ params, body, request }, { whatsapp }) => {
    await whatsapp.receive(params.key, body, request.headers.get("x-hub-signature-256"));
    return plain("ok");
  },
});

export const whatsappRoutes = [
  verifyWhatsAppWebhook,
  verifyKeyedWhatsAppWebhook,
  receiveWhatsAppWebhook,
  receiveKeyedWhatsAppWebhook,
];
