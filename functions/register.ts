import { app, type InvocationContext } from "@azure/functions";
import { z } from "zod";
import type { Route } from "../shared/platform/http/route.ts";
import { serve } from "../shared/platform/http/serve.ts";
import { type DeliveryInfo, type QueueFunction, runDelivery } from "../shared/platform/queue/handler.ts";
import type { Composition } from "./compose.ts";
import { runTimer, type TimerFunction } from "./route.ts";
import type { Services } from "./services.ts";

/** Registers routes with the Functions runtime, each under a name made of its method and path. */
export function registerRoutes(routes: readonly Route<Services>[], { services, serving }: Composition): void {
  for (const route of routes) {
    const name = `${route.method.toLowerCase()}-${route.path.replace(/[^a-z0-9]+/gi, "-")}`.replace(/-+$/, "");
    const options = { route: route.path, methods: [route.method], authLevel: "anonymous" as const };
    app.http(name, { ...options, handler: serve(route, services, serving) });
  }
}

/** Registers queue functions: each on a queue with sessions, one message at a time within a lane. */
export function registerQueues(functions: readonly QueueFunction<Services>[], composition: Composition): void {
  const { services, delivering } = composition;
  for (const declared of functions) {
    app.serviceBusQueue(`queue-${declared.queue}`, {
      queueName: declared.queue,
      connection: "SERVICEBUS",
      isSessionsEnabled: true,
      handler: (body, invocation) => runDelivery(declared, body, deliveryOf(invocation), services, delivering),
    });
  }
}

export function registerTimers(functions: readonly TimerFunction[], { services }: Composition): void {
  for (const timer of functions)
    app.timer(timer.name, { schedule: timer.schedule, handler: () => runTimer(timer, services) });
}

const Properties = z.object({ traceparent: z.string().optional(), originalMessageId: z.string().optional() }).catch({});

/** With its offset, which `enqueuedTimeUtc` has not. */
const EnqueuedTime = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .optional()
  .catch(undefined);

/** Both hosts give a delivery's facts as trigger metadata, names in camel case; a replayed message names its first id. */
function deliveryOf({ triggerMetadata = {} }: InvocationContext): DeliveryInfo {
  const { messageId, sessionId, deliveryCount, enqueuedTime, applicationProperties } = triggerMetadata;
  const { traceparent, originalMessageId } = Properties.parse(applicationProperties);
  return {
    messageId: originalMessageId ?? String(messageId),
    sessionId: String(sessionId),
    deliveryCount: Number(deliveryCount ?? 1),
    enqueuedAt: EnqueuedTime.parse(enqueuedTime),
    traceparent,
  };
}
