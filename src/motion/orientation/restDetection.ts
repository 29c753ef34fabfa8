/**
 * Is the sensor lying still? Then what the gyroscope reads is its bias.
 *
 * In    frame.gyr (rad/s), frame.acc (m/s²), sample by sample
 * Out   in its state: the low-passed rate, and for how long neither has deviated from its low-pass (at rest from 1.5 s)
 * Paper Laidig & Seel 2023, Information Fusion 91:187, section 3; signal specification, "The orientation filter", step 1
 */
import { lowPassCoefficients, lowPassNow, type LowPassCoefficients } from '../dsp/lowPass2.ts';
import type { MotionFrame } from '../motionFrame.ts';
import { RAD_PER_DEG } from '../../model/units.ts';

export interface RestParams {
  readonly restMinS: number;
  readonly restTauS: number;
  readonly restGyrDps: number;
  readonly restAccMps2: number;
  readonly biasClipDps: number;
}

/** Values derived once from parameters and rate. */
export interface RestCoefficients {
  readonly lowPass: LowPassCoefficients;
  readonly sampleS: number;
  readonly clipRadps: number;
  readonly gyrSquared: number;
  readonly accSquared: number;
}

export function restCoefficients(params: RestParams, sampleS: number): RestCoefficients {
  return {
    lowPass: lowPassCoefficients(params.restTauS, sampleS),
    sampleS,
    clipRadps: params.biasClipDps * RAD_PER_DEG,
    gyrSquared: (params.restGyrDps * RAD_PER_DEG) ** 2,
    accSquared: params.restAccMps2 ** 2,
  };
}

/** Where the parts of the state begin. */
export const RestState = {
  /** s1, s2 of three channels each. */
  gyr: 0,
  acc: 6,
  /** Samples of gyroscope and accelerometer seen. */
  gyrSeen: 12,
  accSeen: 13,
  /** Time without motion, s. */
  stillS: 14,
  /** Low-passed rate of the last sample, rad/s. */
  gyrLowPassed: 15,
} as const;
const { gyr: GYR, acc: ACC, gyrSeen: GYR_SEEN, accSeen: ACC_SEEN, stillS: STILL_S, gyrLowPassed: GYR_LP } = RestState;
const STATE_LENGTH = 18;

/** Scratch, shared by all streams: low-pass coefficients of the sample under way while the filter starts up. */
const now = new Float64Array(5);

export class RestDetection {
  readonly #k: RestCoefficients;
  /** Everything that changes, see `RestState`. */
  readonly state = new Float64Array(STATE_LENGTH);

  constructor(coefficients: RestCoefficients) {
    this.#k = coefficients;
  }

  reset(): void {
    this.state.fill(0);
  }

  /** One sample that is not missing. Written out for three channels: half the time of a loop. */
  sample(frame: MotionFrame, i: number): void {
    const s = this.state;
    const gyr = frame.gyr;
    const k = this.#k;
    let { b0, b1, b2, a1, a2 } = k.lowPass;
    if (s[GYR_SEEN] < k.lowPass.startUpSamples) {
      lowPassNow(k.lowPass, s[GYR_SEEN], now);
      b0 = now[0];
      b1 = now[1];
      b2 = now[2];
      a1 = now[3];
      a2 = now[4];
    }
    s[GYR_SEEN]++;
    const wx = gyr[3 * i];
    const wy = gyr[3 * i + 1];
    const wz = gyr[3 * i + 2];
    const lx = b0 * wx + s[GYR];
    const ly = b0 * wy + s[GYR + 2];
    const lz = b0 * wz + s[GYR + 4];
    s[GYR] = b1 * wx - a1 * lx + s[GYR + 1];
    s[GYR + 1] = b2 * wx - a2 * lx;
    s[GYR + 2] = b1 * wy - a1 * ly + s[GYR + 3];
    s[GYR + 3] = b2 * wy - a2 * ly;
    s[GYR + 4] = b1 * wz - a1 * lz + s[GYR + 5];
    s[GYR + 5] = b2 * wz - a2 * lz;
    s[GYR_LP] = lx;
    s[GYR_LP + 1] = ly;
    s[GYR_LP + 2] = lz;
    const dx = wx - lx;
    const dy = wy - ly;
    const dz = wz - lz;
    const clip = k.clipRadps;
    const fast = Math.abs(lx) > clip || Math.abs(ly) > clip || Math.abs(lz) > clip;
    if (fast || dx * dx + dy * dy + dz * dz >= k.gyrSquared) s[STILL_S] = 0;
    this.#shaken(frame.acc, 3 * i);
  }

  #shaken(acc: Float64Array, o: number): void {
    const s = this.state;
    const x = acc[o];
    const y = acc[o + 1];
    const z = acc[o + 2];
    // A sample without any acceleration says nothing about it.
    if (x === 0 && y === 0 && z === 0) return;
    const k = this.#k;
    let { b0, b1, b2, a1, a2 } = k.lowPass;
    if (s[ACC_SEEN] < k.lowPass.startUpSamples) {
      lowPassNow(k.lowPass, s[ACC_SEEN], now);
      b0 = now[0];
      b1 = now[1];
      b2 = now[2];
      a1 = now[3];
      a2 = now[4];
    }
    s[ACC_SEEN]++;
    const lx = b0 * x + s[ACC];
    const ly = b0 * y + s[ACC + 2];
    const lz = b0 * z + s[ACC + 4];
    s[ACC] = b1 * x - a1 * lx + s[ACC + 1];
    s[ACC + 1] = b2 * x - a2 * lx;
    s[ACC + 2] = b1 * y - a1 * ly + s[ACC + 3];
    s[ACC + 3] = b2 * y - a2 * ly;
    s[ACC + 4] = b1 * z - a1 * lz + s[ACC + 5];
    s[ACC + 5] = b2 * z - a2 * lz;
    const dx = x - lx;
    const dy = y - ly;
    const dz = z - lz;
    s[STILL_S] = dx * dx + dy * dy + dz * dz >= k.accSquared ? 0 : s[STILL_S] + k.sampleS;
  }
}
