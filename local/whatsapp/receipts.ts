import type { Clock } from "../../shared/platform/clock.ts";
import { titleOf } from "./faults.ts";
import type { Bubble, Business, Person } from "./model.ts";
import type { Store } from "./store.ts";
import type { Webhooks } from "./webhooks.ts";

/** In ms after a send was accepted. */
export interface ReceiptDelays {
  readonly sent: number;
  readonly delivered: number;
  /** After delivery, while the chat is open on a page. */
  readonly read: number;
}

export const DEFAULT_DELAYS: ReceiptDelays = { sent: 150, delivered: 600, read: 700 };

interface ReceiptOptions {
  readonly store: Store;
  readonly webhooks: Webhooks;
  readonly clock: Clock;
  readonly delays: ReceiptDelays;
  /** Whether a page shows this chat now. */
  readonly isOpen: (personId: string, phoneNumberId: string) => boolean;
}

/** Whom a message went to: a person of the page, or an address that nobody here has. */
export interface Recipient {
  readonly person: Person | undefined;
  readonly address: string;
}

type Word = "sent" | "delivered" | "read" | "played" | "failed";

/** Tells the business what becomes of its messages, as Meta does: one signed call for each status. */
export class Receipts {
  readonly #options: ReceiptOptions;
  readonly #stop = new AbortController();

  constructor(options: ReceiptOptions) {
    this.#options = options;
  }

  /** Sent, delivered, and read when somebody looks. Runs by itself. */
  async accompany(
    business: Business,
    recipient: Recipient,
    id: string,
    callbackData: string | undefined,
  ): Promise<void> {
    const { delays, store } = this.#options;
    if (!(await this.#pause(delays.sent))) return;
    this.#tell(business, recipient, id, "sent", callbackData);
    if (!(await this.#pause(Math.max(0, delays.delivered - delays.sent)))) return;
    this.#tell(business, recipient, id, "delivered", callbackData);
    if (store.bubble(id)?.status === "sent") store.change(id, { status: "delivered" });
    if (!(await this.#pause(delays.read))) return;
    if (recipient.person !== undefined && this.#options.isOpen(recipient.person.id, business.phoneNumberId))
      this.read(recipient.person.id, business.phoneNumberId);
  }

  /** Sent, and then not delivered after all. */
  async fail(
    business: Business,
    recipient: Recipient,
    id: string,
    callbackData: string | undefined,
    code: number,
  ): Promise<void> {
    if (!(await this.#pause(this.#options.delays.sent))) return;
    this.#tell(business, recipient, id, "failed", callbackData, code);
  }

  /** The person looks at a chat: everything in it that was delivered is read. */
  read(personId: string, phoneNumberId: string): void {
    for (const bubble of this.#options.store.chat(personId, phoneNumberId)) {
      if (bubble.from === "business" && bubble.status === "delivered") this.#markRead(bubble, "read");
    }
  }

  /** The person plays a voice message. */
  played(bubble: Bubble): void {
    if (bubble.from === "business") this.#markRead(bubble, "played");
  }

  close(): void {
    this.#stop.abort();
  }

  #markRead(bubble: Bubble, word: "read" | "played"): void {
    const { store } = this.#options;
    const business = store.business(bubble.phoneNumberId);
    const person = store.person(bubble.personId);
    store.change(bubble.id, { status: "read" });
    if (business === undefined || person === undefined) return;
    this.#tell(business, { person, address: person.userId }, bubble.id, word, bubble.callbackData);
  }

  #tell(
    business: Business,
    recipient: Recipient,
    id: string,
    word: Word,
    callbackData: string | undefined,
    code?: number,
  ): void {
    const { webhooks, clock } = this.#options;
    const status = {
      id,
      status: word,
      timestamp: String(Math.floor(clock.now().getTime() / 1000)),
      ...addressOf(recipient),
      ...(callbackData === undefined ? {} : { biz_opaque_callback_data: callbackData }),
      ...(code === undefined ? {} : { errors: [errorOf(code)] }),
    };
    webhooks.send(business, { statuses: [status] });
  }

  /** False when the double stopped meanwhile. */
  async #pause(milliseconds: number): Promise<boolean> {
    const { clock } = this.#options;
    await clock.sleep(milliseconds, this.#stop.signal).catch(() => undefined);
    return !this.#stop.signal.aborted;
  }
}

function addressOf({ person, address }: Recipient) {
  if (person === undefined) return /^\d+$/.test(address) ? { recipient_id: address } : { recipient_user_id: address };
  const { phone, userId } = person;
  return phone === undefined ? { recipient_user_id: userId } : { recipient_id: phone, recipient_user_id: userId };
}

function errorOf(code: number) {
  const title = titleOf(code);
  return { code, title, message: title, error_data: { details: `${title} (simulated)` } };
}
