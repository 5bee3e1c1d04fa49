import { Readable } from "node:stream";
import type { Identity } from "../../contacts/model.ts";
import type { MessageContent } from "../../conversations/content.ts";
import { mediaOf } from "../../conversations/content.ts";
import type { MessageError } from "../../conversations/model.ts";
import type { Clock } from "../../platform/clock.ts";
import { Problem } from "../../platform/errors.ts";
import type { TenantId } from "../../platform/ids.ts";
import type { Telemetry } from "../../platform/telemetry/port.ts";
import type { Channel, ChannelTemplate, OutboundMessage, SendResult } from "../channel.ts";
import { GraphClient, type GraphOutcome } from "./client.ts";
import { errorFor, ruleFor } from "./errors.ts";
import { callbackDataOf } from "./inbound.ts";
import { isMediaType, MEDIA_LIMITS, mediaRefusal } from "./media.ts";
import { acceptedResult, codeOrToken, listProblem, mediaAnswer, refusedResult, TRY_LATER } from "./outcomes.ts";
import { NumberRates, type Wait } from "./rates.ts";
import { textOf } from "./raw.ts";
import { type Built, buildMessage, buildReaction, buildReadMark } from "./request.ts";
import { TemplateCatalog } from "./templateCatalog.ts";
import type { KnownTemplate } from "./templates.ts";

/** What the configuration knows of a channel, its token decrypted. */
interface WhatsAppSettings {
  readonly phoneNumberId: string;
  readonly businessAccountId: string;
  readonly accessToken: string;
}

export interface WhatsAppChannelDependencies {
  /** `https://graph.facebook.com`, or the double's address. */
  readonly apiBaseUrl: string;
  /** Of the Graph API, such as `v25.0`. */
  readonly version: string;
  readonly channelSettings: (tenantId: TenantId, channelId: string) => Promise<WhatsAppSettings | undefined>;
  readonly setChannelHealth: (
    tenantId: TenantId,
    channelId: string,
    state: "healthy" | "failing" | "paused",
    reason?: string,
  ) => Promise<void>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch;
  /** Messages a second from one number, on this instance. Default 80. */
  readonly perSecond?: number;
}

/** Which channel, with its settings: what every call here is about. */
interface Line extends WhatsAppSettings {
  readonly tenantId: TenantId;
  readonly channelId: string;
}

/** A wait this short, in seconds, is waited out; a longer one goes back to the queue. */
const SHORT_WAIT_SECONDS = 1;
/**
 * How long nothing goes from a number that the provider holds back, by its code, on this instance: too fast; complaints
 * (131048), where each further message makes the rating worse and the provider names no time.
 */
const HELD_BACK_SECONDS: ReadonlyMap<number, number> = new Map([
  [130429, 5],
  [131048, 15 * 60],
]);
/** How long a channel counts as healthy without another look, in ms; a look is one read. */
const HEALTH_KNOWN_FOR = 60_000;
const MAX_CHANNELS = 1000;

const NO_CHANNEL: MessageError = {
  code: "channel-gone",
  message: "This channel does not exist any more. Ask an admin to set it up again.",
  remedy: "fix-channel",
};

/** WhatsApp as a channel, over the Cloud API. */
export class WhatsAppChannel implements Channel {
  readonly #dependencies: WhatsAppChannelDependencies;
  readonly #client: GraphClient;
  readonly #rates: NumberRates;
  /** When a channel's health was last seen to be good, in ms: whoever reported it as ill may be another instance, or gone. */
  readonly #healthyAt = new Map<string, number>();
  readonly #templates: TemplateCatalog;

  constructor(dependencies: WhatsAppChannelDependencies) {
    this.#dependencies = dependencies;
    this.#client = new GraphClient(dependencies);
    this.#rates = new NumberRates(dependencies.clock, dependencies.perSecond);
    this.#templates = new TemplateCatalog(dependencies.clock);
  }

  async send(tenantId: TenantId, channelId: string, message: OutboundMessage): Promise<SendResult> {
    const line = await this.#line(tenantId, channelId);
    if (line === undefined) return { outcome: "refused", error: NO_CHANNEL };
    const uploaded = await this.#upload(line, message);
    if ("outcome" in uploaded) return uploaded;
    const { to, content, replyToProviderId, reference } = message;
    const parameterNames = await this.#parameterNames(line, content);
    const built = buildMessage({
      to,
      content,
      ...uploaded,
      ...(replyToProviderId === undefined ? {} : { replyToProviderId }),
      ...(parameterNames === undefined ? {} : { parameterNames }),
      callbackData: callbackDataOf(reference),
    });
    return this.#post(line, built);
  }

  async react(
    tenantId: TenantId,
    channelId: string,
    to: readonly Identity[],
    targetProviderId: string,
    emoji: string,
  ): Promise<SendResult> {
    const line = await this.#line(tenantId, channelId);
    if (line === undefined) return { outcome: "refused", error: NO_CHANNEL };
    return this.#post(line, buildReaction(to, targetProviderId, emoji));
  }

  async markRead(tenantId: TenantId, channelId: string, providerId: string): Promise<void> {
    const line = await this.#line(tenantId, channelId);
    if (line === undefined) return;
    const outcome = await this.#client.call({ ...messagesOf(line), body: buildReadMark(providerId) });
    await this.#noteHealth(line, outcome);
    if (outcome.kind !== "done")
      this.#dependencies.telemetry.log("info", "WhatsApp did not take a read mark", fieldsOf(line, outcome));
  }

  async fetchMedia(tenantId: TenantId, channelId: string, providerMediaId: string, type: MessageContent["type"]) {
    const line = await this.#line(tenantId, channelId);
    if (line === undefined || !/^[\w-]{1,256}$/.test(providerMediaId)) throw new Problem("not-found");
    const { maxBytes } = MEDIA_LIMITS[isMediaType(type) ? type : "document"];
    const { accessToken, phoneNumberId } = line;
    const outcome = await this.#client.call({
      accessToken,
      path: [providerMediaId],
      query: { phone_number_id: phoneNumberId },
    });
    await this.#noteHealth(line, outcome);
    const about = mediaAnswer(outcome);
    if (Number(about.file_size) > maxBytes) throw new Problem("too-large");
    const response = await this.#openMedia(String(about.url), accessToken);
    const length = Number(response.headers.get("content-length") ?? 0);
    if (length > maxBytes) {
      await response.body?.cancel();
      throw new Problem("too-large");
    }
    const mimeType = textOf(about.mime_type, 200) ?? "application/octet-stream";
    return {
      content: response.body === null ? Readable.from([]) : Readable.fromWeb(response.body),
      mimeType,
      maxBytes,
    };
  }

  async templates(tenantId: TenantId, channelId: string): Promise<readonly ChannelTemplate[]> {
    const line = await this.#line(tenantId, channelId);
    if (line === undefined) throw new Problem("not-found");
    return (await this.#knownTemplates(line)).map(({ shown }) => shown);
  }

  async #line(tenantId: TenantId, channelId: string): Promise<Line | undefined> {
    const settings = await this.#dependencies.channelSettings(tenantId, channelId);
    return settings === undefined ? undefined : { ...settings, tenantId, channelId };
  }

  /** Uploads the content's file, if it has one. Nothing is sent by that, so every failure leaves the message unsent for sure. */
  async #upload(
    line: Line,
    { content, openMedia }: OutboundMessage,
  ): Promise<SendResult | { uploadedId?: string; fileName?: string }> {
    const media = mediaOf(content);
    if (media === undefined || !isMediaType(content.type) || openMedia === undefined) return {};
    const file = await openMedia();
    const refusal = mediaRefusal(content.type, file.mimeType, file.bytes.byteLength);
    if (refusal !== undefined) return { outcome: "refused", error: refusal };
    const fileName = file.fileName ?? media.fileName;
    const form = new FormData();
    form.set("messaging_product", "whatsapp");
    form.set("type", file.mimeType);
    form.set("file", new Blob([new Uint8Array(file.bytes)], { type: file.mimeType }), fileName ?? "file");
    const { accessToken, phoneNumberId } = line;
    const outcome = await this.#client.call({
      accessToken,
      path: [phoneNumberId, "media"],
      body: form,
      within: "providerFile",
    });
    await this.#noteHealth(line, outcome);
    if (outcome.kind === "refused") return refusedResult(outcome);
    const uploadedId = outcome.kind === "done" ? textOf(outcome.body.id, 256) : undefined;
    if (uploadedId === undefined) return TRY_LATER;
    return fileName === undefined ? { uploadedId } : { uploadedId, fileName };
  }

  async #post(line: Line, built: Built): Promise<SendResult> {
    if ("refused" in built) return { outcome: "refused", error: built.refused };
    const wait = await this.#waitForTurn(line.phoneNumberId);
    if (wait !== undefined) return { outcome: "later", retryAfterSeconds: wait.seconds, error: errorFor(wait.code) };
    const outcome = await this.#client.call({ ...messagesOf(line), body: built.request });
    await this.#noteHealth(line, outcome);
    if (outcome.kind !== "done")
      this.#dependencies.telemetry.log("info", "WhatsApp did not accept a message", fieldsOf(line, outcome));
    switch (outcome.kind) {
      case "done":
        return acceptedResult(outcome.body);
      case "unreachable":
        return TRY_LATER;
      case "unknown":
        return { outcome: "unknown" };
      case "refused":
        this.#holdBack(line, outcome.code);
        return refusedResult(outcome);
    }
  }

  #holdBack({ phoneNumberId }: Line, code: number | undefined): void {
    const seconds = code === undefined ? undefined : HELD_BACK_SECONDS.get(code);
    if (code !== undefined && seconds !== undefined) this.#rates.close(phoneNumberId, seconds, code);
  }

  /** Undefined once it may be sent, else when to come back. */
  async #waitForTurn(phoneNumberId: string): Promise<Wait | undefined> {
    const wait = this.#rates.take(phoneNumberId);
    if (wait === undefined || wait.seconds > SHORT_WAIT_SECONDS) return wait;
    await this.#dependencies.clock.sleep(Math.ceil(wait.seconds * 1000));
    return this.#rates.take(phoneNumberId);
  }

  async #openMedia(url: string, accessToken: string): Promise<Response> {
    let response: Response;
    try {
      response = await this.#client.download(url, accessToken);
    } catch (cause) {
      throw new Problem(cause instanceof RangeError ? "provider-failed" : "unavailable", { cause });
    }
    if (response.ok) return response;
    await response.body?.cancel();
    throw new Problem(response.status === 404 || response.status === 410 ? "not-found" : "unavailable");
  }

  async #parameterNames(line: Line, content: MessageContent): Promise<readonly string[] | undefined> {
    if (content.type !== "template" || content.template.parameters.length === 0) return undefined;
    const { name, language } = content.template;
    // When the list cannot be had, numbers are the likelier kind; WhatsApp refuses a template that is filled in wrongly.
    const known = await this.#knownTemplates(line).catch(() => []);
    return known.find(({ shown }) => shown.name === name && shown.language === language)?.parameterNames;
  }

  #knownTemplates(line: Line): Promise<readonly KnownTemplate[]> {
    const { tenantId, channelId, businessAccountId, accessToken } = line;
    return this.#templates.get(`${tenantId} ${channelId} ${businessAccountId}`, async (query) => {
      const outcome = await this.#client.call({ accessToken, path: [businessAccountId, "message_templates"], query });
      await this.#noteHealth(line, outcome);
      if (outcome.kind !== "done") throw listProblem(outcome);
      return outcome.body;
    });
  }

  #isKnownHealthy(key: string): boolean {
    const seen = this.#healthyAt.get(key);
    return seen !== undefined && this.#dependencies.clock.now().getTime() - seen < HEALTH_KNOWN_FOR;
  }

  /** Tells the configuration what an answer says about the channel. Never throws: the message matters more. */
  async #noteHealth({ tenantId, channelId, phoneNumberId }: Line, outcome: GraphOutcome): Promise<void> {
    const { setChannelHealth, telemetry, clock } = this.#dependencies;
    const key = `${tenantId} ${channelId}`;
    try {
      const rule = outcome.kind === "refused" ? ruleFor(codeOrToken(outcome)) : undefined;
      if (rule?.health !== undefined) {
        this.#healthyAt.delete(key);
        await setChannelHealth(tenantId, channelId, rule.health, rule.words);
        // What works while a number is held back, such as a read mark, says nothing of its sending.
      } else if (outcome.kind === "done" && !this.#isKnownHealthy(key) && !this.#rates.isClosed(phoneNumberId)) {
        await setChannelHealth(tenantId, channelId, "healthy");
        if (this.#healthyAt.size >= MAX_CHANNELS) this.#healthyAt.clear();
        this.#healthyAt.set(key, clock.now().getTime());
      }
    } catch (error) {
      telemetry.log("warn", "a channel's health could not be recorded", { tenantId, channelId, error });
    }
  }
}

const messagesOf = ({ accessToken, phoneNumberId }: Line) => ({ accessToken, path: [phoneNumberId, "messages"] });

function fieldsOf({ tenantId, channelId }: Line, outcome: GraphOutcome) {
  const code = outcome.kind === "refused" ? { status: outcome.status, code: outcome.code ?? "none" } : {};
  return { tenantId, channelId, reason: outcome.kind, ...code };
}
