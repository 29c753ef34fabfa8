/**
 * Inclination for devices without a gyroscope: the accelerometer's direction, low-passed.
 *
 * In    frame.acc   Out  frame.quat (heading arbitrary), frame.up; frame.headingRateRadps is NaN: heading is not observable
 * Limits  only right while the trunk accelerates little: at 1 Hz cut-off a naive inclinometer is off by tens of degrees in
 *         vigorous movement (signal specification 1.2); use for slow postures
 */
import {
  lowPassCoefficients,
  lowPassNow,
  lowPassState,
  lowPassTriple,
  type LowPassCoefficients,
} from '../dsp/lowPass2.ts';
import { Mark, type MotionFrame } from '../motionFrame.ts';
import { tiltToVertical, upInBody } from './quaternion.ts';

/** Time constant of a 1 Hz second-order low-pass, s. */
const TAU_S = Math.SQRT2 / (2 * Math.PI);

export class AccelerometerTilt {
  readonly #k: LowPassCoefficients;
  readonly #state = lowPassState();
  /** Samples of the start-up average. */
  readonly #seen = new Float64Array(1);
  // Scratch, no state.
  readonly #v = new Float64Array(3);
  readonly #now = new Float64Array(5);

  constructor(rateHz: number) {
    this.#k = lowPassCoefficients(TAU_S, 1 / rateHz);
  }

  reset(): void {
    this.#state.fill(0);
    this.#seen[0] = 0;
  }

  snapshot(): readonly Float64Array[] {
    return [this.#state.slice(), this.#seen.slice()];
  }

  restore([state, seen]: readonly Float64Array[]): void {
    this.#state.set(state);
    this.#seen.set(seen);
  }

  push(frame: MotionFrame): void {
    const v = this.#v;
    for (let i = 0; i < frame.n; i++) {
      if (frame.marks[i] & Mark.restart) this.reset();
      frame.headingRateRadps[i] = NaN;
      if (!(frame.marks[i] & Mark.missing)) {
        for (let c = 0; c < 3; c++) v[c] = frame.acc[3 * i + c];
        lowPassNow(this.#k, this.#seen[0]++, this.#now);
        lowPassTriple(this.#now, this.#state, v);
      }
      const size = Math.hypot(v[0], v[1], v[2]);
      if (frame.marks[i] & Mark.missing || !(size > 0)) {
        frame.quat.fill(NaN, 4 * i, 4 * i + 4);
        frame.up.fill(NaN, 3 * i, 3 * i + 3);
        continue;
      }
      tiltToVertical(v[0] / size, v[1] / size, v[2] / size, frame.quat, 4 * i);
      upInBody(frame.quat, 4 * i, frame.up, 3 * i);
    }
  }
}
