/** Waiting as a port, so that tests and fast replays decide how long a second is. */

export interface Timers {
  /** Calls back once after `delayMs` of the service's clock; the answer cancels. */
  after(delayMs: number, callback: () => void): () => void;
}

/** `speed` as in a replay: at 10 a second of the service's clock takes 100 ms. */
export function systemTimers(speed = 1): Timers {
  return {
    after(delayMs, callback) {
      const handle = setTimeout(callback, delayMs / speed);
      return () => clearTimeout(handle);
    },
  };
}

/** Resolves after `delayMs`, or at once when aborted; never rejects. */
export function pause(timers: Timers, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = timers.after(delayMs, done);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** Calls back every `periodMs`, the first time after one period; the answer ends it. */
export function every(timers: Timers, periodMs: number, callback: () => void): () => void {
  let cancel = timers.after(periodMs, tick);
  function tick(): void {
    cancel = timers.after(periodMs, tick);
    callback();
  }
  return () => cancel();
}

/** The promise's end, or `late` after `limitMs`; a later rejection is swallowed. */
export async function within<T>(timers: Timers, limitMs: number, promise: Promise<T>, late: T): Promise<T> {
  let cancel = (): void => undefined;
  const limit = new Promise<T>((resolve) => {
    cancel = timers.after(limitMs, () => resolve(late));
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    cancel();
  }
}

/** The first of the promises, or `abandoned` when aborted; leaves no listener behind. */
export async function unlessAborted<T, A>(signal: AbortSignal, abandoned: A, promises: Promise<T>[]): Promise<T | A> {
  if (signal.aborted) return abandoned;
  let onAbort = (): void => undefined;
  const aborted = new Promise<A>((resolve) => {
    onAbort = () => resolve(abandoned);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([...promises, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
