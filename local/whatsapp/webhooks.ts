import { randomUUID } from "node:crypto";
import { signatureOf } from "../../shared/channels/whatsapp/signature.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import type { Business, PendingWebhook } from "./model.ts";
import type { Store } from "./store.ts";

interface WebhookOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly appSecret: string;
  readonly webhookUrl: string;
  readonly log: (line: string) => void;
  /** Pauses before each next try, in ms; the last one repeats. */
  readonly retryDelays?: readonly number[];
}

const RETRY_DELAYS = [500, 1000, 2000, 5000, 10_000, 30_000, 60_000];
/** Meta gives up after 7 days; with the delays above this is about as long. */
const MAX_ATTEMPTS = 10_000;
const TIMEOUT = 10_000;

/** Calls the product's webhook as Meta does: signed, each call on its own, again until it is acknowledged. */
export class Webhooks {
  readonly #options: WebhookOptions;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  /** Goes on with what a former process left unacknowledged. */
  resume(): void {
    for (const webhook of this.#options.store.pending()) this.#start(webhook);
  }

  /** Sends `value` as a change of the field `messages`. The person's bubble shows two ticks once it is acknowledged. */
  send(business: Business, value: object, bubbleId?: string): void {
    const { name: _, displayPhoneNumber, phoneNumberId, businessAccountId } = business;
    const metadata = { display_phone_number: displayPhoneNumber.replace(/\D/g, ""), phone_number_id: phoneNumberId };
    const change = { value: { messaging_product: "whatsapp", metadata, ...value }, field: "messages" };
    const payload = { object: "whatsapp_business_account", entry: [{ id: businessAccountId, changes: [change] }] };
    const webhook = {
      id: randomUUID(),
      phoneNumberId,
      body: JSON.stringify(payload),
      attempts: 0,
      ...(bubbleId === undefined ? {} : { bubbleId }),
    };
    this.#options.store.setPending(webhook);
    this.#start(webhook);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  #start(webhook: PendingWebhook): void {
    const work = this.#deliver(webhook).finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  async #deliver(webhook: PendingWebhook): Promise<void> {
    const { store, clock, log, retryDelays = RETRY_DELAYS } = this.#options;
    for (let attempt = webhook.attempts; attempt < MAX_ATTEMPTS && !this.#stop.signal.aborted; attempt++) {
      const status = await this.#post(webhook);
      if (status >= 200 && status < 300) {
        store.removePending(webhook.id);
        const bubble = webhook.bubbleId === undefined ? undefined : store.bubble(webhook.bubbleId);
        if (bubble?.status === "pending" || bubble?.status === "sent") store.change(bubble.id, { status: "delivered" });
        return;
      }
      if (attempt === 0)
        log(`The webhook answered ${status === 0 ? "nothing" : status}; it is called again until it answers 200.`);
      store.setPending({ ...webhook, attempts: attempt + 1 });
      const pause = retryDelays[Math.min(attempt, retryDelays.length - 1)] ?? 1000;
      await clock.sleep(pause, this.#stop.signal).catch(() => undefined);
    }
  }

  /** The answer's status; 0 when there was none. */
  async #post({ phoneNumberId, body }: PendingWebhook): Promise<number> {
    const { store, appSecret, webhookUrl } = this.#options;
    const business = store.business(phoneNumberId);
    const headers = {
      "content-type": "application/json",
      "user-agent": "facebookexternalua",
      "x-hub-signature-256": signatureOf(business?.appSecret ?? appSecret, body),
    };
    try {
      const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(TIMEOUT)]);
      const response = await fetch(business?.webhookUrl ?? webhookUrl, {
        method: "POST",
        headers,
        body,
        signal,
        redirect: "manual",
      });
      await response.body?.cancel();
      return response.status;
    } catch {
      return 0;
    }
  }
}
