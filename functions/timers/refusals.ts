import type { TimerFunction } from "../route.ts";

/** Tells of the refusals of each minute that is over. */
export const refusals: TimerFunction = {
  name: "refusals",
  schedule: "30 * * * * *",
  run: async ({ refusals, telemetry }) => {
    const closed = await refusals.close();
    if (closed > 0) telemetry.count("refusals_told", {}, closed);
  },
};
