import { HealthReport } from "../../shared/platform/health.ts";
import { Reply } from "../../shared/platform/http/route.ts";
import { route } from "../route.ts";

export const getHealth = route({
  method: "GET",
  path: "health",
  permission: "public",
  rateLimit: "none",
  summary: "Whether this installation can serve: 200 when it can, 503 when something it needs is down",
  response: HealthReport,
  handler: async (_input, { health }) => {
    const report = await health.check();
    return new Reply(report, { status: report.status === "ok" ? 200 : 503 });
  },
});

export const getMetrics = route({
  method: "GET",
  path: "metrics",
  permission: "metrics.read",
  summary: "Counters and durations of this instance, in Prometheus' text format",
  response: "raw",
  handler: async (_input, { metrics }) =>
    new Reply(metrics.renderMetrics(), { headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" } }),
});

export const healthRoutes = [getHealth, getMetrics];
