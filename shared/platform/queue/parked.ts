import { z } from "zod";
import type { Clock } from "../clock.ts";
import { collection, type Documents, upsert } from "../documents/port.ts";
import { derivedId, TenantId } from "../ids.ts";
import type { RecordParked } from "./handler.ts";

/** Whose records belong to no tenant: no sign-up gets this id, which begins with no time and is the hash of nothing known. */
export const SYSTEM_TENANT: TenantId = TenantId.parse("ten_00000000000000000000");

/** Seconds: 90 days, longer than anybody leaves a parked message. */
const KEPT_FOR = 90 * 24 * 60 * 60;

export const Parked = collection(
  "history",
  "parked",
  z.object({
    queue: z.string(),
    messageId: z.string(),
    sessionId: z.string(),
    /** Codes and field paths; nothing that a person wrote. */
    reason: z.string().max(500),
    deliveryCount: z.int(),
    at: z.iso.datetime(),
  }),
);

/** Keeps why a message was parked, by month, for the operator: Service Bus itself only says that it was delivered too often. */
export function recordParkedIn(documents: Documents, clock: Clock): RecordParked {
  const store = documents.forTenant(SYSTEM_TENANT);
  return async (queue, { messageId, sessionId, deliveryCount }, reason) => {
    const at = clock.now().toISOString();
    const record = { queue, messageId, sessionId, reason: reason.slice(0, 500), deliveryCount, at };
    const id = derivedId("prk", queue, messageId);
    await store.commit("history", [at.slice(0, 7)], [upsert(Parked, id, record, { ttl: KEPT_FOR })]);
  };
}
