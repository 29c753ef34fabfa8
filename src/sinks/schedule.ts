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
 * @throws what `late` makes, when the deadline passes first; a later outcome of the promise is ignored.
 */
export async function withDeadline<T>(
  promise: Promise<T>,
  deadlineMs: number,
  late: () => Error,
  schedule: Schedule,
): Promise<T> {
  let cancel = (): void => {};
  const deadline = new Promise<never>((_resolve, reject) => {
    cancel = schedule(deadlineMs, () => reject(late()));
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    cancel();
  }
}
