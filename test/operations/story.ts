import { vi } from "vitest";
import { z } from "zod";
import { routes } from "../../functions/routes.ts";
import { Conversation, Message } from "../../shared/conversations/model.ts";
import { Problem } from "../../shared/platform/errors.ts";
import { QUEUES, type QueueName } from "../../shared/platform/queue/queues.ts";
import { messageWebhook, signed, text } from "../harness/whatsapp.ts";
import { examplesOf } from "../isolation/examples.ts";
import { graphFetch } from "../isolation/graph.ts";
import { type Call, INSTALLATION, type Installation, nameOf, routeNamed } from "../isolation/installation.ts";
import { Organisation } from "../isolation/organisation.ts";
import type { Canary } from "./canaries.ts";

/** What somebody tells this installation, each as unlike anything else as can be, with what needs escaping. */
const TOLD = {
  text: 'Rebhuhn "zwölf" & <Söhne>?',
  caption: 'Pirol "dreizehn" & <Töchter>?',
  fileName: "Kuckuck vierzehn & Enkel.pdf",
  contactName: 'Wiedehopf "fünfzehn" & Neffen',
  phone: "4915799887766",
  email: "wendehals.sechzehn@zaunkoenig.test",
  accessToken: "EAAcanaryNachtigall17",
  appSecret: "canary-Ziegenmelker-18",
  verifyToken: "canary-Goldammer-19",
  password: 'Gartenrotschwanz "zwanzig" & mehr',
};

const Conversations = z.object({ items: z.array(Conversation) });

export const CANARIES: readonly Canary[] = Object.entries(TOLD).map(([what, value]) => ({ what, value }));

const business = { phoneNumberId: "700000000000001", displayPhoneNumber: "+49 30 700000001" };
const customer = { phone: TOLD.phone, name: TOLD.contactName };
const CHANNEL = "PUT configuration/whatsapp-channels/{id}";
const POST_MESSAGE = "POST conversations/{id}/messages";
const channelSettings = {
  name: TOLD.contactName,
  ...business,
  businessAccountId: "200000000000001",
  accessToken: TOLD.accessToken,
  appSecret: TOLD.appSecret,
  verifyToken: TOLD.verifyToken,
};

/**
 * Everything that can be done from outside, well and badly, and everything that can break beneath, with errors that quote what
 * they choked on. What was private beside `CANARIES` is in the installation's watch.
 */
export async function everything(installation: Installation): Promise<void> {
  const organisation = await Organisation.make(installation, "alpha");
  for (const route of routes)
    for (const example of examplesOf(nameOf(route)).valid) {
      const token = route.permission === "public" ? undefined : organisation.person("owner").token;
      await installation.send(route, await example(organisation), token);
      await installation.drain();
    }
  await installation.tick();
  const conversation = await talk(organisation);
  await badRequests(organisation, conversation);
  await brokenProvider(organisation, conversation);
  await brokenStores(organisation, conversation);
  await poison(organisation);
}

let sent = 0;

function webhookOf(content: Record<string, unknown>, secret = TOLD.appSecret): Call {
  const message = { wamid: `wamid.canary.${++sent}`, at: new Date("2026-11-21T08:00:00Z"), content };
  const { body, headers } = signed(messageWebhook(business, customer, message), secret);
  return { raw: body, headers };
}

/** Every canary through the doors that are made for it; resolves to the customer's conversation. */
async function talk(organisation: Organisation): Promise<string> {
  const { installation } = organisation;
  const { email, password, contactName: name } = TOLD;
  const signUp = { organization: name, slug: "canaries", name, email, password };
  await installation.send(routeNamed("POST auth/sign-up"), { body: signUp });
  const login = { tenant: "canaries", email, password };
  await installation.send(routeNamed("POST auth/login"), { body: login });
  const user = { name, email, role: "agent", password };
  await organisation.send("PUT configuration/users/{id}", { params: { id: "canary" }, body: user });
  const channel = { params: { id: "canary" }, body: channelSettings };
  await organisation.send(CHANNEL, channel);
  for (const content of contents()) await organisation.webhook(payloadOf(content));
  await installation.drain();
  const { items } = await organisation.get(Conversations, "GET conversations", { query: { limit: "100" } });
  const found = items.find(({ contact }) => contact.identities.some(({ value }) => value === TOLD.phone));
  if (found === undefined) throw new Error("The canaries did not arrive");
  const file = { headers: { "content-type": "application/pdf" }, query: { fileName: TOLD.fileName } };
  const upload = await organisation.send("POST media", { raw: TOLD.text, ...file });
  const mediaId = z.object({ id: z.string() }).parse(upload.json).id;
  const bodies = [
    { type: "text", text: TOLD.text },
    { type: "note", text: TOLD.text },
    { type: "document", mediaId, caption: TOLD.caption },
    { type: "template", template: { name: "welcome", language: "en", parameters: [TOLD.text] } },
  ];
  for (const body of bodies) await organisation.get(Message, POST_MESSAGE, { params: { id: found.id }, body });
  await installation.drain();
  return found.id;
}

function contents(): Record<string, unknown>[] {
  const photo = { id: "800001", mime_type: "image/png", caption: TOLD.caption };
  const file = { id: "800002", mime_type: "application/pdf", filename: TOLD.fileName, caption: TOLD.caption };
  return [text(TOLD.text), { type: "image", image: photo }, { type: "document", document: file }];
}

function payloadOf(content: Record<string, unknown>) {
  const at = new Date("2026-11-21T08:00:00Z");
  return messageWebhook(business, customer, { wamid: `wamid.canary.${++sent}`, at, content });
}

/** What is refused, and must not be repeated while it is. */
async function badRequests(organisation: Organisation, conversation: string): Promise<void> {
  const { installation } = organisation;
  const params = { id: conversation };
  const json = { "content-type": "application/json" };
  const broken = `{"type": "text", "text": ${JSON.stringify(TOLD.text)}`;
  const refused: readonly (readonly [string, Call])[] = [
    [POST_MESSAGE, { params, raw: broken, headers: json }],
    [POST_MESSAGE, { params, body: { type: TOLD.text, text: { [TOLD.caption]: TOLD.contactName } } }],
    [POST_MESSAGE, { params, raw: TOLD.text, headers: { "content-type": "text/plain" } }],
    [CHANNEL, { params: { id: "bad" }, body: { ...channelSettings, phoneNumberId: TOLD.accessToken } }],
    ["GET conversations", { query: { status: TOLD.text, cursor: TOLD.caption } }],
    ["GET conversations/{id}", { params: { id: TOLD.phone } }],
    ["GET media/{id}", { params: { id: TOLD.fileName } }],
  ];
  for (const [route, call] of refused) await organisation.send(route, call);
  const login = { tenant: organisation.slug, email: TOLD.email, password: TOLD.password };
  const strangers: readonly (readonly [string, Call])[] = [
    ["POST auth/login", { body: login }],
    ["POST auth/sign-up", { body: { ...login, organization: TOLD.contactName, slug: TOLD.email, name: 7 } }],
    ["POST auth/refresh", { headers: { cookie: `refresh=${TOLD.accessToken}` } }],
    ["GET me", { headers: { authorization: `Bearer ${TOLD.accessToken}` } }],
    ["GET webhooks/whatsapp", { query: { "hub.mode": "subscribe", "hub.verify_token": TOLD.verifyToken } }],
    ["POST webhooks/whatsapp", webhookOf(text(TOLD.text), "somebody else's secret")],
    ["POST webhooks/whatsapp", webhookOf(text(TOLD.text), INSTALLATION.appSecret)],
  ];
  for (const [route, call] of strangers) await installation.send(routeNamed(route), call);
  await organisation.webhook({ object: "whatsapp_business_account", entry: [{ changes: [{ field: TOLD.text }] }] });
  await installation.drain();
}

/** Each way in which Meta can fail, quoting the request. */
async function brokenProvider(organisation: Organisation, conversation: string): Promise<void> {
  const { installation } = organisation;
  const quoting = (init: RequestInit | undefined) => `${String(init?.body)} ${JSON.stringify(init?.headers)}`;
  const error = (init: RequestInit | undefined) => ({
    code: 131026,
    message: quoting(init),
    error_data: quoting(init),
  });
  const answers: readonly (typeof globalThis.fetch)[] = [
    async (_url, init) => Response.json({ error: error(init) }, { status: 400 }),
    async (_url, init) => Response.json({ error: { ...error(init), code: 190 } }, { status: 401 }),
    async (_url, init) => new Response(`<p>${quoting(init)}</p>`, { status: 502 }),
    async (_url, init) => Response.json({ messages: quoting(init) }),
    async (_url, init) => Promise.reject(new TypeError(quoting(init), { cause: { code: quoting(init) } })),
  ];
  for (const answer of answers) {
    vi.stubGlobal("fetch", answer);
    const body = { type: "text", text: TOLD.text };
    await organisation.send(POST_MESSAGE, { params: { id: conversation }, body });
    await organisation.send("GET conversations/{id}/templates", { params: { id: conversation } });
    await organisation.send("POST conversations/{id}/read", { params: { id: conversation } });
    for (const content of contents()) await organisation.webhook(payloadOf(content));
    await installation.drain();
    installation.clock.advance(60_000);
    await installation.drain();
  }
  vi.stubGlobal("fetch", graphFetch());
}

/** Each store in turn answers everything with an error that quotes what it was asked. */
async function brokenStores(organisation: Organisation, conversation: string): Promise<void> {
  const { installation } = organisation;
  const { documents, queue, blobs, realtime, secrets } = installation.engines;
  const quote = (...asked: unknown[]) =>
    Promise.reject(new Problem("unavailable", { cause: new TypeError(JSON.stringify(asked)), detail: String(asked) }));
  const crash = (...asked: unknown[]) => Promise.reject(new RangeError(JSON.stringify(asked)));
  const breaks = [
    () => [vi.spyOn(queue, "send").mockImplementation(quote), vi.spyOn(queue, "ping").mockImplementation(quote)],
    () => [vi.spyOn(blobs, "write").mockImplementation(crash), vi.spyOn(blobs, "read").mockImplementation(quote)],
    () => [vi.spyOn(realtime, "publish").mockImplementation(crash)],
    () => [
      vi.spyOn(secrets, "decrypt").mockImplementation(crash),
      vi.spyOn(secrets, "encrypt").mockImplementation(quote),
    ],
    () => {
      const whole = documents.forTenant.bind(documents);
      const broken: typeof documents.forTenant = (tenantId) => ({ ...whole(tenantId), commit: crash, read: quote });
      return [vi.spyOn(documents, "forTenant").mockImplementation(broken)];
    },
  ];
  for (const breakIt of breaks) {
    const spies = breakIt();
    await organisation.webhook(payloadOf(text(TOLD.text)));
    await organisation.webhook(payloadOf({ type: "image", image: { id: "800003", mime_type: "image/png" } }));
    const asked: readonly (readonly [string, Call])[] = [
      [POST_MESSAGE, { params: { id: conversation }, body: { type: "text", text: TOLD.text } }],
      [
        "POST media",
        { raw: TOLD.text, headers: { "content-type": "application/pdf" }, query: { fileName: TOLD.fileName } },
      ],
      [CHANNEL, { params: { id: "canary" }, body: channelSettings, headers: { "if-match": "*" } }],
      ["GET health", {}],
    ];
    for (const [route, call] of asked) await organisation.send(route, call);
    // What cannot even be recorded as parked would be tried for ever.
    await installation.drain().catch(() => undefined);
    for (const spy of spies) spy.mockRestore();
    installation.clock.advance(60_000);
    await installation.drain();
    await organisation.send("GET health");
    await installation.tick();
  }
}

/** Messages that no function can read, on every queue. */
async function poison({ installation }: Organisation): Promise<void> {
  const names = Object.keys(QUEUES).filter((name): name is QueueName => name in QUEUES);
  for (const queue of names) {
    const body = { ...TOLD, events: [TOLD], tenantId: TOLD.text, conversationId: TOLD.caption };
    await installation.engines.queue.send(queue, [{ messageId: `poison-${queue}`, sessionId: "poison", body }]);
  }
  await installation.drain();
}
