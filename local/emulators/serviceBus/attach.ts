import type { Receiver, Sender, Session, Source } from "rhea";
import type { Refusal } from "./refusal.ts";

/** A link's `snd-settle-mode`: what it carries is settled as it is sent. */
export const SETTLED = 1;

/** rhea answers an attach before it tells of it, but one for the next session is answered when there is a session. */
export function deferAnswers(session: Session): void {
  const create = session.create_sender.bind(session);
  session.create_sender = (name, options) => {
    const link = create(name, options);
    link.open = () => {};
    return link;
  };
}

export function attach(link: Sender, source: Source, properties?: object): void {
  link.set_source(source);
  if (properties) link.local.attach.properties = properties;
  link.attach();
}

/** Answers go out settled: a client's settling of each would hold its next frame up until TCP acknowledges it (Nagle). */
export function attachForAnswers(link: Sender, address: string): void {
  link.local.attach.snd_settle_mode = SETTLED;
  attach(link, { address });
}

/** https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide#create-message-sender-error */
export function refuse(link: Sender | Receiver, refusal: Refusal): void {
  link.attach();
  link.close(refusal.amqp);
}
