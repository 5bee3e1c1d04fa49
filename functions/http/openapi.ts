import { z } from "zod";
import { describeApi } from "../../shared/platform/http/openapi.ts";
import { Reply, type Route } from "../../shared/platform/http/route.ts";
import { route } from "../route.ts";
import type { Services } from "../services.ts";

/** The description of all given routes and of itself; made once, on the first request. */
export function openApiRoute(routes: readonly Route<Services>[]): Route<Services> {
  let described: Record<string, unknown> | undefined;
  const self = route({
    method: "GET",
    path: "openapi.json",
    permission: "public",
    summary: "This description",
    response: z.record(z.string(), z.unknown()),
    handler: async () => {
      described ??= describeApi([...routes, self]);
      return new Reply(described, { headers: { "cache-control": "public, max-age=300" } });
    },
  });
  return self;
}
