/**
 * Is the sensor lying still? Then what the gyroscope reads is its bias.
 *
 * In    frame.gyr (rad/s), frame.acc (m/s²), frame.marks
 * Out   `gyrLowPassed` 3n (rad/s) and `atRest` n: neither deviates from its low-pass for 1.5 s
 * Paper Laidig & Seel 2023, Information Fusion 91:187, section 3; signal specification, "The orientation filter", step 1
 */
import {
  lowPassCoefficients,
  lowPassNow,
  lowPassState,
  lowPassTriple,
  type LowPassCoefficients,
} from '../dsp/lowPass2.ts';
import { FRAME_CAPACITY, Mark, type MotionFrame } from '../motionFrame.ts';
import { RAD_PER_DEG } from '../../model/units.ts';

export interface RestParams {
  readonly restMinS: number;
  readonly restTauS: number;
  readonly restGyrDps: number;
  readonly restAccMps2: number;
  readonly biasClipDps: number;
}

export class RestDetection {
  readonly #k: LowPassCoefficients;
  readonly #sampleS: number;
  readonly #restMinS: number;
  readonly #clipRadps: number;
  readonly #gyrSquared: number;
  readonly #accSquared: number;
  readonly #gyr = lowPassState();
  readonly #acc = lowPassState();
  /** Time without motion, s; samples of gyroscope and accelerometer seen. */
  readonly #counts = new Float64Array(3);
  // Scratch, no state.
  readonly #v = new Float64Array(3);

  /** Of the last frame. */
  readonly gyrLowPassed = new Float64Array(3 * FRAME_CAPACITY);
  readonly atRest = new Uint8Array(FRAME_CAPACITY);

  constructor(params: RestParams, sampleS: number) {
    this.#k = lowPassCoefficients(params.restTauS, sampleS);
    this.#sampleS = sampleS;
    this.#restMinS = params.restMinS;
    this.#clipRadps = params.biasClipDps * RAD_PER_DEG;
    this.#gyrSquared = (params.restGyrDps * RAD_PER_DEG) ** 2;
    this.#accSquared = params.restAccMps2 ** 2;
  }

  /** All that changes. */
  get state(): readonly Float64Array[] {
    return [this.#gyr, this.#acc, this.#counts];
  }

  reset(): void {
    for (const part of this.state) part.fill(0);
  }

  push(frame: MotionFrame): void {
    for (let i = 0; i < frame.n; i++) {
      if (frame.marks[i] & Mark.restart) this.reset();
      if (frame.marks[i] & Mark.missing) continue;
      this.#sample(frame, i);
    }
  }

  #sample({ gyr, acc }: MotionFrame, i: number): void {
    const counts = this.#counts;
    const v = this.#v;
    const o = 3 * i;
    const wx = gyr[o];
    const wy = gyr[o + 1];
    const wz = gyr[o + 2];
    v[0] = wx;
    v[1] = wy;
    v[2] = wz;
    lowPassTriple(lowPassNow(this.#k, counts[1]++), this.#gyr, v);
    const turning =
      (wx - v[0]) ** 2 + (wy - v[1]) ** 2 + (wz - v[2]) ** 2 >= this.#gyrSquared ||
      Math.abs(v[0]) > this.#clipRadps ||
      Math.abs(v[1]) > this.#clipRadps ||
      Math.abs(v[2]) > this.#clipRadps;
    if (turning) counts[0] = 0;
    const lp = this.gyrLowPassed;
    lp[o] = v[0];
    lp[o + 1] = v[1];
    lp[o + 2] = v[2];
    const ax = acc[o];
    const ay = acc[o + 1];
    const az = acc[o + 2];
    // A sample without any acceleration says nothing about it.
    if (ax !== 0 || ay !== 0 || az !== 0) {
      v[0] = ax;
      v[1] = ay;
      v[2] = az;
      lowPassTriple(lowPassNow(this.#k, counts[2]++), this.#acc, v);
      const deviation = (ax - v[0]) ** 2 + (ay - v[1]) ** 2 + (az - v[2]) ** 2;
      counts[0] = deviation >= this.#accSquared ? 0 : counts[0] + this.#sampleS;
    }
    this.atRest[i] = counts[0] >= this.#restMinS ? 1 : 0;
  }
}
