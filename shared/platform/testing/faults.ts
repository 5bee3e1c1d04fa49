import type { Blobs } from "../blobs/port.ts";
import type { DocumentStore, Documents } from "../documents/port.ts";
import { Problem } from "../errors.ts";
import type { QueueSender } from "../queue/port.ts";
import type { Realtime } from "../realtime/port.ts";
import type { Secrets } from "../secrets/port.ts";

/** What lies outside of the process, and what is asked of it. */
export type OutsideCall =
  | `documents.${"read" | "query" | "commit" | "sweep" | "changes" | "ping"}`
  | `blobs.${keyof Blobs}`
  | `secrets.${keyof Secrets}`
  | `realtime.${keyof Realtime}`
  | "queue.send"
  | "provider"
  | "provider.file";

/** Where a call breaks: before it is done, or after, when it happened and nobody hears of it. */
export type Side = "before" | "after";

interface Fault {
  readonly at: number;
  readonly side: Side;
  /** What becomes of the call, and of all calls behind it. */
  readonly end: () => Promise<unknown>;
}

/**
 * Breaks one call to the outside, the `at`th from arming (0 for the first), and all calls behind it until `mend`, as for a
 * process that is cut off (`arm`: they throw `unavailable`) or gone (`stop`: they never settle, so nothing after them runs).
 */
export function faults() {
  let fault: Fault | undefined;
  let calls: OutsideCall[] = [];

  async function guarded<T>(name: OutsideCall, work: () => Promise<T>): Promise<T> {
    const met = fault;
    const call = calls.push(name) - 1;
    if (met === undefined || call < met.at) return work();
    if (call > met.at || met.side === "before") {
      await met.end();
      return work();
    }
    const result = await work();
    await met.end();
    return result;
  }

  function set(next: Fault | undefined): void {
    fault = next;
    calls = [];
  }

  const store = <S extends DocumentStore>(inner: S): S => ({
    ...inner,
    read: (from, partition, id) => guarded("documents.read", () => inner.read(from, partition, id)),
    query: (from, query) => guarded("documents.query", () => inner.query(from, query)),
    commit: (container, partition, operations) =>
      guarded("documents.commit", () => inner.commit(container, partition, operations)),
  });

  return {
    arm(at: number, side: Side) {
      set({ at, side, end: () => Promise.reject(new Problem("unavailable")) });
    },
    /** `reached` resolves once the call has come to where it stops; `resume` lets it and those behind it go on after all. */
    stop(at: number, side: Side): { readonly reached: Promise<void>; readonly resume: () => void } {
      const reached = Promise.withResolvers<void>();
      const resumed = Promise.withResolvers<void>();
      const end = () => {
        reached.resolve();
        return resumed.promise;
      };
      set({ at, side, end });
      return { reached: reached.promise, resume: resumed.resolve };
    },
    mend() {
      fault = undefined;
    },
    /** Since arming, in order. */
    calls: (): readonly OutsideCall[] => calls,

    documents: (inner: Documents): Documents => ({
      forTenant: (tenantId) => store(inner.forTenant(tenantId)),
      directory: () => store(inner.directory()),
      sweep: (...args) => guarded("documents.sweep", () => inner.sweep(...args)),
      changes: (...args) => guarded("documents.changes", () => inner.changes(...args)),
      ping: () => guarded("documents.ping", () => inner.ping()),
      close: () => inner.close(),
    }),
    queue: <Q extends QueueSender>(inner: Q): Q => ({
      ...inner,
      send: (queue, messages) => guarded("queue.send", () => inner.send(queue, messages)),
    }),
    blobs: (inner: Blobs): Blobs => ({
      write: (...args) => guarded("blobs.write", () => inner.write(...args)),
      read: (...args) => guarded("blobs.read", () => inner.read(...args)),
      remove: (...args) => guarded("blobs.remove", () => inner.remove(...args)),
      ping: () => guarded("blobs.ping", () => inner.ping()),
    }),
    secrets: (inner: Secrets): Secrets => ({
      encrypt: (...args) => guarded("secrets.encrypt", () => inner.encrypt(...args)),
      decrypt: (...args) => guarded("secrets.decrypt", () => inner.decrypt(...args)),
      ping: () => guarded("secrets.ping", () => inner.ping()),
    }),
    realtime: (inner: Realtime): Realtime => ({
      publish: (...args) => guarded("realtime.publish", () => inner.publish(...args)),
      negotiate: (...args) => guarded("realtime.negotiate", () => inner.negotiate(...args)),
      closeUser: (...args) => guarded("realtime.closeUser", () => inner.closeUser(...args)),
      ping: () => guarded("realtime.ping", () => inner.ping()),
    }),
    /** HTTP with a provider; what is neither JSON nor wants any is a file. */
    fetch:
      (inner: typeof globalThis.fetch): typeof globalThis.fetch =>
      (input, init) => {
        const isFile = init?.body instanceof FormData || !new Headers(init?.headers).has("accept");
        return guarded(isFile ? "provider.file" : "provider", () => inner(input, init));
      },
  };
}
