import { INVOCATION, within } from "../shared/platform/deadlines.ts";
import { routeFor } from "../shared/platform/http/route.ts";
import { queueFunctionFor } from "../shared/platform/queue/handler.ts";
import type { Services } from "./services.ts";

/** `route` and `queueFunction` typed for this installation's services; see shared/platform/http/route.ts. */
export const route = routeFor<Services>();
export const queueFunction = queueFunctionFor<Services>();

/** A timer as data. `schedule` has six fields, seconds first. A timer only puts work on a queue or sweeps; it holds no logic. */
export interface TimerFunction {
  readonly name: string;
  readonly schedule: string;
  readonly run: (services: Services) => Promise<void>;
}

/** One run of a timer, in a span of its own. */
export function runTimer({ name, run }: TimerFunction, services: Services): Promise<void> {
  const work = () => within(INVOCATION.timer, () => run(services));
  return services.telemetry.span(`timer ${name}`, { kind: "internal" }, work);
}
