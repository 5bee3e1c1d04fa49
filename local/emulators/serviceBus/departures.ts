/** Where this emulator is not what Service Bus is documented to be. */
export interface Departure {
  readonly emulator: string;
  readonly serviceBus: string;
  readonly documented: string;
}

const LEARN = "https://learn.microsoft.com/azure/service-bus-messaging";

/** What it does otherwise, so that no test may rest on it. */
export const DEPARTURES: readonly Departure[] = [
  {
    emulator: "Keeps everything in memory: what was accepted is gone with the process.",
    serviceBus: "A message that was accepted is stored.",
    documented: `${LEARN}/message-transfers-locks-settlement#settling-send-operations`,
  },
  {
    emulator: "Takes every token, and speaks AMQP without TLS.",
    serviceBus: "Checks each token's rights and requires TLS.",
    documented: `${LEARN}/service-bus-authentication-and-authorization`,
  },
  {
    emulator: "The next session is the one that has been free the longest, at once.",
    serviceBus: "The next session is any one that nobody holds.",
    documented: `${LEARN}/message-sessions`,
  },
  {
    emulator: "Frees a session as soon as its connection breaks.",
    serviceBus: "Drops the lock of a broken connection when it notices, or when it runs out.",
    documented: `${LEARN}/message-transfers-locks-settlement#settling-receive-operations`,
  },
  {
    emulator: "Closes no idle link and no idle connection, and lets a client wait for a session as long as it likes.",
    serviceBus: "Closes a link after 10 idle minutes, a connection without links after 5.",
    documented: `${LEARN}/service-bus-amqp-troubleshoot`,
  },
  {
    emulator: "Throttles nobody, and its queues are never full.",
    serviceBus: "Standard allows about 1000 operations a second, and a queue 1 to 80 GB.",
    documented: `${LEARN}/service-bus-quotas`,
  },
  {
    emulator: "A scheduled message has no number before it is due.",
    serviceBus: "A scheduled message has a number of its own until it is due, and then gets its place in the queue.",
    documented: `${LEARN}/message-sequencing#scheduled-messages`,
  },
];

/** What the product does not use. Refused with `amqp:not-implemented`, so that its first use is noticed. */
export const LEFT_OUT = {
  "receive-and-delete": `${LEARN}/message-transfers-locks-settlement#receiveanddelete`,
  deferral: `${LEARN}/message-deferral`,
  "time to live": `${LEARN}/message-expiration`,
  "partition keys": `${LEARN}/service-bus-partitioning`,
  "message formats beside AMQP's and batches": `${LEARN}/service-bus-amqp-protocol-guide`,
  "dead-lettering a dead letter": `${LEARN}/service-bus-dead-letter-queues`,
  "$management beside renewing sessions and peeking at dead letters": `${LEARN}/service-bus-amqp-request-response`,
} as const;

export type LeftOut = keyof typeof LEFT_OUT;
