import { z } from "zod";
import { CloseSocketsJob } from "../../shared/identity/people/model.ts";
import { NoticeJob } from "../../shared/notices/model.ts";
import { systemCaller } from "../../shared/platform/caller.ts";
import type { DeliveryInfo } from "../../shared/platform/queue/handler.ts";
import { queueFunction } from "../route.ts";
import type { Services } from "../services.ts";

/** One kind of job: `body` is what its message holds, with the job's own name as `job`. */
function job<const N extends string, B extends { readonly job: N }>(
  name: N,
  body: z.ZodType<B>,
  run: (body: B, delivery: DeliveryInfo, services: Services) => Promise<void>,
) {
  return {
    name,
    run: (given: unknown, delivery: DeliveryInfo, services: Services) => run(body.parse(given), delivery, services),
  };
}

/** Every kind of job. A new one is an entry here, with its body and its use case. */
const JOBS = [
  job("notice", NoticeJob, (notice, delivery, { notices }) =>
    notices.deliver(systemCaller(notice.tenantId, "notices"), notice, delivery),
  ),
  job("close-sockets", CloseSocketsJob, ({ tenantId, userId }, _delivery, { realtime }) =>
    realtime.closeUser(tenantId, userId),
  ),
];

/** What may take its time, each job in a lane of its own. One that nobody knows is parked. */
export const jobs = queueFunction({
  queue: "jobs",
  body: z.looseObject({ job: z.enum(JOBS.map(({ name }) => name)) }),
  handler: async (body, delivery, services) => {
    await JOBS.find(({ name }) => name === body.job)?.run(body, delivery, services);
  },
});
