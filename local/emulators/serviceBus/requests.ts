import rhea, { type EventContext, type Message, type Receiver, type Sender } from "rhea";
import { MAX_MESSAGE_BYTES, toAmqp } from "./message.ts";
import type { EmulatedQueue } from "./queue.ts";
import { notImplemented, Refusal } from "./refusal.ts";

/** The answer to a request, without its address. */
type Answer = Pick<Message, "body" | "application_properties">;
type Respond = (request: Message) => Answer;

/** A node that answers each message on the link whose target is the message's reply address. */
export function answerRequests(link: Receiver, respond: Respond): void {
  link.on("message", ({ message, delivery, connection }: EventContext) => {
    delivery?.accept();
    const { message_id, reply_to } = message ?? {};
    if (!message || message_id === undefined) return;
    const isAsked = (candidate: Sender) => candidate.name === reply_to || candidate.target?.address === reply_to;
    connection.find_sender(isAsked)?.send({ ...respond(message), correlation_id: message_id });
  });
}

/** Takes every token. https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide#claims-based-authorization */
export function authorize(request: Message): Answer {
  const isPut = request.application_properties?.operation === "put-token";
  return {
    body: undefined,
    application_properties: {
      "status-code": rhea.types.wrap_int(isPut ? 202 : 501),
      "status-description": isPut ? "Accepted" : "Only put-token is part of this emulator.",
    },
  };
}

/**
 * `<queue>/$management` and `<queue>/$deadletterqueue/$management`:
 * https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response
 */
export function manage(queue: EmulatedQueue, isDeadLetters: boolean): Respond {
  return (request) => {
    const { operation, "associated-link-name": linkName } = request.application_properties ?? {};
    try {
      if (operation === "com.microsoft:renew-session-lock" && !isDeadLetters) {
        return answer(200, { expiration: queue.renew(request.body["session-id"], linkName) });
      }
      if (operation === "com.microsoft:peek-message" && isDeadLetters) return peek(queue, request);
      throw notImplemented("$management beside renewing sessions and peeking at dead letters");
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return answer(error.status, {}, error);
    }
  };
}

/** As many messages as one answer holds, and at least one. */
function peek(queue: EmulatedQueue, { body }: Message): Answer {
  const from = Number(body["from-sequence-number"]);
  const messages: { readonly message: Buffer }[] = [];
  let room = MAX_MESSAGE_BYTES;
  for (const stored of queue.deadLetters.peek(from, body["message-count"])) {
    const message = rhea.message.encode(toAmqp(stored));
    room -= message.length;
    if (room < 0 && messages.length > 0) break;
    messages.push({ message });
  }
  return messages.length > 0 ? answer(200, { messages }) : answer(204, {});
}

function answer(status: number, body: object, refusal?: Refusal): Answer {
  return {
    body,
    application_properties: {
      statusCode: rhea.types.wrap_int(status),
      statusDescription: refusal?.message ?? "OK",
      ...(refusal && { errorCondition: rhea.types.wrap_symbol(refusal.condition) }),
    },
  };
}
