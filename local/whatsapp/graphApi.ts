import { randomBytes } from "node:crypto";
import { mediaRefusal } from "../../shared/channels/whatsapp/media.ts";
import { ReadMark, SendRequest, TemplatePart } from "../../shared/channels/whatsapp/testing/requestSchema.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import { type Fault, type Faults, graphError } from "./faults.ts";
import { type Call, HttpError, readJson, sendJson } from "./http.ts";
import type { Business } from "./model.ts";
import { PairRate } from "./pairRate.ts";
import type { Receipts, Recipient } from "./receipts.ts";
import type { Store } from "./store.ts";
import { renderTemplate, TEMPLATES } from "./templates.ts";

interface GraphOptions {
  readonly store: Store;
  readonly receipts: Receipts;
  readonly faults: Faults;
  readonly clock: Clock;
  /** Messages to one recipient: a burst, and then one each so many seconds. Default: not limited. */
  readonly pairRate?: { readonly burst: number; readonly seconds: number } | undefined;
}

const WINDOW_SECONDS = 24 * 60 * 60;
/** Types whose part may name an uploaded file. */
const FILE_TYPES = ["image", "video", "audio", "document", "sticker"] as const;

/** POST /{phone number id}/messages and GET /{account}/message_templates of the Cloud API. */
export class GraphApi {
  readonly #options: GraphOptions;
  readonly #pairRate: PairRate | undefined;

  constructor(options: GraphOptions) {
    this.#options = options;
    const { pairRate, clock } = options;
    this.#pairRate = pairRate === undefined ? undefined : new PairRate(clock, pairRate.burst, pairRate.seconds);
  }

  /** The number's business, if the token is its. Throws error 100 for an unknown number, 190 for a wrong token. */
  businessOf(phoneNumberId: string, call: Call): Business {
    const business = this.#options.store.business(phoneNumberId);
    if (business === undefined) throw graphError(100, `Object with ID '${phoneNumberId}' does not exist`, 33);
    this.requireToken(call, [business]);
    return business;
  }

  requireToken({ request }: Call, businesses: readonly Business[]): void {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (!businesses.some(({ accessToken }) => accessToken === token))
      throw graphError(190, "Invalid OAuth access token");
  }

  async messages(business: Business, call: Call): Promise<void> {
    const body = await readJson(call.request);
    if (ReadMark.safeParse(body).success) return this.#readMark(business, ReadMark.parse(body), call);
    const parsed = SendRequest.safeParse(body);
    if (!parsed.success)
      throw graphError(
        100,
        parsed.error.issues
          .map(({ path, message }) => `${path.join(".")}: ${message}`)
          .join("; ")
          .slice(0, 500),
      );
    this.#send(business, parsed.data, call);
  }

  templates(accountId: string, call: Call): void {
    const businesses = this.#options.store
      .businesses()
      .filter(({ businessAccountId }) => businessAccountId === accountId);
    if (businesses.length === 0) throw graphError(100, `Object with ID '${accountId}' does not exist`, 33);
    this.requireToken(call, businesses);
    const wanted = call.url.searchParams.get("status");
    const listed = TEMPLATES.filter(({ status }) => wanted === null || status === wanted);
    const limit = Number(call.url.searchParams.get("limit") ?? 25);
    const start = Number(call.url.searchParams.get("after") ?? 0);
    const end = start + limit;
    const next = end < listed.length ? { next: `${call.url.origin}${call.url.pathname}?after=${end}` } : {};
    sendJson(call.response, 200, {
      data: listed.slice(start, end),
      paging: { cursors: { before: String(start), after: String(end) }, ...next },
    });
  }

  #send(business: Business, request: SendRequest, call: Call): void {
    const { store, receipts, faults } = this.#options;
    const address = (request.to ?? request.recipient ?? "").replace(/^\+|[\s()-]/g, "");
    const recipient: Recipient = { person: store.personAt(address), address };
    const said = partOf(request);
    const text = typeof said.body === "string" ? said.body : "";
    const fault = request.type === "reaction" ? undefined : faults.next(text);
    refuse(fault);
    this.#requireAllowed(business, recipient, request, said);
    this.#requirePace(business, recipient);
    const id = newWamid();
    const { biz_opaque_callback_data: callbackData } = request;
    if (request.type === "reaction") this.#react(said);
    else this.#show(business, recipient, request, said, id, fault?.as === "status");
    if (fault?.as === "status") void receipts.fail(business, recipient, id, callbackData, fault.code);
    else void receipts.accompany(business, recipient, id, callbackData);
    if (fault?.as === "drop") return void call.response.destroy();
    const contact = { input: address, ...(request.to === undefined ? { user_id: address } : { wa_id: address }) };
    sendJson(call.response, 200, { messaging_product: "whatsapp", contacts: [contact], messages: [{ id }] });
  }

  #requireAllowed(
    business: Business,
    { person }: Recipient,
    request: SendRequest,
    said: Record<string, unknown>,
  ): void {
    const { store, clock } = this.#options;
    const { type } = request;
    if (isFileType(type)) {
      const file = typeof said.id === "string" ? store.file(said.id) : undefined;
      if (typeof said.id === "string" && file === undefined)
        throw graphError(131053, "Media upload error: no such media id");
      if (file !== undefined && mediaRefusal(type, file.mimeType, file.size) !== undefined)
        throw graphError(131053, `Unsupported ${type} mime type ${file.mimeType} or size ${file.size}`);
    }
    if (type === "template") {
      const rendered = renderTemplate(TemplatePart.parse(said));
      if ("code" in rendered) throw graphError(rendered.code, rendered.details);
      return;
    }
    if (person === undefined || type === "reaction") return;
    // Only for people of the page do we know when they last wrote; other addresses are taken as being in their window.
    const last = Math.max(
      0,
      ...store
        .chat(person.id, business.phoneNumberId)
        .filter(({ from }) => from === "person")
        .map(({ at }) => at),
    );
    if (last < clock.now().getTime() / 1000 - WINDOW_SECONDS)
      throw graphError(
        131047,
        "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
      );
  }

  #requirePace({ phoneNumberId }: Business, { address }: Recipient): void {
    if (this.#pairRate?.take(`${phoneNumberId} ${address}`) === false)
      throw graphError(131056, "Too many messages from this phone number to the same phone number in a short time");
  }

  #show(
    business: Business,
    { person }: Recipient,
    request: SendRequest,
    said: Record<string, unknown>,
    id: string,
    fails: boolean,
  ): void {
    const { store, clock } = this.#options;
    if (person === undefined || fails) return;
    const rendered = request.type === "template" ? renderTemplate(TemplatePart.parse(said)) : undefined;
    store.put({
      id,
      personId: person.id,
      phoneNumberId: business.phoneNumberId,
      from: "business",
      type: request.type,
      said: rendered === undefined ? said : { ...said, rendered },
      at: Math.floor(clock.now().getTime() / 1000),
      status: "sent",
      reactions: {},
      ...(request.context === undefined ? {} : { replyTo: request.context.message_id }),
      ...(request.biz_opaque_callback_data === undefined ? {} : { callbackData: request.biz_opaque_callback_data }),
    });
  }

  #react(said: Record<string, unknown>): void {
    const { store } = this.#options;
    const bubble = store.bubble(String(said.message_id));
    if (bubble === undefined) throw graphError(131009, "message_id is not a message of this chat");
    const { business: _, ...others } = bubble.reactions;
    store.change(bubble.id, { reactions: said.emoji === "" ? others : { ...others, business: String(said.emoji) } });
  }

  /** A read mark covers everything the person wrote before it. */
  #readMark({ phoneNumberId }: Business, mark: { message_id: string; typing_indicator?: unknown }, call: Call): void {
    const { store } = this.#options;
    const marked = store.bubble(mark.message_id);
    for (const bubble of marked === undefined ? [] : store.chat(marked.personId, phoneNumberId)) {
      if (bubble.from === "person" && bubble.at <= (marked?.at ?? 0) && bubble.status !== "read")
        store.change(bubble.id, { status: "read" });
    }
    if (marked !== undefined && mark.typing_indicator !== undefined)
      store.events.emit("typing", { personId: marked.personId, phoneNumberId });
    sendJson(call.response, 200, { success: true });
  }
}

function isFileType(type: string): type is (typeof FILE_TYPES)[number] {
  return FILE_TYPES.some((each) => each === type);
}

function refuse(fault: Fault | undefined): void {
  if (fault?.as === "answer") throw graphError(fault.code, "Simulated on demand");
  if (fault?.as === "silent") throw new HttpError(502, "<html>Bad gateway</html>");
}

/** The part of a request that its type names; a list of contacts as `{ contacts }`. */
function partOf(request: SendRequest): Record<string, unknown> {
  const part: unknown = Object.entries(request).find(([name]) => name === request.type)?.[1];
  if (Array.isArray(part)) return { contacts: part };
  return typeof part === "object" && part !== null ? { ...part } : {};
}

export function newWamid(): string {
  return `wamid.${randomBytes(30).toString("base64")}`;
}
