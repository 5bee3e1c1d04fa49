import { InvocationContext } from "@azure/functions";
import { composeOn } from "../../functions/compose.ts";
import type { Engines } from "../../functions/engines.ts";
import { RateLimiter } from "../../shared/platform/http/rateLimit.ts";
import { serve } from "../../shared/platform/http/serve.ts";
import { type Answer, checkAnswer } from "../isolation/answer.ts";
import { type Call, type Installation, requestOf, routeNamed } from "../isolation/installation.ts";

/** Another instance of the product on an installation's stores, which remembers what it has seen itself. */
export function anotherInstance({ config, engines, clock, telemetry }: Installation, other: Partial<Engines> = {}) {
  const { services, serving } = composeOn(config, { ...engines, ...other }, { clock, telemetry });
  async function send(name: string, call: Call = {}, token?: string): Promise<Answer> {
    const route = routeNamed(name);
    const handler = serve(route, services, { ...serving, limiter: new RateLimiter(clock) });
    return checkAnswer(name, (await handler(requestOf(route, call, token), new InvocationContext())) ?? {});
  }
  const admits = async (token: string) => (await serving.authenticate(token, "198.51.100.7")) !== undefined;
  return { send, admits };
}
