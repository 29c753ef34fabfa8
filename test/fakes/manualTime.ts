/** A clock and timers that go on only when a test says so. */
import type { Clock } from '../../src/model/ports.ts';

interface Timer {
  readonly atMs: number;
  readonly task: () => void;
}

export class ManualTime implements Clock {
  #nowMs: number;
  #timers: Timer[] = [];

  constructor(nowMs = 1_786_000_000_000) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** Delays of the timers that wait, ms from now, soonest first. */
  get waitingMs(): number[] {
    return this.#timers.map(({ atMs }) => atMs - this.#nowMs).sort((a, b) => a - b);
  }

  readonly schedule = (delayMs: number, task: () => void): (() => void) => {
    const timer = { atMs: this.#nowMs + delayMs, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  /** Lets time pass: timers run in their order, and what they resolve goes on in between. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#nowMs = next.atMs;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      next.task();
      await settled();
    }
    this.#nowMs = untilMs;
    await settled();
  }
}

/** Resolves when all promises that can go on have done so. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
