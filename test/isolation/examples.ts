import { Message } from "../../shared/conversations/model.ts";
import { type Business, messageWebhook, signed, text } from "../harness/whatsapp.ts";
import { REFUSED_TEXT } from "./graph.ts";
import { type Call, INSTALLATION } from "./installation.ts";
import type { Organisation } from "./organisation.ts";

/** Makes a request that succeeds, and first whatever it needs. It may be used any number of times. */
type Example = (organisation: Organisation) => Promise<Call>;

export interface Examples {
  readonly valid: readonly [Example, ...Example[]];
  /** The client chooses the id in the path, so another tenant's is as good as any, and names something of the caller's own. */
  readonly choosesId?: true;
}

const later = "2026-11-22T08:00:00.000Z";
const talkIn = async (organisation: Organisation): Promise<Call> => ({
  params: { id: organisation.talk.conversation },
});
const newTalkIn: Example = async (organisation) => ({ params: { id: (await organisation.newTalk()).conversation } });
const inTalk = (body: Example | Record<string, unknown>): Example =>
  typeof body === "function" ? body : async (organisation) => ({ ...(await newTalkIn(organisation)), body });
const list = async (): Promise<Call> => ({ query: { limit: "2" } });

const READ_USER = "GET configuration/users/{id}";
const READ_CHANNEL = "GET configuration/whatsapp-channels/{id}";
const READ_SECURITY = "GET configuration/security/{id}";

let made = 0;
const unique = () => `${++made}`;

const newUser = ({ slug, marker }: Organisation, id: string) => ({
  name: `${marker} new`,
  email: `${id}@${slug}.test`,
  role: "agent",
  active: true,
  password: "canary password of everyone",
});

/** The settings of which every organisation has one item, set, with the version they have. */
async function securityOf(organisation: Organisation) {
  const params = { id: "tenant" };
  const body = { requireSecondFactor: false, secondFactorAfterSingleSignOn: false };
  await organisation.send("PUT configuration/security/{id}", { params, body });
  return { params, headers: await organisation.version(READ_SECURITY, params.id) };
}

const newChannel = ({ marker, secrets }: Organisation) => ({
  name: `${marker} another`,
  phoneNumberId: `7${String(made).padStart(9, "0")}${Math.floor(Math.random() * 1e9)}`,
  displayPhoneNumber: "+49 30 1234567",
  businessAccountId: "200000000000001",
  ...secrets,
});

/** A message as this tenant's customer would send it, signed by the app that the webhook belongs to. */
function webhook(organisation: Organisation, business: Business, secret: string): Call {
  const customer = { phone: "4915112345678", name: `${organisation.marker} somebody` };
  const message = {
    wamid: `wamid.example.${unique()}`,
    at: organisation.installation.clock.now(),
    content: text("hi"),
  };
  const { body, headers } = signed(messageWebhook(business, customer, message), secret);
  return { raw: body, headers };
}

const verification = (token: string) => ({
  "hub.mode": "subscribe",
  "hub.verify_token": token,
  "hub.challenge": "1158201444",
});

const withCookie: Example = async (organisation) => {
  const { cookie } = await organisation.signIn(organisation.person("agent").email);
  return { headers: { cookie } };
};

const withFile =
  (type: string, more: Record<string, unknown> = {}): Example =>
  async (organisation) => {
    const { conversation, message } = await organisation.newTalk();
    const mediaId = await organisation.newMedia();
    return { params: { id: conversation }, body: { type, mediaId, replyTo: message, ...more } };
  };

/** How each route is called so that it succeeds. A route that is not here fails the tests, as does one here that is gone. */
export const EXAMPLES: Readonly<Record<string, Examples>> = {
  "GET health": { valid: [async () => ({})] },
  "GET metrics": { valid: [async () => ({})] },
  "GET openapi.json": { valid: [async () => ({})] },
  "GET .well-known/jwks.json": { valid: [async () => ({})] },
  "POST auth/sign-up": {
    valid: [
      async ({ marker, slug }) => {
        const address = `${slug}-${unique()}`;
        const password = "canary password of everyone";
        return {
          body: { organization: `${marker} twin`, slug: address, name: "A Name", email: `a@${address}.test`, password },
        };
      },
    ],
  },
  "POST auth/login": {
    valid: [
      async (organisation) => {
        const { email, password } = organisation.person("agent");
        return { body: { tenant: organisation.slug, email, password } };
      },
    ],
  },
  "POST auth/refresh": { valid: [withCookie] },
  "POST auth/logout": { valid: [withCookie] },
  "GET me": { valid: [async () => ({})] },
  "GET configuration/changes": { valid: [async () => ({ query: { after: "1", wait: "0" } })] },
  "GET configuration/whatsapp-channels": { valid: [list] },
  [READ_CHANNEL]: { valid: [async ({ channel }) => ({ params: { id: channel } })] },
  "PUT configuration/whatsapp-channels/{id}": {
    choosesId: true,
    valid: [
      async (organisation) => ({
        params: { id: `new-${organisation.slug}-${unique()}` },
        body: newChannel(organisation),
      }),
      async (organisation) => {
        const { channel, business, secrets } = organisation;
        const body = { ...newChannel(organisation), ...business, accessToken: secrets.accessToken };
        return { params: { id: channel }, body, headers: await organisation.version(READ_CHANNEL, channel) };
      },
    ],
  },
  "DELETE configuration/whatsapp-channels/{id}": {
    valid: [
      async (organisation) => {
        const id = `gone-${organisation.slug}-${unique()}`;
        const call = { params: { id }, body: newChannel(organisation) };
        await organisation.send("PUT configuration/whatsapp-channels/{id}", call);
        return { params: { id }, headers: await organisation.version(READ_CHANNEL, id) };
      },
    ],
  },
  "GET configuration/users": { valid: [list] },
  [READ_USER]: { valid: [async (organisation) => ({ params: { id: organisation.person("agent").id } })] },
  "PUT configuration/users/{id}": {
    choosesId: true,
    valid: [
      async (organisation) => {
        const id = `new-${organisation.slug}-${unique()}`;
        return { params: { id }, body: newUser(organisation, id) };
      },
      async (organisation) => {
        const { id, email } = organisation.person("agent");
        const body = { name: `${organisation.marker} renamed`, email, role: "agent" };
        return { params: { id }, body, headers: await organisation.version(READ_USER, id) };
      },
    ],
  },
  "DELETE configuration/users/{id}": {
    valid: [
      async (organisation) => {
        const id = `gone-${organisation.slug}-${unique()}`;
        await organisation.send("PUT configuration/users/{id}", { params: { id }, body: newUser(organisation, id) });
        return { params: { id }, headers: await organisation.version(READ_USER, id) };
      },
    ],
  },
  "GET configuration/security": { valid: [list] },
  [READ_SECURITY]: { valid: [securityOf] },
  "PUT configuration/security/{id}": {
    choosesId: true,
    valid: [
      async (organisation) => ({
        ...(await securityOf(organisation)),
        body: { requireSecondFactor: false, secondFactorAfterSingleSignOn: true },
      }),
    ],
  },
  "DELETE configuration/security/{id}": { choosesId: true, valid: [securityOf] },
  "GET contacts": { valid: [list] },
  "GET contacts/{id}": { valid: [async ({ talk }) => ({ params: { id: talk.contact } })] },
  "PATCH contacts/{id}": {
    valid: [
      async (organisation) => {
        const { contact: id } = organisation.talk;
        const headers = await organisation.version("GET contacts/{id}", id);
        return { params: { id }, body: { name: `${organisation.marker} renamed ${unique()}` }, headers };
      },
    ],
  },
  "GET conversations": {
    valid: [
      async () => ({ query: { limit: "2", status: "all" } }),
      async (organisation) => ({ query: { assignee: organisation.person("agent").id } }),
    ],
  },
  "GET conversations/{id}": { valid: [talkIn] },
  "GET conversations/{id}/messages": {
    valid: [async (organisation) => ({ ...(await talkIn(organisation)), query: { limit: "2" } })],
  },
  "POST conversations/{id}/messages": {
    valid: [
      async (organisation) => {
        const { conversation: id, message: replyTo } = await organisation.newTalk();
        const headers = { "idempotency-key": unique() };
        return { params: { id }, body: { type: "text", text: `${organisation.marker} answer`, replyTo }, headers };
      },
      async (organisation) => ({
        ...(await talkIn(organisation)),
        body: { type: "note", text: `${organisation.marker} note` },
      }),
      inTalk({ type: "template", template: { name: "welcome", language: "en", parameters: ["you"] } }),
      inTalk({
        type: "interactive",
        interactive: { kind: "buttons", body: "Which?", buttons: [{ id: "one", title: "One" }] },
      }),
      inTalk({
        type: "interactive",
        interactive: {
          kind: "list",
          body: "Which?",
          button: "Choose",
          sections: [{ title: "All", rows: [{ id: "one", title: "One", description: "The first" }] }],
        },
      }),
      withFile("image", { caption: "Look" }),
      withFile("document", { caption: "Read" }),
    ],
  },
  "GET conversations/{id}/templates": { valid: [talkIn] },
  "POST conversations/{id}/assign": {
    valid: [
      async (organisation) => ({
        ...(await talkIn(organisation)),
        body: { assignee: organisation.person("agent").id },
      }),
      async (organisation) => ({ ...(await talkIn(organisation)), body: { assignee: null } }),
    ],
  },
  "POST conversations/{id}/close": { valid: [newTalkIn] },
  "POST conversations/{id}/reopen": {
    valid: [
      async (organisation) => {
        const call = await newTalkIn(organisation);
        await organisation.send("POST conversations/{id}/close", call);
        return call;
      },
    ],
  },
  "POST conversations/{id}/snooze": { valid: [inTalk({ until: later })] },
  "POST conversations/{id}/read": { valid: [newTalkIn] },
  "POST conversations/{id}/messages/{messageId}/reactions": {
    valid: [
      async (organisation) => {
        const { conversation: id, message: messageId } = await organisation.newTalk();
        return { params: { id, messageId }, body: { emoji: "🎉" } };
      },
    ],
  },
  "POST conversations/{id}/messages/{messageId}/retry": {
    valid: [
      async (organisation) => {
        const { conversation: id } = await organisation.newTalk();
        const call = { params: { id }, body: { type: "text", text: REFUSED_TEXT } };
        const { id: messageId } = await organisation.get(Message, "POST conversations/{id}/messages", call);
        await organisation.installation.drain();
        return { params: { id, messageId } };
      },
    ],
  },
  "GET media/{id}": {
    valid: [
      async ({ talk }) => ({ params: { id: talk.media } }),
      async ({ talk }) => ({ params: { id: talk.media }, headers: { range: "bytes=0-1" } }),
    ],
  },
  "POST media": {
    valid: [
      async ({ marker }) => ({
        raw: Buffer.from(`${marker} bytes`),
        headers: { "content-type": "application/pdf" },
        query: { fileName: `${marker}.pdf` },
      }),
    ],
  },
  "DELETE media/{id}": { valid: [async (organisation) => ({ params: { id: await organisation.newMedia() } })] },
  "POST realtime/negotiate": { valid: [async () => ({})] },
  "GET webhooks/whatsapp": { valid: [async () => ({ query: verification(INSTALLATION.verifyToken) })] },
  "GET webhooks/whatsapp/{key}": {
    valid: [async ({ webhookKey: key, secrets }) => ({ params: { key }, query: verification(secrets.verifyToken) })],
  },
  "POST webhooks/whatsapp": {
    valid: [async (organisation) => webhook(organisation, organisation.business, INSTALLATION.appSecret)],
  },
  "POST webhooks/whatsapp/{key}": {
    valid: [
      async (organisation) => ({
        params: { key: organisation.webhookKey },
        ...webhook(organisation, organisation.ownBusiness, organisation.secrets.appSecret),
      }),
    ],
  },
};

/** A route's examples; throws, saying what to do, where there are none. */
export function examplesOf(name: string): Examples {
  const examples = EXAMPLES[name];
  if (examples === undefined)
    throw new Error(
      `"${name}" has no example. Add to EXAMPLES in test/isolation/examples.ts how tenant A calls it so that it succeeds: ` +
        `"${name}": { valid: [async (organisation) => ({ params, query, body, headers })] }`,
    );
  return examples;
}
