/** The rotation of the last moments, to be read at any moment in between. Pure. */
import type { PlacedPart } from './stampedTrack.ts';

/** Neighbours that are further apart than this many periods have a hole between them. */
const HOLE_RATIO = 1.5;

export class RotationTrail {
  readonly #periodS: number;
  /** Rising. */
  #timesS: number[] = [];
  #values: number[] = [];
  #flags: number[] = [];

  constructor(rateHz: number) {
    this.#periodS = 1 / rateHz;
  }

  get length(): number {
    return this.#timesS.length;
  }

  /** Device seconds of the newest sample; -Infinity when there is none. */
  get endS(): number {
    return this.#timesS.at(-1) ?? -Infinity;
  }

  add({ part, timesS }: PlacedPart): void {
    for (let i = 0; i < part.n; i++) {
      this.#timesS.push(timesS[i]);
      this.#flags.push(part.flags[i]);
    }
    for (const value of part.values) this.#values.push(value);
  }

  clear(): void {
    this.#forget(this.#timesS.length);
  }

  /** Keeps one sample before `tS`, so that it can still be read. */
  forgetBefore(tS: number): void {
    this.#forget(Math.max(0, this.#indexFrom(tS) - 1));
  }

  /**
   * Rotation at `tS` into three values from `at` on: linearly between two neighbours, else the nearest within half a period.
   * Answers its flags, or undefined where there is none.
   */
  readInto(tS: number, out: Float64Array, at: number): number | undefined {
    const after = this.#indexFrom(tS);
    const before = after - 1;
    const beforeS = this.#timesS[before] ?? -Infinity;
    const afterS = this.#timesS[after] ?? Infinity;
    if (afterS - beforeS <= HOLE_RATIO * this.#periodS) {
      const ratio = (tS - beforeS) / (afterS - beforeS);
      for (let c = 0; c < 3; c++) {
        const [from, to] = [this.#values[3 * before + c], this.#values[3 * after + c]];
        out[at + c] = from + ratio * (to - from);
      }
      return this.#flags[before] | this.#flags[after];
    }
    const nearest = tS - beforeS < afterS - tS ? before : after;
    if (!(Math.abs((this.#timesS[nearest] ?? NaN) - tS) <= this.#periodS / 2)) return undefined;
    for (let c = 0; c < 3; c++) out[at + c] = this.#values[3 * nearest + c];
    return this.#flags[nearest];
  }

  /** Of the first sample at or after `tS`. */
  #indexFrom(tS: number): number {
    let low = 0;
    let high = this.#timesS.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#timesS[middle] < tS) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #forget(count: number): void {
    if (count <= 0) return;
    this.#timesS = this.#timesS.slice(count);
    this.#values = this.#values.slice(3 * count);
    this.#flags = this.#flags.slice(count);
  }
}
