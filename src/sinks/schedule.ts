/** Timers as a port, so that tests decide when time passes; and how long to wait before trying again. */

/** Runs once after the delay; the returned function cancels it. */
export type Schedule = (delayMs: number, run: () => void) => () => void;

export const scheduleWithTimers: Schedule = (delayMs, run) => {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
};

export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * Doubles with each failed attempt up to the maximum, then spread over 50..100 % of it, so that many clients of one
 * server do not come back in the same moment.
 * @param attempt 0 for the first wait.
 * @param random 0..1
 */
export function backoffMs(attempt: number, { firstMs, maxMs }: Backoff, random: () => number): number {
  const fullMs = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(fullMs * (0.5 + 0.5 * random()));
}

/**
 * For promises of libraries that may never settle.
 * @param signal gives up before the deadline; a later outcome of the promise is ignored in both cases.
 * @throws what `late` makes, when the deadline passes first or the signal is given.
 */
export async function withDeadline<T>(
  promise: Promise<T>,
  deadlineMs: number,
  late: () => Error,
  schedule: Schedule,
  signal?: AbortSignal,
): Promise<T> {
  let cleanUp = (): void => {};
  const given = new Promise<never>((_resolve, reject) => {
    const giveUp = (): void => reject(late());
    const cancel = schedule(deadlineMs, giveUp);
    signal?.addEventListener('abort', giveUp);
    cleanUp = () => {
      cancel();
      signal?.removeEventListener('abort', giveUp);
    };
  });
  try {
    return await Promise.race([promise, given]);
  } finally {
    cleanUp();
  }
}
