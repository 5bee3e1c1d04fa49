import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Milliseconds that one call to the outside may take, whatever is tried again within it. All of them stand here, because they
 * add up: `test/draining` holds each handler's chain of calls against the time that an invocation has.
 */
export const DEADLINES = {
  /** A read, a commit, a page of a query. */
  documents: 6_000,
  /** A query over all tenants, for sweepers. */
  sweep: 30_000,
  /** A send. A webhook's sender must get its 503 while it still listens. */
  queue: 5_000,
  /** What is asked of the blob service, but for files: these have up to 100 MB. */
  blobs: 6_000,
  files: 60_000,
  secrets: 6_000,
  /** Some messages to the desks of one tenant. */
  realtime: 6_000,
  /** A request to a provider: above the 10 s that the runtime allows for connecting, so that a connection nobody takes shows as such. */
  provider: 15_000,
  /** A list that a provider gives in pages. */
  providerList: 30_000,
  /** A file to a provider, or from one. */
  providerFile: 60_000,
} as const;
export type Outside = keyof typeof DEADLINES;

/**
 * Milliseconds that one invocation may take: below `functionTimeout` and `maxAutoLockRenewalDuration` of host.json, since a
 * time-out takes the whole process with it, and below the 230 s after which Azure's front end gives an HTTP request up
 * (learn.microsoft.com/azure/azure-functions/functions-scale#timeout). Then every call to the outside is refused, so that
 * whatever waits for one ends.
 */
export const INVOCATION = { http: 200_000, queue: 270_000, timer: 270_000 } as const;

const ends = new AsyncLocalStorage<number>();

/** Gives `work`, with all that it calls, at most so many milliseconds, and no more than it has already. */
export function within<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  const end = performance.now() + milliseconds;
  return ends.run(Math.min(end, ends.getStore() ?? end), work);
}

/** Milliseconds that a call may take now: its deadline, or what is left to the invocation; 0 when nothing is. */
export function timeFor(outside: Outside, deadline: number = DEADLINES[outside]): number {
  const left = (ends.getStore() ?? Number.POSITIVE_INFINITY) - performance.now();
  return Math.max(0, Math.min(deadline, Math.floor(left)));
}

/** A call was given up. What it asked for may have been done all the same. */
export class DeadlineExceeded extends Error {
  override readonly name = "DeadlineExceeded";
}

/**
 * Gives `work` up when its time has passed: aborts its signal and rejects with `DeadlineExceeded`, also where `work` hears no
 * signal. Without any time left it is not begun.
 */
export async function inTime<T>(
  outside: Outside,
  work: (signal: AbortSignal) => Promise<T>,
  deadline?: number,
): Promise<T> {
  const milliseconds = timeFor(outside, deadline);
  if (milliseconds === 0) throw new DeadlineExceeded(`No time was left for ${outside}`);
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const reason = new DeadlineExceeded(`No answer of ${outside} within ${milliseconds} ms`);
      reject(reason);
      abort.abort(reason);
    }, milliseconds);
  });
  try {
    return await Promise.race([work(abort.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
