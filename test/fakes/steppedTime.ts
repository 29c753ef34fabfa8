/** Clock and timers that a test moves by hand: an hour passes in a millisecond, and always in the same order. */
import type { Clock } from '../../src/model/ports.ts';
import type { Timers } from '../../src/app/session/timers.ts';

export class SteppedTime implements Clock, Timers {
  #nowMs: number;
  #timers: { atMs: number; callback: () => void }[] = [];

  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  /** Moves on, calling what falls due and letting promises settle after each. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#nowMs + durationMs;
    await settled();
    for (;;) {
      const due = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((each) => each !== due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.callback();
      await settled();
    }
    this.#nowMs = untilMs;
  }

  get pending(): number {
    return this.#timers.length;
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
