/** How many messages one sender may bring in a minute, whichever way they come. Pure. */

const WINDOW_MS = 60_000;

export interface QuotaRefusal {
  /** Until the next message is taken. */
  readonly waitMs: number;
  /** Since the last first one, itself included; undefined: not the first of its window. */
  readonly countRefused: number | undefined;
}

/** A window begins with a message: what one sender may do does not depend on when the service was started. */
export class MessageQuota {
  readonly #mostMessages: number;
  #startedMs: number | undefined;
  #countTaken = 0;
  #countRefused = 0;
  #hasRefused = false;

  /** @param mostMessages of one window */
  constructor(mostMessages: number) {
    this.#mostMessages = mostMessages;
  }

  /** @returns undefined: it is taken */
  take(nowMs: number): QuotaRefusal | undefined {
    const startedMs = this.#windowAt(nowMs);
    if (this.#countTaken < this.#mostMessages) {
      this.#countTaken += 1;
      return undefined;
    }
    this.#countRefused += 1;
    const countRefused = this.#hasRefused ? undefined : this.#countRefused;
    if (!this.#hasRefused) this.#countRefused = 0;
    this.#hasRefused = true;
    return { waitMs: startedMs + WINDOW_MS - nowMs, countRefused };
  }

  /** A clock that was set back must not keep a sender out until it has caught up. */
  #windowAt(nowMs: number): number {
    const startedMs = this.#startedMs;
    if (startedMs !== undefined && nowMs >= startedMs && nowMs - startedMs < WINDOW_MS) return startedMs;
    this.#startedMs = nowMs;
    this.#countTaken = 0;
    this.#hasRefused = false;
    return nowMs;
  }
}
