import { setTimeout as pause } from "node:timers/promises";
import type { Random } from "../harness/random.ts";
import { type Business, messageWebhook, signed, type WebhookPayload } from "../harness/whatsapp.ts";

/** What a customer wrote, and what became of it on the way in. */
export interface Written {
  readonly text: string;
  /** The picture's bytes, where it is one. */
  readonly picture: Uint8Array | undefined;
  /** Set once a webhook that carried it was answered with 200. */
  acknowledged: boolean;
}

export interface CustomerOptions {
  readonly phone: string;
  readonly business: Business;
  readonly webhookUrl: string;
  readonly appSecret: string;
  readonly random: Random;
  /** Leaves a picture with the provider; resolves to its media id. */
  readonly keepPicture: (bytes: Uint8Array) => Promise<string>;
}

/** How long a webhook's sender waits for an answer, in ms. */
const TIMEOUT = 10_000;
const RETRY_PAUSE = 60;

/**
 * One customer, and Meta's way of delivering what they write: in order, each again until it is acknowledged, some up to three
 * times more, early or late. One in ten that met a dead host is given up, as after Meta's seven days.
 */
export class Customer {
  readonly phone: string;
  readonly written: Written[] = [];
  duplicates = 0;
  readonly #options: CustomerOptions;
  readonly #stray = new Set<Promise<unknown>>();

  constructor(options: CustomerOptions) {
    this.phone = options.phone;
    this.#options = options;
  }

  /** Writes one message after the other until `stop`; resolves when all that was sent has been answered or given up. */
  async write(stop: AbortSignal): Promise<void> {
    const { random } = this.#options;
    while (!stop.aborted) {
      await this.#writeOne();
      // In bursts, so that several of a customer's messages wait when the host dies.
      if (random.chance(0.15)) await pause(random.between(20, 400));
    }
    await Promise.all(this.#stray);
  }

  async #writeOne(): Promise<void> {
    const { random, phone } = this.#options;
    const number = this.written.length;
    const text = `${phone} wrote ${number}`;
    const picture = random.chance(0.05) ? Buffer.from(`picture of ${text}`) : undefined;
    const written: Written = { text, picture, acknowledged: false };
    this.written.push(written);
    const webhook = await this.#webhook(written, number);
    const mayGiveUp = random.chance(0.1);
    while (!written.acknowledged) {
      written.acknowledged = await this.#deliver(webhook);
      if (written.acknowledged) break;
      if (mayGiveUp) return;
      await pause(RETRY_PAUSE);
    }
    for (let copies = random.chance(0.3) ? random.between(1, 3) : 0; copies > 0; copies--) this.#deliverLater(webhook);
  }

  async #webhook({ text, picture }: Written, number: number): Promise<WebhookPayload> {
    const { business, phone, keepPicture } = this.#options;
    const image = picture && { id: await keepPicture(picture), mime_type: "image/jpeg", caption: text };
    const content = image ? { type: "image", image } : { type: "text", text: { body: text } };
    const message = { wamid: `wamid.${phone}.${number}`, at: new Date(), content };
    return messageWebhook(business, { phone, name: `Customer ${phone}` }, message);
  }

  /** A duplicate whose answer nobody waits for, and which is lost when the host is down. */
  #deliverLater(webhook: WebhookPayload): void {
    this.duplicates++;
    const work = pause(this.#options.random.between(0, 800)).then(() => this.#deliver(webhook));
    this.#stray.add(work);
    void work.finally(() => this.#stray.delete(work));
  }

  async #deliver(webhook: WebhookPayload): Promise<boolean> {
    const { webhookUrl, appSecret } = this.#options;
    const signal = AbortSignal.timeout(TIMEOUT);
    return fetch(webhookUrl, { method: "POST", ...signed(webhook, appSecret), signal }).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}
