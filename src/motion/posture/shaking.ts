/**
 * How much the trunk is shaken up and down: what tells stepping and running from a trunk that moves above still feet.
 *
 * In    frame.acc, frame.up
 * Out   frame.shakingMps2: root mean square of the vertical acceleration without gravity over about the last half second
 * Source our own measure; the thresholds that read it, and the recordings behind them: `steppingMps2`, `runningMps2`
 * Limits a jolt from outside (a car, a lift) reads the same
 */
import { STANDARD_GRAVITY_MPS2 } from '../../model/units.ts';
import { Mark, type MotionFrame } from '../motionFrame.ts';
import type { Operator } from '../operator.ts';

const TAU_S = 0.5;

export class Shaking implements Operator {
  /** Mean square, (m/s²)². */
  readonly #s = new Float64Array(1);
  readonly #periodS: number;
  /** Share of one sample period. */
  readonly #share: number;

  constructor(rateHz: number) {
    this.#periodS = 1 / rateHz;
    this.#share = -Math.expm1(-this.#periodS / TAU_S);
  }

  reset(): void {
    this.#s[0] = 0;
  }

  snapshot(): Float64Array {
    return this.#s.slice();
  }

  restore(snapshot: Float64Array): void {
    this.#s.set(snapshot);
  }

  push({ n, marks, stepS, acc, up, shakingMps2 }: MotionFrame): void {
    let meanSquare = this.#s[0];
    for (let i = 0; i < n; i++) {
      const o = 3 * i;
      if (marks[i] & Mark.restart) meanSquare = 0;
      if (!(marks[i] & Mark.missing)) {
        const vertical = acc[o] * up[o] + acc[o + 1] * up[o + 1] + acc[o + 2] * up[o + 2] - STANDARD_GRAVITY_MPS2;
        const share = stepS[i] === this.#periodS ? this.#share : -Math.expm1(-stepS[i] / TAU_S);
        meanSquare += share * (vertical * vertical - meanSquare);
      }
      shakingMps2[i] = Math.sqrt(meanSquare);
    }
    this.#s[0] = meanSquare;
  }
}
