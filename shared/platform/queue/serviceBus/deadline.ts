/** In milliseconds. */
export interface Times {
  /** How long to wait for a first message. */
  readonly receiveWait: number;
  /** When anything is given up, waits aside. What was asked for may have been done all the same. */
  readonly answerDeadline: number;
}

/** Closes what may be broken already, which is no failure, nor worth the minute the SDK waits for the other side. */
export async function closeInTime(milliseconds: number, closing: () => Promise<void>): Promise<void> {
  await withDeadline(milliseconds, closing).catch(() => {});
}

/**
 * Gives `work` up after so many milliseconds: aborts its signal and rejects. The SDK's own limits are for each attempt and
 * each step, or a minute where a connection is lost beneath a step.
 */
export async function withDeadline<T>(milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`Service Bus did not answer within ${milliseconds} ms`));
      abort.abort();
    }, milliseconds);
  });
  try {
    return await Promise.race([work(abort.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
