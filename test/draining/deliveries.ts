import { queueFunctions } from "../../functions/routes.ts";
import { runDelivery } from "../../shared/platform/queue/handler.ts";
import type { QueueName } from "../../shared/platform/queue/queues.ts";
import { messageWebhook, statusWebhook, text } from "../harness/whatsapp.ts";
import { BROKEN_TEXT, REFUSED_TEXT } from "../isolation/graph.ts";
import type { Organisation } from "../isolation/organisation.ts";
import type { Work } from "./eachAwait.ts";
import { EXPIRED_TEXT, FILE_GONE, FILE_LATER, FILE_TOO_LARGE, SLOW_DOWN_TEXT } from "./provider.ts";

/** Leads an organisation to where a queue has one delivery due, or several in one lane, of which the first is then cut off. */
export interface Story {
  readonly queue: QueueName;
  readonly what: string;
  /** Several messages are sent in one run, which need not all fit into one invocation. */
  readonly several?: true;
  readonly lead: (organisation: Organisation) => Promise<void>;
}

/** The next delivery of a queue, as a host works it off. */
export function delivery(queue: QueueName): Work {
  const declared = queueFunctions.find((each) => each.queue === queue);
  if (declared === undefined) throw new Error(`No function is for queue ${queue}`);
  return {
    queue,
    run: async (world, { services, delivering }) => {
      const taken = await world.take(queue);
      if (taken === undefined) throw new Error(`Nothing is due in queue ${queue}`);
      const { session, delivery: message } = taken;
      const failed = await runDelivery(declared, message.body, message, services, delivering).then(
        () => false,
        () => true,
      );
      if (failed) await session.abandon(message, "failed");
      else await session.complete(message);
      await session.close();
    },
  };
}

const MESSAGES = "POST conversations/{id}/messages";
const HOUR = 60 * 60_000;

let people = 0;
const customer = (name = "Somebody") => ({ phone: `4477009${String(++people).padStart(5, "0")}`, name });

/** A webhook call with one message of a customer's, in the queue and no further. */
async function writes(
  organisation: Organisation,
  { phone, name }: { readonly phone: string; readonly name: string },
  content: Record<string, unknown>,
  { number = 1, later = 0 } = {},
): Promise<void> {
  const at = new Date(organisation.installation.clock.now().getTime() + later);
  const message = { wamid: `wamid.${phone}.${number}`, at, content };
  await organisation.webhook(messageWebhook(organisation.business, { phone, name }, message));
}

const photo = (id: string) => ({ type: "image", image: { id, mime_type: "image/png", caption: "Look" } });

/** A new conversation, in which these texts are then posted and wait to be sent. */
async function posts(organisation: Organisation, ...bodies: readonly Record<string, unknown>[]): Promise<string> {
  const { conversation: id } = await organisation.newTalk();
  for (const body of bodies) await organisation.send(MESSAGES, { params: { id }, body });
  return id;
}

const say = (words: string) => ({ type: "text", text: words });

async function status(organisation: Organisation, conversationId: string, state: string): Promise<void> {
  const messages = await organisation.messages(conversationId);
  const message = messages.findLast(({ direction }) => direction === "outbound");
  const about = { wamid: "wamid.known.only.now", at: organisation.installation.clock.now(), status: state };
  const reference = `${conversationId}:${message?.id}`;
  await organisation.webhook(statusWebhook(organisation.business, customer(), { ...about, reference }));
}

const inbound: readonly Omit<Story, "queue">[] = [
  {
    what: "somebody's first message, with a photo",
    lead: (organisation) => writes(organisation, customer(), photo("800001")),
  },
  {
    what: "an answer by somebody who has a new name",
    lead: async (organisation) => {
      const person = customer();
      await writes(organisation, person, text("first"));
      await organisation.installation.drain();
      const answer = { ...text("second"), context: { id: `wamid.${person.phone}.1` } };
      await writes(organisation, { ...person, name: "Somebody else" }, answer, { number: 2 });
    },
  },
  {
    what: "a message long after the conversation was closed",
    lead: async (organisation) => {
      const person = customer();
      await writes(organisation, person, text("first"));
      await organisation.installation.drain();
      const conversation = await organisation.conversationWith(person.phone);
      await organisation.send("POST conversations/{id}/close", { params: { id: conversation?.id ?? "" } });
      await organisation.installation.drain();
      await writes(organisation, person, text("much later"), { number: 2, later: 30 * HOUR });
    },
  },
  {
    what: "a reaction before its message",
    lead: (organisation) =>
      writes(organisation, customer(), { type: "reaction", reaction: { message_id: "wamid.not.here", emoji: "👍" } }),
  },
  {
    what: "a reaction",
    lead: async (organisation) => {
      const person = customer();
      await writes(organisation, person, text("first"));
      await organisation.installation.drain();
      const reaction = { message_id: `wamid.${person.phone}.1`, emoji: "👍" };
      await writes(organisation, person, { type: "reaction", reaction }, { number: 2 });
    },
  },
  {
    what: "a status",
    lead: async (organisation) => {
      const id = await posts(organisation, say("hello"));
      await organisation.installation.drain();
      await status(organisation, id, "delivered");
    },
  },
  {
    what: "the status of a try without a result, with another message behind it",
    lead: async (organisation) => {
      const id = await posts(organisation, say(BROKEN_TEXT));
      await organisation.installation.drain();
      await organisation.send(MESSAGES, { params: { id }, body: { type: "note", text: "What became of it?" } });
      await status(organisation, id, "sent");
      await organisation.send(MESSAGES, { params: { id }, body: say("another") });
      await organisation.installation.drain("outbound", "events");
    },
  },
  {
    what: "a message for a number that nobody has",
    lead: async (organisation) => {
      const business = { phoneNumberId: "999999999999", displayPhoneNumber: "+999" };
      const message = { wamid: "wamid.nobody", at: organisation.installation.clock.now(), content: text("hello?") };
      await organisation.webhook(messageWebhook(business, customer(), message));
    },
  },
];

const outbound: readonly Omit<Story, "queue">[] = [
  {
    what: "three messages, of which the provider puts one off",
    several: true,
    lead: async (organisation) => void (await posts(organisation, say("one"), say(SLOW_DOWN_TEXT), say("three"))),
  },
  {
    what: "two messages, of which the provider refuses one",
    several: true,
    lead: async (organisation) => void (await posts(organisation, say(REFUSED_TEXT), say("two"))),
  },
  {
    what: "a message of which nobody hears what became of it, and another",
    lead: async (organisation) => void (await posts(organisation, say(BROKEN_TEXT), say("two"))),
  },
  {
    what: "two messages by a token that has expired",
    several: true,
    lead: async (organisation) => void (await posts(organisation, say(EXPIRED_TEXT), say(EXPIRED_TEXT))),
  },
  {
    what: "a photo, in answer to a message",
    lead: async (organisation) => {
      const { conversation: id, message: replyTo } = await organisation.newTalk();
      const body = { type: "image", mediaId: await organisation.newMedia(), replyTo };
      await organisation.send(MESSAGES, { params: { id }, body });
    },
  },
  {
    what: "a template",
    lead: async (organisation) => {
      const template = { name: "welcome", language: "en", parameters: ["you"] };
      await posts(organisation, { type: "template", template });
    },
  },
  {
    what: "a read mark",
    lead: async (organisation) => {
      const { conversation: id } = await organisation.newTalk();
      await organisation.send("POST conversations/{id}/read", { params: { id } });
    },
  },
  {
    what: "the end of a snooze",
    lead: async (organisation) => {
      const { clock } = organisation.installation;
      const { conversation: id } = await organisation.newTalk();
      const until = new Date(clock.now().getTime() + 30_000).toISOString();
      await organisation.send("POST conversations/{id}/snooze", { params: { id }, body: { until } });
      await organisation.installation.drain();
      clock.advance(30_000);
    },
  },
];

const fetches = (what: string, fileId: string): Omit<Story, "queue"> => ({
  what,
  lead: async (organisation) => {
    await writes(organisation, customer(), photo(fileId));
    await organisation.installation.drain("inbound", "events");
  },
});

const media: readonly Omit<Story, "queue">[] = [
  fetches("a file", "800002"),
  fetches("a file that is gone", FILE_GONE),
  fetches("a file that is too large", FILE_TOO_LARGE),
  fetches("a file that the provider has later", FILE_LATER),
];

const events: readonly Omit<Story, "queue">[] = [
  {
    what: "a message came",
    lead: async (organisation) => {
      await writes(organisation, customer(), text("news"));
      await organisation.installation.drain("inbound");
    },
  },
  {
    what: "a contact has a name",
    lead: async (organisation) => {
      const { contact: id } = await organisation.newTalk();
      const headers = await organisation.version("GET contacts/{id}", id);
      await organisation.send("PATCH contacts/{id}", { params: { id }, body: { name: "Countess" }, headers });
    },
  },
  {
    what: "a file of a message was deleted",
    lead: async (organisation) => {
      const { media: id } = await organisation.newTalk();
      await organisation.send("DELETE media/{id}", { params: { id } });
    },
  },
  {
    what: "a user was deleted",
    lead: async (organisation) => {
      const { id, email } = await organisation.newPerson("agent");
      await organisation.signIn(email);
      await organisation.installation.drain();
      const headers = await organisation.version("GET configuration/users/{id}", id);
      await organisation.send("DELETE configuration/users/{id}", { params: { id }, headers });
    },
  },
];

const named = (queue: QueueName, stories: readonly Omit<Story, "queue">[]): Story[] =>
  stories.map((story) => ({ queue, ...story }));

/** What each queue function is given. One without a story fails the test. */
export const STORIES: readonly Story[] = [
  ...named("inbound", inbound),
  ...named("outbound", outbound),
  ...named("media", media),
  ...named("events", events),
];
