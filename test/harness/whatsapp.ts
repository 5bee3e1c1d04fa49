import { createHmac } from "node:crypto";

/** WhatsApp's webhooks as the provider sends them, for tests and benchmarks that speak to a running installation. */
export interface Customer {
  readonly phone: string;
  readonly name: string;
}

export interface Business {
  readonly phoneNumberId: string;
  readonly displayPhoneNumber: string;
}

export interface WebhookPayload {
  readonly object: "whatsapp_business_account";
  readonly entry: readonly unknown[];
}

function payload(business: Business, value: Record<string, unknown>): WebhookPayload {
  const metadata = { display_phone_number: business.displayPhoneNumber, phone_number_id: business.phoneNumberId };
  const change = { field: "messages", value: { messaging_product: "whatsapp", metadata, ...value } };
  return { object: "whatsapp_business_account", entry: [{ id: "200000000000001", changes: [change] }] };
}

/** One message; `content` is the provider's part for its type, e.g. `{ type: "text", text: { body: "Hello" } }`. */
export function messageWebhook(
  business: Business,
  customer: Customer,
  message: { readonly wamid: string; readonly at: Date; readonly content: Record<string, unknown> },
): WebhookPayload {
  const timestamp = String(Math.floor(message.at.getTime() / 1000));
  return payload(business, {
    contacts: [{ wa_id: customer.phone, profile: { name: customer.name } }],
    messages: [{ from: customer.phone, id: message.wamid, timestamp, ...message.content }],
  });
}

export function statusWebhook(
  business: Business,
  customer: Customer,
  status: { readonly wamid: string; readonly at: Date; readonly status: string; readonly reference?: string },
): WebhookPayload {
  const timestamp = String(Math.floor(status.at.getTime() / 1000));
  const reference = status.reference === undefined ? {} : { biz_opaque_callback_data: status.reference };
  return payload(business, {
    statuses: [{ id: status.wamid, recipient_id: customer.phone, status: status.status, timestamp, ...reference }],
  });
}

/** The body's bytes and the headers that go with it. */
export function signed(
  body: unknown,
  appSecret: string,
): { readonly body: string; readonly headers: Record<string, string> } {
  const text = JSON.stringify(body);
  const signature = createHmac("sha256", appSecret).update(text).digest("hex");
  return {
    body: text,
    headers: { "content-type": "application/json", "x-hub-signature-256": `sha256=${signature}` },
  };
}

export function text(body: string): Record<string, unknown> {
  return { type: "text", text: { body } };
}
