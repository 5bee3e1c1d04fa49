import { z } from "zod";
import type { Clock } from "../clock.ts";
import { INVOCATION, within } from "../deadlines.ts";
import { Problem } from "../errors.ts";
import type { LogFields, Telemetry } from "../telemetry/port.ts";
import { QUEUES, type QueueName } from "./queues.ts";

/** What a queue function knows of its message beside the body. */
export interface DeliveryInfo {
  readonly messageId: string;
  readonly sessionId: string;
  /** 1 on the first delivery. */
  readonly deliveryCount: number;
  /** When it came into the queue, or was to be delivered at the earliest; undefined where the broker does not say. */
  readonly enqueuedAt?: Date | undefined;
  readonly traceparent: string | undefined;
}

/** A queue function as data: `functions/queues/*` make these, `functions/main.ts` registers them. */
export interface QueueFunction<S> {
  readonly queue: QueueName;
  readonly run: (body: unknown, delivery: DeliveryInfo, services: S) => Promise<void>;
}

/**
 * Declares the function of one queue. The body is parsed first: one that does not fit can never succeed, and is parked
 * after its last delivery like everything that keeps failing. Typed by `S`, the services handlers receive.
 */
export function queueFunctionFor<S>() {
  return <B>(declaration: {
    readonly queue: QueueName;
    readonly body: z.ZodType<B>;
    readonly handler: (body: B, delivery: DeliveryInfo, services: S) => Promise<void>;
  }): QueueFunction<S> => ({
    queue: declaration.queue,
    run: (body, delivery, services) => declaration.handler(declaration.body.parse(body), delivery, services),
  });
}

/** Where the reason of a parked message is kept, since Service Bus itself only says `MaxDeliveryCountExceeded`. */
export type RecordParked = (queue: QueueName, delivery: DeliveryInfo, reason: string) => Promise<void>;

export interface DeliveryContext {
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly recordParked: RecordParked;
}

/**
 * Thrown on in place of what failed: hosts print what is thrown, and brokers keep it as the reason, while the messages of
 * foreign errors quote what they choked on.
 */
export class DeliveryFailed extends Error {
  override readonly name = "DeliveryFailed";
}

/** Pauses before trying again within one delivery, in ms: Service Bus itself redelivers at once, which outlasts no outage. */
const TRANSIENT_PAUSES = [200, 1000, 5000];
/** No try begins later in the delivery, in ms: a whole one must fit into what is then left of it. */
export const TRIES_BEGIN_WITHIN = 25_000;

/**
 * Runs one delivery: in a span that continues the sender's trace, with retries in place for an unreachable dependency.
 * On the last delivery the reason is recorded where an operator sees it; the throw (of `DeliveryFailed`) then makes the
 * broker park the message.
 */
export async function runDelivery<S>(
  declared: QueueFunction<S>,
  body: unknown,
  delivery: DeliveryInfo,
  services: S,
  context: DeliveryContext,
): Promise<void> {
  const fields = fieldsOf(declared.queue, delivery, context.clock);
  const work = async () => {
    try {
      await withTransientRetries(() => declared.run(body, delivery, services), context.clock);
    } catch (error) {
      // Within the span, so that the line and the record carry its trace.
      await noteFailure(declared.queue, delivery, fields, error, context);
      throw error;
    }
  };
  try {
    const options = { kind: "consumer", traceparent: delivery.traceparent, fields } as const;
    await context.telemetry.span(`${declared.queue} process`, options, () => within(INVOCATION.queue, work));
  } catch (error) {
    throw new DeliveryFailed(reasonOf(error));
  }
}

async function noteFailure(
  queue: QueueName,
  delivery: DeliveryInfo,
  fields: LogFields,
  error: unknown,
  { telemetry, recordParked }: DeliveryContext,
): Promise<void> {
  const last = delivery.deliveryCount >= QUEUES[queue].maxDeliveryCount;
  const reason = reasonOf(error);
  telemetry.log(last ? "error" : "warn", last ? "message parked" : "message failed, will be redelivered", {
    ...fields,
    reason,
    error,
  });
  if (!last) return;
  try {
    await recordParked(queue, delivery, reason);
  } catch (failure) {
    telemetry.log("error", "the reason of a parked message could not be kept", { ...fields, reason, error: failure });
  }
}

/** What span and log say of a delivery. How long it waited is the queue's age, for one that is delivered for the first time. */
function fieldsOf(queue: QueueName, delivery: DeliveryInfo, clock: Clock): LogFields {
  const { messageId, sessionId, deliveryCount, enqueuedAt } = delivery;
  const waited = enqueuedAt === undefined ? {} : { waited: Math.max(0, clock.now().getTime() - enqueuedAt.getTime()) };
  return { queue, messageId, sessionId, attempt: deliveryCount, ...waited };
}

async function withTransientRetries(work: () => Promise<void>, clock: Clock): Promise<void> {
  const until = clock.now().getTime() + TRIES_BEGIN_WITHIN;
  for (const pause of TRANSIENT_PAUSES) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error) || clock.now().getTime() + pause > until) throw error;
      await clock.sleep(pause);
    }
  }
  return work();
}

function isTransient(error: unknown): boolean {
  return error instanceof Problem && error.code === "unavailable";
}

/** Why, in words that hold nothing a person wrote: codes, and paths of fields that did not fit. At most 500 characters. */
function reasonOf(error: unknown): string {
  if (error instanceof Problem) return error.code;
  if (error instanceof z.ZodError)
    return `invalid body: ${error.issues.map((issue) => `${issue.path.join(".")} ${issue.code}`).join("; ")}`.slice(
      0,
      500,
    );
  return error instanceof Error ? error.name : "unknown";
}
