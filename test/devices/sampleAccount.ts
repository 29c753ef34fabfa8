/** What a host was given of a numbered motion, held against every sample that the sensor took. */
import type { StreamGap } from '../../src/devices/imuStream.ts';
import { type ImuBlock, SampleFlag } from '../../src/model/block.ts';
import { NUMBERS_PER_S, numberOf } from './numberedMotion.ts';

export interface Balance {
  readonly taken: number;
  readonly released: number;
  /** Stated as missing by gaps between two samples of one count: exact. */
  readonly missing: number;
  /** Stated as missing, and right: the sensor's memory overflowed. */
  readonly neverTaken: number;
  /** Taken by the sensor, and lost between two counts, where the gap only states the time. */
  readonly betweenCounts: number;
  /** Before the first and after the last that was released. */
  readonly atTheEnds: number;
  /** Of the missing: came afterwards, apart from the stream. */
  readonly late: number;
  readonly gaps: Readonly<Record<string, number>>;
}

export class SampleAccount {
  readonly #numbers: number[] = [];
  readonly #tS: number[] = [];
  /** By the position of the sample after it. */
  readonly #gaps = new Map<number, StreamGap>();
  readonly #late: { number: number; tS: number }[] = [];
  repaired = 0;

  block(block: ImuBlock): void {
    for (let i = 0; i < block.n; i++) {
      this.#numbers.push(numberOf(block, i));
      this.#tS.push(block.tS[i]);
      if ((block.flags[i] & SampleFlag.backfilled) !== 0) this.repaired++;
    }
  }

  gap(gap: StreamGap): void {
    const at = this.#numbers.length;
    if (this.#gaps.has(at)) throw new Error(`expected one gap before a sample, found two before sample ${at}`);
    this.#gaps.set(at, gap);
  }

  late(block: ImuBlock): void {
    for (let i = 0; i < block.n; i++) {
      if ((block.flags[i] & SampleFlag.backfilled) === 0)
        throw new Error('expected a mark on a late sample, found none');
      this.#late.push({ number: numberOf(block, i), tS: block.tS[i] });
    }
  }

  /** When the last sample was taken, s of the motion. */
  get reachedS(): number {
    return (this.#numbers.at(-1) ?? NaN) / NUMBERS_PER_S;
  }

  /** @throws when a sample came twice, was invented, or is missing without a gap that says so */
  balance(taken: readonly number[], rateHz: number, { mayOverrun = false } = {}): Balance {
    const missed = new Set<number>();
    const gaps: Record<string, number> = {};
    let missing = 0;
    let betweenCounts = 0;
    let neverTaken = 0;
    let at = taken.indexOf(this.#numbers[0]);
    let atTheEnds = at;
    for (let i = 0; i < this.#numbers.length; i++) {
      const from = at;
      while (at < taken.length && taken[at] < this.#numbers[i]) missed.add(taken[at++]);
      if (taken[at] !== this.#numbers[i]) throw new Error(`sample ${this.#numbers[i]} came twice or was never taken`);
      const gap = this.#gaps.get(i);
      const skipped = at - from;
      at++;
      if (gap) gaps[gap.reason] = (gaps[gap.reason] ?? 0) + 1;
      const timed = ((this.#numbers[i] - this.#numbers[i - 1]) / NUMBERS_PER_S) * rateHz - 1;
      const isCounted = gap?.reason === 'radioLoss' || gap?.reason === 'sensorOverrun';
      if (gap?.missingSamples === skipped) missing += skipped;
      else if (gap && isCounted && gap.missingSamples === Math.round(timed) && mayOverrun) {
        missing += skipped;
        neverTaken += gap.missingSamples - skipped;
      } else if (gap?.reason === 'reconnected' || gap?.reason === 'deviceRestarted') {
        betweenCounts += skipped;
        // Counted in time; the device itself may not have measured all of it.
        if (Math.abs(gap.missingSamples - timed) > 3) this.#fail(i, `about ${timed.toFixed(0)}`, gap);
      } else if (gap !== undefined || skipped > 0) this.#fail(i, String(skipped), gap);
    }
    atTheEnds += taken.length - at;
    this.#checkLate(missed);
    const released = this.#numbers.length;
    return {
      taken: taken.length,
      released,
      missing,
      neverTaken,
      betweenCounts,
      atTheEnds,
      late: this.#late.length,
      gaps,
    };
  }

  /** |error| of the time of each sample, ms, of those that `counts`; `trueS` by its number. */
  errorsMs(trueS: (number: number) => number, counts: (number: number) => boolean): number[] {
    const stated = this.#numbers.map((number, i) => ({ number, tS: this.#tS[i] }));
    const all = [...stated, ...this.#late].filter(({ number }) => counts(number));
    return all.map(({ number, tS }) => Math.abs(tS - trueS(number)) * 1000);
  }

  /** Whether time rose from each sample to the next, but where a gap says that the host's clock was set. */
  get rises(): boolean {
    return this.#tS.every((tS, i) => i === 0 || tS > this.#tS[i - 1] || this.#gaps.get(i)?.reason === 'hostClockSet');
  }

  #checkLate(missed: Set<number>): void {
    for (const { number } of this.#late) {
      if (!missed.delete(number)) throw new Error(`late sample ${number} came twice or was not missing`);
    }
  }

  #fail(i: number, expected: string, gap: StreamGap | undefined): never {
    const found = gap ? `${gap.missingSamples} (${gap.reason})` : 'no gap';
    throw new Error(`before sample ${i}, number ${this.#numbers[i]}: expected a gap of ${expected}, found ${found}`);
  }
}
