import type { ContainerName } from "../documents/containers.ts";
import type { DocumentStore, Documents } from "../documents/port.ts";
import type { Queue } from "../queue/port.ts";
import type { Realtime } from "../realtime/port.ts";
import type { Telemetry } from "./port.ts";

/** `documents` with a span for every call that reaches the store; it names the container and nothing of the contents. */
export function tracedDocuments(documents: Documents, telemetry: Telemetry): Documents {
  const traced = <T>(name: string, container: ContainerName, tenantId: string | undefined, work: () => Promise<T>) =>
    telemetry.span(
      `documents ${name}`,
      { kind: "client", fields: { container, ...(tenantId === undefined ? {} : { tenantId }) } },
      work,
    );

  const storeOf = <S extends DocumentStore>(store: S, tenantId?: string): DocumentStore => ({
    read: (from, partition, id) => traced("read", from.container, tenantId, () => store.read(from, partition, id)),
    query: (from, query) => traced("query", from.container, tenantId, () => store.query(from, query)),
    commit: (container, partition, operations) =>
      traced("commit", container, tenantId, () => store.commit(container, partition, operations)),
  });

  return {
    forTenant: (tenantId) => ({ ...storeOf(documents.forTenant(tenantId), tenantId), tenantId }),
    directory: () => storeOf(documents.directory()),
    sweep: (container, kind, olderThan, limit) =>
      traced("sweep", container, undefined, () => documents.sweep(container, kind, olderThan, limit)),
    changes: (container, after, limit) =>
      traced("changes", container, undefined, () => documents.changes(container, after, limit)),
    ping: () => documents.ping(),
    close: () => documents.close(),
  };
}

/** `realtime` with a span for every push to desks; it names the tenant and nothing of the contents. */
export function tracedRealtime(realtime: Realtime, telemetry: Telemetry): Realtime {
  return {
    publish: (tenantId, messages) =>
      telemetry.span("realtime publish", { kind: "client", fields: { tenantId, count: messages.length } }, () =>
        realtime.publish(tenantId, messages),
      ),
    negotiate: (tenantId, userId) => realtime.negotiate(tenantId, userId),
    closeUser: (tenantId, userId) => realtime.closeUser(tenantId, userId),
    ping: () => realtime.ping(),
  };
}

/**
 * `queue` with a span for every send, which becomes the parent of what receives the message; it names the queue and nothing
 * of the contents. The rest is passed through: receivers make spans of their own (`runDelivery`).
 */
export function tracedQueue(queue: Queue, telemetry: Telemetry): Queue {
  return {
    send: (name, messages) =>
      telemetry.span("queue send", { kind: "producer", fields: { queue: name, count: messages.length } }, () =>
        queue.send(name, messages),
      ),
    acceptNextSession: (name) => queue.acceptNextSession(name),
    deadLetters: queue.deadLetters,
    ping: () => queue.ping(),
    close: () => queue.close(),
  };
}
