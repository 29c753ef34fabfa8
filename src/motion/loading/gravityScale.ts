/**
 * What the accelerometer reads at rest, so that thresholds in g do not depend on its gain.
 *
 * In    frame.accSizeMps2, frame.inclinationRad
 * Out   `ratio`: what one g reads as, 1 until the first quiet upright second
 * Method |acc| over each whole second of upright samples; a second that varies by less than 0.15 m/s² is rest, and its mean
 *        moves the estimate with a time constant of 30 resting seconds, the first one sets it. A mean more than 10 % off is
 *        no gain error of a working sensor (data sheets: 1-3 %) and is left out.
 * Source |g| at rest is 9.2-10.1 m/s² across public recordings, so every g threshold self-calibrates [D]
 * Limits a bias along the trunk is taken for gain: right while upright, which is where it is used.
 */
import { RAD_PER_DEG, STANDARD_GRAVITY_MPS2 } from '../../model/units.ts';
import { Mark, type MotionFrame } from '../motionFrame.ts';

const SECOND_S = 1;
const REST_SD_MPS2 = 0.15;
const TAU_REST_S = 30;
const MOST_ERROR_RATIO = 0.1;
const UPRIGHT_RAD = 45 * RAD_PER_DEG;

export class GravityScale {
  readonly #secondSamples: number;
  /** Ratio; resting seconds seen; n, Σ|acc|, Σ|acc|² of the second under way, the sums about one g. */
  readonly #state = Float64Array.of(1, 0, 0, 0, 0);

  constructor(rateHz: number) {
    this.#secondSamples = Math.max(4, Math.round(SECOND_S * rateHz));
  }

  get ratio(): number {
    return this.#state[0];
  }

  get isMeasured(): boolean {
    return this.#state[1] > 0;
  }

  reset(): void {
    this.#state.set([1, 0, 0, 0, 0]);
  }

  snapshot(): Float64Array {
    return this.#state.slice();
  }

  restore(snapshot: Float64Array): void {
    this.#state.set(snapshot);
  }

  step({ marks, inclinationRad, accSizeMps2 }: MotionFrame, i: number): void {
    const s = this.#state;
    if (marks[i] & Mark.restart || !(inclinationRad[i] < UPRIGHT_RAD)) s[2] = s[3] = s[4] = 0;
    if (marks[i] & Mark.missing) return;
    const overMps2 = accSizeMps2[i] - STANDARD_GRAVITY_MPS2;
    s[2]++;
    s[3] += overMps2;
    s[4] += overMps2 * overMps2;
    if (s[2] >= this.#secondSamples) this.#endSecond();
  }

  #endSecond(): void {
    const s = this.#state;
    const meanMps2 = s[3] / s[2];
    const variance = s[4] / s[2] - meanMps2 * meanMps2;
    s[2] = s[3] = s[4] = 0;
    const offRatio = meanMps2 / STANDARD_GRAVITY_MPS2;
    if (variance >= REST_SD_MPS2 * REST_SD_MPS2 || Math.abs(offRatio) > MOST_ERROR_RATIO) return;
    s[1]++;
    // The running mean of the first ones, then the slow follower.
    s[0] += (1 + offRatio - s[0]) / Math.min(s[1], TAU_REST_S / SECOND_S);
  }
}
