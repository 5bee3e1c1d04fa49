import type { TimerFunction } from "../route.ts";

/** Signs the end of each audit chain that has gone on. */
export const auditCheckpoints: TimerFunction = {
  name: "audit-checkpoints",
  schedule: "0 41 2 * * *",
  run: async ({ audit, telemetry }) => {
    const made = await audit.makeCheckpoints();
    if (made > 0) telemetry.count("audit_checkpoints", {}, made);
  },
};
