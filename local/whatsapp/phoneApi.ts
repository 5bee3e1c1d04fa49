import { z } from "zod";
import type { Clock } from "../../shared/platform/clock.ts";
import { newWamid } from "./graphApi.ts";
import { type Call, HttpError, readBytes, readJson, sendBytes, sendJson } from "./http.ts";
import type { Bubble, Business, Person } from "./model.ts";
import { Envelope, providerPart, Said, webhookValue } from "./personMessage.ts";
import type { Receipts } from "./receipts.ts";
import type { Store } from "./store.ts";
import type { Webhooks } from "./webhooks.ts";

interface PhoneOptions {
  readonly store: Store;
  readonly webhooks: Webhooks;
  readonly receipts: Receipts;
  readonly openChats: OpenChats;
  readonly clock: Clock;
}

/** Which chats pages show now: by page, gone with the page's stream of events. */
export class OpenChats {
  readonly #byPage = new Map<string, ReadonlySet<string>>();

  set(page: string, chats: readonly string[]): void {
    this.#byPage.set(page, new Set(chats));
  }

  forget(page: string): void {
    this.#byPage.delete(page);
  }

  isOpen(personId: string, phoneNumberId: string): boolean {
    return [...this.#byPage.values()].some((chats) => chats.has(`${personId} ${phoneNumberId}`));
  }
}

const Looking = z.object({
  page: z.string().min(1).max(64),
  chats: z.array(z.object({ personId: z.string(), phoneNumberId: z.string() })).max(50),
});
const HEARTBEAT = 15_000;

/** What the phone page asks for: everything it does becomes a real, signed webhook of the product. */
export class PhoneApi {
  readonly #options: PhoneOptions;

  constructor(options: PhoneOptions) {
    this.#options = options;
  }

  async handle(call: Call): Promise<void> {
    const { method } = call;
    const [area = "", id = "", action = ""] = call.segments;
    const route = `${method} ${area}${id === "" ? "" : "/:id"}${action === "" ? "" : `/${action}`}`;
    switch (route) {
      case "GET state":
        return sendJson(call.response, 200, this.#state());
      case "GET events":
        return this.#stream(call);
      case "POST open":
        return this.#look(call);
      case "POST files":
        return this.#keep(call);
      case "GET files/:id":
        return this.#show(id, call);
      case "POST people/:id/messages":
        return this.#say(this.#person(id), call);
      case "POST bubbles/:id/played":
        return this.#play(id, call);
      default:
        throw new HttpError(404, { error: "no such address" });
    }
  }

  #state() {
    const { store } = this.#options;
    const businesses = store
      .businesses()
      .map(({ name, phoneNumberId, displayPhoneNumber }) => ({ name, phoneNumberId, displayPhoneNumber }));
    return { businesses, people: store.people, bubbles: store.bubbles().map(shown) };
  }

  /** Server-sent events: `bubble` for each new or changed one, `typing` while somebody at the business writes. */
  #stream({ request, response, url }: Call): void {
    const { store, openChats } = this.#options;
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    const write = (event: string, data: unknown) =>
      response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    const onBubble = (bubble: Bubble) => write("bubble", shown(bubble));
    const onTyping = (who: unknown) => write("typing", who);
    const heartbeat = setInterval(() => response.write(": still here\n\n"), HEARTBEAT).unref();
    store.events.on("bubble", onBubble).on("typing", onTyping);
    request.on("close", () => {
      clearInterval(heartbeat);
      store.events.off("bubble", onBubble).off("typing", onTyping);
      openChats.forget(url.searchParams.get("page") ?? "");
    });
    write("ready", {});
  }

  async #look({ request, response }: Call): Promise<void> {
    const { page, chats } = parse(Looking, await readJson(request));
    const { openChats, receipts } = this.#options;
    openChats.set(
      page,
      chats.map(({ personId, phoneNumberId }) => `${personId} ${phoneNumberId}`),
    );
    for (const { personId, phoneNumberId } of chats) receipts.read(personId, phoneNumberId);
    sendJson(response, 200, {});
  }

  async #keep({ request, response, url }: Call): Promise<void> {
    const bytes = await readBytes(request);
    if (bytes.byteLength === 0) throw new HttpError(400, { error: "an empty file" });
    const mimeType = request.headers["content-type"] ?? "application/octet-stream";
    const fileName = url.searchParams.get("name") ?? undefined;
    const { id } = this.#options.store.keepFile(bytes, mimeType.slice(0, 100), fileName?.slice(0, 200));
    sendJson(response, 201, { id });
  }

  #show(id: string, { response }: Call): void {
    const { store } = this.#options;
    const [bytes, file] = [store.bytesOf(id), store.file(id)];
    if (bytes === undefined || file === undefined) throw new HttpError(404, { error: "no such file" });
    sendBytes(response, bytes, file.mimeType);
  }

  async #say(person: Person, { request, response }: Call): Promise<void> {
    const { replyTo, forwarded, phoneNumberId, ...rest } = parse(Envelope, await readJson(request));
    const said = parse(Said, rest);
    const { store, webhooks, clock } = this.#options;
    const business = this.#business(phoneNumberId);
    const provider = providerPart(said, (id) => store.file(id));
    if (provider === undefined) throw new HttpError(404, { error: "no such file" });
    const { type, part } = provider;
    const at = Math.floor(clock.now().getTime() / 1000);
    const head = { id: newWamid(), at, type, ...(replyTo === undefined ? {} : { replyTo }) };
    const value = webhookValue(person, head, part, business, forwarded);
    const reaction = said.type === "reaction";
    if (reaction) this.#react(said.messageId, said.emoji);
    else {
      const shownPart = { said: saidOf(part), status: "sent", reactions: {} } as const;
      store.put({ ...head, ...shownPart, personId: person.id, phoneNumberId, from: "person" });
    }
    webhooks.send(business, value, reaction ? undefined : head.id);
    sendJson(response, 201, { id: head.id });
  }

  #react(bubbleId: string, emoji: string): void {
    const { store } = this.#options;
    const bubble = store.bubble(bubbleId);
    if (bubble === undefined) throw new HttpError(404, { error: "no such message" });
    const { person: _, ...others } = bubble.reactions;
    store.change(bubbleId, { reactions: emoji === "" ? others : { ...others, person: emoji } });
  }

  #play(id: string, { response }: Call): void {
    const { store, receipts } = this.#options;
    const bubble = store.bubble(id);
    if (bubble === undefined) throw new HttpError(404, { error: "no such message" });
    receipts.played(bubble);
    sendJson(response, 200, {});
  }

  #person(id: string): Person {
    const person = this.#options.store.person(id);
    if (person === undefined) throw new HttpError(404, { error: "no such person" });
    return person;
  }

  #business(phoneNumberId: string): Business {
    const business = this.#options.store.business(phoneNumberId);
    if (business === undefined) throw new HttpError(404, { error: "no such business" });
    return business;
  }
}

function shown({ callbackData: _, ...bubble }: Bubble) {
  return bubble;
}

function saidOf(part: unknown): Record<string, unknown> {
  if (Array.isArray(part)) return { contacts: part };
  return typeof part === "object" && part !== null ? { ...part } : {};
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new HttpError(400, { error: z.prettifyError(parsed.error) });
  return parsed.data;
}
