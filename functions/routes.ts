import type { Route } from "../shared/platform/http/route.ts";
import { authRoutes } from "./http/auth.ts";
import { configurationRoutes } from "./http/configuration.ts";
import { contactRoutes } from "./http/contacts.ts";
import { conversationRoutes } from "./http/conversations.ts";
import { healthRoutes } from "./http/health.ts";
import { mediaRoutes } from "./http/media.ts";
import { messageRoutes } from "./http/messages.ts";
import { openApiRoute } from "./http/openapi.ts";
import { realtimeRoutes } from "./http/realtime.ts";
import { whatsappRoutes } from "./http/whatsapp.ts";
import { events } from "./queues/events.ts";
import { inbound } from "./queues/inbound.ts";
import { media } from "./queues/media.ts";
import { outbound } from "./queues/outbound.ts";
import type { TimerFunction } from "./route.ts";
import type { Services } from "./services.ts";
import { outboxSweep } from "./timers/outboxSweep.ts";

const described: readonly Route<Services>[] = [
  ...healthRoutes,
  ...authRoutes,
  ...configurationRoutes,
  ...contactRoutes,
  ...conversationRoutes,
  ...messageRoutes,
  ...mediaRoutes,
  ...realtimeRoutes,
  ...whatsappRoutes,
];

/** Every door of the product. What is not in these lists does not exist. */
export const routes: readonly Route<Services>[] = [...described, openApiRoute(described)];

export const queueFunctions = [inbound, outbound, media, events];

export const timerFunctions: readonly TimerFunction[] = [outboxSweep];
