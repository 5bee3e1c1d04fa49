import type { TimerFunction } from "../route.ts";

/** Seconds after which a commit's own publishing counts as dead. */
const OLDER_THAN = 60;
/** Entries of each container in one run. */
const LIMIT = 500;

/** Publishes what commits that were cut off left behind. */
export const outboxSweep: TimerFunction = {
  name: "outbox-sweep",
  schedule: "0 * * * * *",
  run: async ({ outbox, telemetry }) => {
    const published = await outbox.sweep(OLDER_THAN, LIMIT);
    if (published > 0) telemetry.count("outbox_swept", {}, published);
  },
};
