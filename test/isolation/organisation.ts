import { randomInt } from "node:crypto";
import { z } from "zod";
import { Contact } from "../../shared/contacts/model.ts";
import { Conversation, Message } from "../../shared/conversations/model.ts";
import { SignedIn } from "../../shared/identity/model.ts";
import { Media } from "../../shared/media/model.ts";
import { Role } from "../../shared/platform/caller.ts";
import { messageWebhook, signed, text } from "../harness/whatsapp.ts";
import type { Answer } from "./answer.ts";
import { type Call, INSTALLATION, type Installation, routeNamed } from "./installation.ts";

export const ROLES = Role.options;
const PASSWORD = "canary password of everyone";

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
}

/** A conversation with what hangs on it. */
export interface Talk {
  readonly conversation: string;
  readonly contact: string;
  /** The customer's text. */
  readonly message: string;
  /** The customer's photo, and its file. */
  readonly photo: string;
  readonly media: string;
}

const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) });

/** A tenant made through the API, with people of every role, a number, and customers who wrote. */
export class Organisation {
  readonly installation: Installation;
  readonly slug: string;
  /** Stands in everything that people of this tenant, or its customers, wrote. */
  readonly marker: string;
  readonly channel: string;
  readonly ownChannel: string;
  readonly business = { phoneNumberId: String(randomInt(1e12, 9e12)), displayPhoneNumber: `+${randomInt(1e9, 9e9)}` };
  /** The number of the app of its own. */
  readonly ownBusiness = { ...this.business, phoneNumberId: `9${this.business.phoneNumberId}` };
  readonly secrets: { accessToken: string; appSecret: string; verifyToken: string };
  tenantId = "";
  webhookKey = "";
  readonly #people = new Map<Role, Person>();
  #talk: Talk | undefined;
  #customers = 0;

  private constructor(installation: Installation, slug: string) {
    this.installation = installation;
    this.slug = slug;
    this.marker = `marker-of-${slug}`;
    this.channel = `main-${slug}`;
    this.ownChannel = `own-${slug}`;
    const canary = (what: string) => `canary-${what}-of-${slug}`;
    this.secrets = { accessToken: canary("token"), appSecret: canary("app"), verifyToken: canary("verify") };
  }

  static async make(installation: Installation, slug: string): Promise<Organisation> {
    const made = new Organisation(installation, slug);
    const { watch } = installation;
    watch.secret(PASSWORD, ...Object.values(made.secrets));
    watch.private(made.marker, made.business.displayPhoneNumber);
    await made.#signUp();
    for (const role of ROLES) if (role !== "owner") await made.newPerson(role);
    await made.#connectChannels();
    made.#talk = await made.newTalk();
    await made.newTalk();
    const { id } = made.person("owner");
    watch.owns(made.tenantId, made.marker, made.tenantId, id, made.channel, made.ownChannel, made.webhookKey);
    watch.owns(made.tenantId, ...Object.values(made.#talk), made.business.phoneNumberId, `${slug}.test`);
    return made;
  }

  person(role: Role): Person {
    const found = this.#people.get(role);
    if (found === undefined) throw new Error(`${this.slug} has no ${role}`);
    return found;
  }

  /** The first customer's conversation, which no example changes for good. */
  get talk(): Talk {
    if (this.#talk === undefined) throw new Error("Not made yet");
    return this.#talk;
  }

  send(route: string, call: Call = {}, role: Role = "owner"): Promise<Answer> {
    return this.installation.send(routeNamed(route), call, this.person(role).token);
  }

  /** The answer of a request that must succeed. */
  async get<T>(schema: z.ZodType<T>, route: string, call: Call = {}): Promise<T> {
    const answer = await this.send(route, call);
    if (answer.status >= 300) throw new Error(`${route} answered ${answer.status} ${answer.text}`);
    return schema.parse(answer.json);
  }

  /** The ETag of one thing, as If-Match. */
  async version(route: string, id: string): Promise<{ "if-match": string }> {
    const { headers } = await this.send(route, { params: { id } });
    return { "if-match": headers.get("etag") ?? "none" };
  }

  async newPerson(role: Role, chosen?: string): Promise<Person> {
    const id = chosen ?? `${role}-of-${this.slug}-${this.#people.size}`;
    const email = `${id}@${this.slug}.test`;
    const body = { name: `${this.marker} ${role}`, email, role, password: PASSWORD };
    const answer = await this.send("PUT configuration/users/{id}", { params: { id }, body });
    if (answer.status !== 201) throw new Error(answer.text);
    const { accessToken: token } = await this.signIn(email);
    const person = { id, email, password: PASSWORD, token };
    if (!this.#people.has(role)) this.#people.set(role, person);
    if (chosen === undefined) this.installation.watch.owns(this.tenantId, id);
    return person;
  }

  /** A new sign-in, and its cookie as a header. */
  async signIn(email: string): Promise<{ readonly accessToken: string; readonly cookie: string }> {
    const body = { tenant: this.slug, email, password: PASSWORD };
    const answer = await this.installation.send(routeNamed("POST auth/login"), { body });
    const { accessToken } = SignedIn.parse(answer.json);
    this.installation.watch.token(accessToken, this.tenantId);
    const [cookie] = answer.cookies;
    return { accessToken, cookie: `${cookie?.name}=${cookie?.value}` };
  }

  async newMedia(): Promise<string> {
    const call = {
      raw: Buffer.from("a file"),
      headers: { "content-type": "image/png" },
      query: { fileName: "photo.png" },
    };
    return (await this.get(Media, "POST media", call)).id;
  }

  /** Another customer who wrote and sent a photo. */
  async newTalk(): Promise<Talk> {
    const phone = `49${randomInt(1e9, 9e9)}`;
    const customer = { phone, name: `${this.marker} customer ${++this.#customers}` };
    const wamid = (n: number) => `wamid.${this.slug}.${phone}.${n}`;
    const at = this.installation.clock.now();
    const image = {
      type: "image",
      image: { id: `80000${phone}`, mime_type: "image/png", caption: `${this.marker} photo` },
    };
    const reaction = { type: "reaction", reaction: { message_id: wamid(1), emoji: "👍" } };
    const contents = [text(`${this.marker} hello`), image, reaction];
    for (const [n, content] of contents.entries())
      await this.webhook(messageWebhook(this.business, customer, { wamid: wamid(n + 1), at, content }));
    await this.installation.drain();
    const conversation = await this.conversationWith(phone);
    if (conversation === undefined) throw new Error("The customer's message did not arrive");
    const id = conversation.id;
    const thread = await this.messages(id);
    const message = thread.find(({ type }) => type === "text");
    const photo = thread.find((each) => each.type === "image");
    if (message?.reactions.length !== 1 || photo?.type !== "image" || photo.media.status !== "stored")
      throw new Error(`The thread is not what was sent: ${JSON.stringify(thread)}`);
    this.installation.watch.private(phone);
    this.installation.watch.owns(this.tenantId, phone, id);
    return {
      conversation: id,
      contact: conversation.contact.id,
      message: message.id,
      photo: photo.id,
      media: photo.media.id,
    };
  }

  async messages(conversationId: string): Promise<Message[]> {
    const call = { params: { id: conversationId }, query: { limit: "100" } };
    return (await this.get(listOf(Message), "GET conversations/{id}/messages", call)).items;
  }

  /** The open one, of the tenant's newest hundred. */
  async conversationWith(phone: string): Promise<Conversation | undefined> {
    const { items } = await this.get(listOf(Conversation), "GET conversations", { query: { limit: "100" } });
    return items.find(({ contact }) => contact.identities.some(({ value }) => value === phone));
  }

  contacts(): Promise<{ items: Contact[] }> {
    return this.get(listOf(Contact), "GET contacts");
  }

  async webhook(payload: unknown): Promise<Answer> {
    const { body, headers } = signed(payload, INSTALLATION.appSecret);
    return this.installation.send(routeNamed("POST webhooks/whatsapp"), { raw: body, headers });
  }

  async #signUp(): Promise<void> {
    const email = `owner@${this.slug}.test`;
    const body = {
      organization: `${this.marker} inc`,
      slug: this.slug,
      name: `${this.marker} owner`,
      email,
      password: PASSWORD,
    };
    const answer = await this.installation.send(routeNamed("POST auth/sign-up"), { body });
    const { tenant, user, accessToken: token } = SignedIn.parse(answer.json);
    this.tenantId = tenant.id;
    this.#people.set("owner", { id: user.id, email, password: PASSWORD, token });
    this.installation.watch.token(token, tenant.id);
  }

  async #connectChannels(): Promise<void> {
    const { accessToken } = this.secrets;
    const common = {
      name: `${this.marker} number`,
      ...this.business,
      businessAccountId: "200000000000001",
      accessToken,
    };
    const put = "PUT configuration/whatsapp-channels/{id}";
    const shown = z.object({ webhookUrl: z.string() });
    await this.get(shown, put, { params: { id: this.channel }, body: common });
    const own = { ...common, ...this.ownBusiness, ...this.secrets };
    const { webhookUrl } = await this.get(shown, put, { params: { id: this.ownChannel }, body: own });
    this.webhookKey = webhookUrl.split("/").at(-1) ?? "";
  }
}
