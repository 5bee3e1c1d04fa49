import { mediaOf } from "../../shared/conversations/content.ts";
import type { Message } from "../../shared/conversations/model.ts";
import type { ApiClient } from "../harness/api.ts";
import type { Send } from "../harness/provider.ts";
import { conversationsByPhone, messagesOf } from "../harness/shown.ts";
import type { Agent, Reply } from "./agents.ts";
import type { Customer, Written } from "./customers.ts";

/** What everyone did, and what the provider accepted. */
export interface Happened {
  readonly customers: readonly Customer[];
  readonly agents: readonly Agent[];
  readonly sends: readonly Send[];
}

/** Compares what the API shows with what happened; answers every difference, in words. */
export async function findDifferences(client: ApiClient, { customers, agents, sends }: Happened): Promise<string[]> {
  const differences = agents.flatMap(({ refusals }) => refusals.map((refusal) => `A reply was refused. ${refusal}`));
  const conversations = await conversationsByPhone(client);
  for (const customer of customers) {
    const { phone, written } = customer;
    const found = conversations.get(phone) ?? [];
    if (!written.some(({ acknowledged }) => acknowledged) && found.length === 0) continue;
    if (found.length !== 1) differences.push(`${phone} has ${found.length} conversations`);
    const [conversation] = found;
    if (conversation === undefined) continue;
    const messages = await messagesOf(client, conversation.id);
    const inbound = messages.filter(({ direction }) => direction === "inbound");
    if (conversation.unread !== inbound.length)
      differences.push(`${phone}: ${conversation.unread} are unread of ${inbound.length}`);
    differences.push(...inboundDifferences(written, inbound));
    differences.push(...(await pictureDifferences(client, written, inbound)));
    const replies = agents.filter((agent) => agent.phone === phone).flatMap((agent) => agent.replies);
    const outbound = messages.filter(({ direction }) => direction === "outbound");
    const toPhone = sends.filter(({ to }) => to.replace("+", "") === phone);
    differences.push(...outboundDifferences(replies, outbound, toPhone));
  }
  return differences;
}

const textOf = (message: Message): string =>
  message.type === "text" ? message.text : message.type === "image" ? (message.caption ?? "") : "";

function inboundDifferences(written: readonly Written[], inbound: readonly Message[]): string[] {
  const numbers = inbound.map((message) => written.findIndex(({ text }) => text === textOf(message)));
  const lost = written.filter(({ acknowledged }, index) => acknowledged && !numbers.includes(index));
  const misplaced = numbers.filter((number, index) => index > 0 && number < (numbers[index - 1] ?? 0));
  return [
    ...lost.map(({ text }) => `Lost, though acknowledged: ${text}`),
    ...repeated(inbound.map(textOf)).map((text) => `Shown twice: ${text}`),
    ...misplaced.map((number) => `Out of order: ${written[number]?.text}`),
    ...numbers.filter((number) => number < 0).map(() => "Something is shown that nobody wrote"),
  ];
}

async function pictureDifferences(
  client: ApiClient,
  written: readonly Written[],
  inbound: readonly Message[],
): Promise<string[]> {
  const differences: string[] = [];
  for (const message of inbound) {
    const expected = written.find(({ text }) => text === textOf(message))?.picture;
    const media = mediaOf(message);
    if (expected === undefined && media === undefined) continue;
    const answer = media?.status === "stored" ? await client.get(`media/${media.id}`) : undefined;
    if (expected === undefined || answer?.body !== Buffer.from(expected).toString())
      differences.push(`The picture is ${media?.status}, or another one: ${textOf(message)}`);
  }
  return differences;
}

function outboundDifferences(
  replies: readonly Reply[],
  outbound: readonly Message[],
  sends: readonly Send[],
): string[] {
  const differences = [
    ...repeated(outbound.map(textOf)).map((text) => `Shown twice: ${text}`),
    ...repeated(sends.map(({ text }) => text)).map((text) => `Sent twice: ${text}`),
  ];
  const orderOf = (texts: readonly string[]) => texts.map((text) => replies.findIndex((reply) => reply.text === text));
  for (const [what, texts] of [
    ["Shown", outbound.map(textOf)],
    ["Sent", sends.map(({ text }) => text)],
  ] as const) {
    const order = orderOf(texts);
    if (order.some((number, index) => number <= (order[index - 1] ?? -1)))
      differences.push(`${what} in another order than written: ${texts.join(", ")}`);
  }
  for (const { text, acknowledged } of replies) {
    const message = outbound.find((each) => textOf(each) === text);
    const wasSent = sends.some((send) => send.text === text);
    if (message === undefined) {
      if (acknowledged || wasSent) differences.push(`Lost, though acknowledged: ${text}`);
      continue;
    }
    const fate = message.status === "failed" ? `failed ${message.error?.code}` : message.status;
    const right = wasSent ? fate === "delivered" : fate === "failed outcome-unknown";
    if (!right) differences.push(`${wasSent ? "Sent" : "Not sent"}, but shown as ${fate}: ${text}`);
  }
  return differences;
}

function repeated(texts: readonly string[]): string[] {
  return [...new Set(texts.filter((text, index) => texts.indexOf(text) !== index))];
}
