import type { Receiver, Sender, Session, Source } from "rhea";
import type { Refusal } from "./refusal.ts";

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

/** https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide#create-message-sender-error */
export function refuse(link: Sender | Receiver, refusal: Refusal): void {
  link.attach();
  link.close(refusal.amqp);
}
