import type { Caller } from "../caller.ts";
import type { Clock } from "../clock.ts";
import { newId } from "../ids.ts";
import type { DomainEvent, EventType } from "./event.ts";

/**
 * An event of now by this caller. `data` holds shown shapes; `subject` also names the lane in which consumers hear it. `id` is
 * given where the same event can be made again, and must then be known as the same; default: a new one.
 */
export function newEvent(
  caller: Caller,
  clock: Clock,
  type: EventType,
  subject: string,
  data: Record<string, unknown>,
  id?: string,
): DomainEvent {
  const now = clock.now();
  const { tenantId, actor } = caller;
  return { id: id ?? newId("evt", now), type, tenantId, at: now.toISOString(), actor, subject, data, version: 1 };
}
