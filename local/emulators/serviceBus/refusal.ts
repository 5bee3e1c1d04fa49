import type { AmqpError } from "rhea";
import { LEFT_OUT, type LeftOut } from "./departures.ts";

/** The AMQP error conditions by which Service Bus says no, with the HTTP status its `$management` node adds. */
const CONDITIONS = {
  "amqp:not-found": 404,
  "amqp:not-allowed": 405,
  "amqp:not-implemented": 501,
  "amqp:decode-error": 400,
  "amqp:link:message-size-exceeded": 413,
  "com.microsoft:timeout": 408,
  "com.microsoft:session-cannot-be-locked": 410,
  "com.microsoft:session-lock-lost": 410,
  "com.microsoft:message-lock-lost": 410,
} as const;

type Condition = keyof typeof CONDITIONS;

/** A refusal on its way to the client. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly condition: Condition;

  constructor(condition: Condition, description: string) {
    super(description);
    this.condition = condition;
  }

  get status(): number {
    return CONDITIONS[this.condition];
  }

  get amqp(): AmqpError {
    return { condition: this.condition, description: this.message };
  }
}

export function notImplemented(what: LeftOut): Refusal {
  return new Refusal("amqp:not-implemented", `This emulator leaves out ${what}. See ${LEFT_OUT[what]}`);
}
