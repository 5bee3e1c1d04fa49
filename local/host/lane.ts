import type { Clock } from "../../shared/platform/clock.ts";
import type { Delivery, QueueSession } from "../../shared/platform/queue/port.ts";
import { type Logger, reasonOf, systemLine } from "./logger.ts";

export interface LaneOptions {
  readonly session: QueueSession;
  /** The name in log lines. */
  readonly functionName: string;
  /** Messages handed over at once. */
  readonly batchSize: number;
  readonly handle: (deliveries: readonly Delivery[]) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxAutoLockRenewalMs: number;
}

/** One locked session, worked off strictly in order by one receiver. */
export interface Lane {
  /** Resolves, never rejects, when the lane has nothing due, was lost, or was told to stop and its handler ended. */
  readonly done: Promise<void>;
  /** Lets the running handler finish and takes no further message. */
  stop(): void;
  /** Gives the session back with what is still running, which is then delivered again. */
  release(): Promise<void>;
  /** Renews the lock when less than half of its time is left; to be called regularly. */
  keep(): Promise<void>;
}

export function startLane(options: LaneOptions): Lane {
  const { session, functionName, handle, clock, logger } = options;
  let stopping = false;
  let lost = false;
  let renewing = false;
  let handlingSince = clock.now().getTime();
  const fullLock = session.lockedUntil.getTime() - handlingSince;

  const warn = (what: string, error: unknown) =>
    logger(systemLine("warning", `${what}: ${reasonOf(error)}`, functionName));

  async function settle(deliveries: readonly Delivery[], failure: { error: unknown } | undefined): Promise<void> {
    // In order and one after the other: an abandoned batch must stand in its lane as it stood before.
    if (failure === undefined && deliveries.length > 1) {
      await Promise.all(deliveries.map((delivery) => session.complete(delivery)));
      return;
    }
    for (const delivery of deliveries) {
      if (failure === undefined) await session.complete(delivery);
      else await session.abandon(delivery, reasonOf(failure.error));
    }
  }

  /** Handles what was received and takes what is next, the settling and the receiving in one go; nothing when it was the last. */
  async function handleAndTakeNext(deliveries: readonly Delivery[]): Promise<readonly Delivery[]> {
    handlingSince = clock.now().getTime();
    let failure: { error: unknown } | undefined;
    try {
      await handle(deliveries);
    } catch (error) {
      failure = { error };
      warn(`delivery ${deliveries[0]?.deliveryCount} failed`, error);
    }
    if (lost) return [];
    const settled = settle(deliveries, failure);
    // A failed one comes first again, so it must be back in its place before anything is taken.
    if (stopping || failure !== undefined || deliveries.length > 1) await settled;
    if (stopping) return [];
    const [next] = await Promise.all([session.receive(options.batchSize), settled]);
    return next;
  }

  async function work(): Promise<void> {
    try {
      let deliveries = await session.receive(options.batchSize);
      while (deliveries.length > 0 && !stopping && !lost) deliveries = await handleAndTakeNext(deliveries);
    } catch (error) {
      // A lost lock or an unreachable queue: what was out comes again.
      if (!lost) warn("the lane was given up", error);
    }
    if (!lost) await session.close().catch((error: unknown) => warn("the lane was not closed", error));
  }

  return {
    done: work(),
    stop() {
      stopping = true;
    },
    async release() {
      stopping = true;
      lost = true;
      await session.close().catch((error: unknown) => warn("the lane was not closed", error));
    },
    async keep() {
      const now = clock.now().getTime();
      if (lost || renewing || session.lockedUntil.getTime() - now > fullLock / 2) return;
      if (now - handlingSince > options.maxAutoLockRenewalMs) return;
      renewing = true;
      try {
        await session.renew();
      } catch (error) {
        lost = true;
        warn("the lock of a lane was lost", error);
      } finally {
        renewing = false;
      }
    },
  };
}
