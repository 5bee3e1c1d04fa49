import { z } from "zod";
import { userIdOf } from "../../shared/platform/caller.ts";
import { route } from "../route.ts";

const negotiate = route({
  method: "POST",
  path: "realtime/negotiate",
  permission: "conversations.read",
  summary: "A WebSocket address on which this user hears of changes as they happen",
  response: z.object({ url: z.string(), expiresIn: z.int().describe("Seconds") }),
  handler: async ({ caller }, { identity, realtime }) => {
    // A socket outlives the access token: who was deactivated since must not open another.
    await identity.me(caller);
    return realtime.negotiate(caller.tenantId, userIdOf(caller));
  },
});

export const realtimeRoutes = [negotiate];
