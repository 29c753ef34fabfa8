/**
 * The spine's last two minutes: events and rules look up moments that have passed.
 *
 * In    `SpineFrame`s   Out  the values at a moment, degrees; nothing where they are missing
 * Limits  thinned out to 20 Hz: of the peak of a movement that lasts 0.3 s it is at most 1° off
 */
import { DEG_PER_RAD } from '../../model/units.ts';
import type { SpineFrame } from './spineMotion.ts';

const SPACING_S = 0.05;
const KEPT_S = 120;
const CAPACITY = KEPT_S / SPACING_S;
/** Rounding of times. */
const EARLY_S = 1e-6;

const SPINE_COLUMNS = ['flexion', 'lateral', 'rotation', 'excursion', 'pelvisFlexion', 'pelvisLateral'] as const;
export type SpineColumn = (typeof SPINE_COLUMNS)[number];
const WIDTH = SPINE_COLUMNS.length;

export class SpineTrail {
  readonly #tS = new Float64Array(CAPACITY);
  readonly #rows = new Float32Array(CAPACITY * WIDTH);
  #next = 0;
  #held = 0;
  readonly #lastS = Float64Array.of(-Infinity);

  reset(): void {
    this.#held = 0;
    this.#lastS[0] = -Infinity;
  }

  push(frame: SpineFrame): void {
    for (let i = 0; i < frame.n; i++) {
      const tS = frame.tS[i];
      // The clock was set back: what is kept lies in the future.
      if (tS < this.#lastS[0]) this.reset();
      if (!(tS - this.#lastS[0] >= SPACING_S - EARLY_S)) continue;
      this.#lastS[0] = tS;
      this.#tS[this.#next] = tS;
      const o = this.#next * WIDTH;
      this.#rows[o] = frame.flexionRad[i] * DEG_PER_RAD;
      this.#rows[o + 1] = frame.lateralRad[i] * DEG_PER_RAD;
      this.#rows[o + 2] = frame.rotationRad[i] * DEG_PER_RAD;
      this.#rows[o + 3] = frame.excursionRad[i] * DEG_PER_RAD;
      this.#rows[o + 4] = frame.pelvisFlexionRad[i] * DEG_PER_RAD;
      this.#rows[o + 5] = frame.pelvisLateralRad[i] * DEG_PER_RAD;
      this.#next = (this.#next + 1) % CAPACITY;
      if (this.#held < CAPACITY) this.#held++;
    }
  }

  /** The latest value that is not after `tS`, in degrees; NaN when it is older than `mostAgeS` or missing. */
  deg(column: SpineColumn, tS: number, mostAgeS: number): number {
    const back = this.#backTo(tS);
    if (back > this.#held) return NaN;
    const row = this.#rowOf(back);
    return tS - this.#tS[row] <= mostAgeS ? this.#rows[row * WIDTH + SPINE_COLUMNS.indexOf(column)] : NaN;
  }

  /** Values from `fromS` until before `toS`, oldest first, missing ones left out; degrees. */
  *between(column: SpineColumn, fromS: number, toS: number): Generator<number> {
    const at = SPINE_COLUMNS.indexOf(column);
    for (let back = this.#held; back >= 1; back--) {
      const row = this.#rowOf(back);
      if (this.#tS[row] < fromS - EARLY_S) continue;
      if (this.#tS[row] >= toS - EARLY_S) return;
      const value = this.#rows[row * WIDTH + at];
      if (!Number.isNaN(value)) yield value;
    }
  }

  /** How many rows back from the next one; the ones that are asked for are mostly among the last. */
  #backTo(tS: number): number {
    let back = 1;
    while (back <= this.#held && this.#tS[this.#rowOf(back)] > tS + EARLY_S) back++;
    return back;
  }

  #rowOf(back: number): number {
    return (this.#next - back + CAPACITY) % CAPACITY;
  }
}
