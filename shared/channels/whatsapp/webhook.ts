import type { Clock } from "../../platform/clock.ts";
import { Problem } from "../../platform/errors.ts";
import type { QueueSender } from "../../platform/queue/port.ts";
import type { Telemetry } from "../../platform/telemetry/port.ts";
import { isSameToken, isSignedBy } from "./signature.ts";
import { type Leftover, type Split, splitPayload } from "./split.ts";

/** A channel whose tenant has a Meta app of its own, with a webhook address of its own. */
export interface KeyedChannel {
  readonly appSecret: string;
  readonly verifyToken: string;
  readonly phoneNumberId: string;
}

export interface WhatsAppWebhookDependencies {
  readonly queue: QueueSender;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Of the installation's own Meta app. */
  readonly appSecret: string;
  readonly verifyToken: string;
  /** Called for every keyed request, before its signature can be checked: should answer from a cache. */
  readonly channelByWebhookKey: (key: string) => Promise<KeyedChannel | undefined>;
}

export interface VerificationRequest {
  readonly mode: string | undefined;
  readonly verifyToken: string | undefined;
  readonly challenge: string | undefined;
}

/** Messages and statuses of one payload at most; Meta batches up to 1,000. More is refused whole, never kept in part. */
const MAX_EVENTS = 10_000;

/** Meta's webhook: durable before acknowledged (decision 3). The installation's own, or by key that of one channel. */
export class WhatsAppWebhook {
  readonly #dependencies: WhatsAppWebhookDependencies;

  constructor(dependencies: WhatsAppWebhookDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Answers Meta's subscription check with its challenge. Throws `forbidden` unless mode and token are right, `not-found`
   * for an unknown key.
   */
  async verify(key: string | undefined, request: VerificationRequest): Promise<string> {
    const { verifyToken } = await this.#appOf(key);
    const { mode, challenge = "" } = request;
    const right = isSameToken(verifyToken, request.verifyToken ?? "");
    if (!right || mode !== "subscribe" || !/^[\x20-\x7e]{1,512}$/.test(challenge)) throw new Problem("forbidden");
    return challenge;
  }

  /**
   * Takes in one webhook call: checks the signature over the raw body, and resolves once everything in it is durable.
   * Throws `invalid-signature`, `malformed-json`, `not-found` for an unknown key, `too-large` for more than 10,000 events,
   * `unavailable` when the queue refuses; Meta then tries again.
   */
  async receive(key: string | undefined, body: Uint8Array, signature: string | null): Promise<void> {
    const app = await this.#appOf(key);
    if (!isSignedBy(app.appSecret, body, signature)) throw new Problem("invalid-signature");
    const { queue, clock } = this.#dependencies;
    const split = splitPayload(parse(body), {
      receivedAt: clock.now(),
      bytes: body.byteLength,
      ...("phoneNumberId" in app ? { onlyPhoneNumberId: app.phoneNumberId } : {}),
    });
    if (split.messages.length > MAX_EVENTS) throw new Problem("too-large");
    if (split.messages.length > 0) await queue.send("inbound", split.messages);
    this.#report(split);
  }

  async #appOf(key: string | undefined): Promise<KeyedChannel | { appSecret: string; verifyToken: string }> {
    const { appSecret, verifyToken, channelByWebhookKey } = this.#dependencies;
    if (key === undefined) return { appSecret, verifyToken };
    const channel = await channelByWebhookKey(key);
    if (channel === undefined) throw new Problem("not-found");
    return channel;
  }

  #report({ messages, leftovers }: Split): void {
    const { telemetry } = this.#dependencies;
    if (messages.length > 0) telemetry.count("webhook_events", { channel: "whatsapp" }, messages.length);
    for (const [text, count] of tally(leftovers)) {
      telemetry.count("webhook_leftovers", { channel: "whatsapp" }, count);
      telemetry.log("warn", "part of a WhatsApp webhook was not taken in", { reason: text, count });
    }
  }
}

/** How often each reason occurs; at most 20 different ones, the rest together. */
function tally(leftovers: readonly Leftover[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { reason, detail } of leftovers) {
    const full = detail === undefined ? reason : `${reason} ${detail}`;
    const text = counts.size < 20 || counts.has(full) ? full : "others";
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Escapes of U+0000 and of surrogates; pairs of these are common, since Meta escapes emoji. */
const DOUBTFUL = /\\u(0000|d[89a-f])/i;

/** The payload, without the characters that stores and browsers cannot bear: U+0000, and half a surrogate pair. */
function parse(body: Uint8Array): unknown {
  try {
    const text = utf8.decode(body);
    const keepable = (_name: string, value: unknown) =>
      typeof value === "string" ? value.replaceAll("\0", "").toWellFormed() : value;
    return DOUBTFUL.test(text) ? JSON.parse(text, keepable) : JSON.parse(text);
  } catch (cause) {
    throw new Problem("malformed-json", { cause });
  }
}
