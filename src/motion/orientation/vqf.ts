/**
 * Orientation from gyroscope and accelerometer, without magnetometer, with gyroscope bias estimation.
 *
 * In    frame.acc (specific force, m/s²), frame.gyr (rad/s), frame.stepS, frame.marks
 * Out   frame.quat: body → earth (Z up, heading arbitrary), Hamilton, scalar first; NaN where the sample is missing.
 *       frame.headingRateRadps: bias-free rate about the vertical, left positive.
 * Paper Laidig & Seel 2023, VQF: Highly accurate IMU orientation estimation with bias estimation and magnetic disturbance
 *       rejection, Information Fusion 91:187-204 (6D part). Formulas as written out in the signal specification.
 * Modes `exact` follows the paper. `improved` (default) differs in two places, see Deviations.
 * Deviations
 *   - mid-interval: the accelerometer is turned by the orientation in the middle of the gyroscope's interval, because a
 *     wearable's gyroscope sample is the mean over the interval before it (the paper uses its end);
 *   - coning: the rotation vector gets the two-sample term Ts²/12 (ω[k−1] × ω[k]);
 *   - a short gap (up to 0.5 s) is bridged by turning on at the last rate; a longer one starts the filter anew but keeps
 *     the bias, which belongs to the device and not to the stretch of data.
 * Guards  |ω| → 0, half turns, zero or NaN samples (NaN never enters the state), positive definite by symmetric update.
 */
import {
  lowPassAdvance,
  lowPassCoefficients,
  lowPassRange,
  lowPassState,
  lowPassStep,
  type LowPassCoefficients,
} from '../dsp/lowPass2.ts';
import { FRAME_CAPACITY, Mark, type MotionFrame } from '../motionFrame.ts';
import { upInBody } from './quaternion.ts';
import { RAD_PER_DEG } from '../../model/units.ts';

export interface VqfParams {
  readonly mode: 'improved' | 'exact';
  /** `instantaneous`: the output is the orientation in the middle of the last interval, where such a sample lies. */
  readonly gyroTiming: 'integratesBackward' | 'instantaneous';
  readonly tauAccS: number;
  readonly biasSigmaInitDps: number;
  readonly biasForgettingTimeS: number;
  readonly biasClipDps: number;
  readonly biasSigmaMotionDps: number;
  readonly biasVerticalForgettingRatio: number;
  readonly biasSigmaRestDps: number;
  readonly restMinS: number;
  readonly restTauS: number;
  readonly restGyrDps: number;
  readonly restAccMps2: number;
}

/** Defaults of the paper. */
export const VQF_DEFAULTS: VqfParams = {
  mode: 'improved',
  gyroTiming: 'integratesBackward',
  tauAccS: 3,
  biasSigmaInitDps: 0.5,
  biasForgettingTimeS: 100,
  biasClipDps: 2,
  biasSigmaMotionDps: 0.1,
  biasVerticalForgettingRatio: 1e-4,
  biasSigmaRestDps: 0.03,
  restMinS: 1.5,
  restTauS: 0.5,
  restGyrDps: 2,
  restAccMps2: 0.5,
};

/** Values derived once from parameters and rate. Covariance is in (0.01 °/s)², as in the paper. */
interface VqfCoefficients {
  readonly sampleS: number;
  readonly acc: LowPassCoefficients;
  readonly rest: LowPassCoefficients;
  readonly biasClip: number;
  readonly restMinS: number;
  readonly initialVariance: number;
  readonly processNoise: number;
  readonly motionWeight: number;
  readonly verticalWeight: number;
  readonly restWeight: number;
  readonly restGyrSquared: number;
  readonly restAccSquared: number;
}

function coefficients(p: VqfParams, rateHz: number): VqfCoefficients {
  const sampleS = 1 / rateHz;
  const processNoise = ((0.1 * 100) ** 2 * sampleS) / p.biasForgettingTimeS;
  const steadyWeight = (sigmaDps: number): number => {
    const variance = (sigmaDps * 100) ** 2;
    return variance ** 2 / processNoise + variance;
  };
  const motionWeight = steadyWeight(p.biasSigmaMotionDps);
  return {
    sampleS,
    acc: lowPassCoefficients(p.tauAccS, sampleS),
    rest: lowPassCoefficients(p.restTauS, sampleS),
    biasClip: p.biasClipDps * RAD_PER_DEG,
    restMinS: p.restMinS,
    initialVariance: (p.biasSigmaInitDps * 100) ** 2,
    processNoise,
    motionWeight,
    verticalWeight: motionWeight / p.biasVerticalForgettingRatio,
    restWeight: steadyWeight(p.biasSigmaRestDps),
    restGyrSquared: (p.restGyrDps * RAD_PER_DEG) ** 2,
    restAccSquared: p.restAccMps2 ** 2,
  };
}

/** Channels of the low-pass that runs in earth axes: acceleration 3, rotation matrix 9, rotated bias 2. */
const EARTH_CHANNELS = 14;

export class Vqf {
  readonly #k: VqfCoefficients;
  readonly #improved: boolean;
  readonly #midOutput: boolean;

  // State: everything that changes, in plain arrays.
  /** Gyroscope strapdown quaternion 0-3, inclination correction 4-7. */
  readonly #quats = new Float64Array(8);
  /** Bias, rad/s. */
  readonly #bias = new Float64Array(3);
  /** Symmetric covariance: xx xy xz yy yz zz. */
  readonly #p = new Float64Array(6);
  /** Bias-free rate of the sample before (coning), then the rest timer in s. */
  readonly #last = new Float64Array(4);
  readonly #restGyr = lowPassState(3);
  readonly #restAcc = lowPassState(3);
  readonly #earth = lowPassState(EARTH_CHANNELS);

  // Scratch, no state.
  readonly #middle = new Float64Array(4);
  readonly #vector = new Float64Array(3);
  readonly #gyrLp = new Float64Array(3);
  readonly #earthIn = new Float64Array(EARTH_CHANNELS);
  readonly #earthOut = new Float64Array(EARTH_CHANNELS);

  /** Low-passed acceleration in the strapdown frame, 3n, and strapdown quaternion, 4n, of the last frame: for `Settled`. */
  readonly accLowPassed = new Float64Array(3 * FRAME_CAPACITY);
  readonly strapdown = new Float64Array(4 * FRAME_CAPACITY);

  constructor(rateHz: number, params: VqfParams = VQF_DEFAULTS) {
    this.#k = coefficients(params, rateHz);
    this.#improved = params.mode === 'improved';
    this.#midOutput = params.gyroTiming === 'instantaneous' && this.#improved;
    this.reset();
  }

  /** As new, bias included. */
  reset(): void {
    this.#bias.fill(0);
    const p0 = this.#k.initialVariance;
    this.#p.set([p0, 0, 0, p0, 0, p0]);
    this.#restart();
  }

  /** Estimated gyroscope bias in rad/s, body axes. */
  get biasRadps(): readonly number[] {
    return [...this.#bias];
  }

  snapshot(): Float64Array[] {
    return this.#arrays().map((a) => a.slice());
  }

  restore(snapshot: readonly Float64Array[]): void {
    this.#arrays().forEach((a, i) => a.set(snapshot[i]));
  }

  push(frame: MotionFrame): void {
    for (let i = 0; i < frame.n; i++) {
      const marks = frame.marks[i];
      if (marks & Mark.restart) this.#restart();
      if (marks & Mark.missing) {
        frame.quat.fill(NaN, 4 * i, 4 * i + 4);
        this.strapdown.fill(NaN, 4 * i, 4 * i + 4);
        this.accLowPassed.fill(NaN, 3 * i, 3 * i + 3);
        frame.up.fill(NaN, 3 * i, 3 * i + 3);
        frame.headingRateRadps[i] = NaN;
        continue;
      }
      this.#sample(frame, i);
    }
  }

  #arrays(): Float64Array[] {
    return [this.#quats, this.#bias, this.#p, this.#last, this.#restGyr, this.#restAcc, this.#earth];
  }

  #restart(): void {
    this.#quats.set([1, 0, 0, 0, 1, 0, 0, 0]);
    this.#last.fill(0);
    this.#restGyr.fill(0);
    this.#restAcc.fill(0);
    this.#earth.fill(0);
  }

  #sample(frame: MotionFrame, i: number): void {
    const q = this.#quats;
    const g = 3 * i;
    const ax = frame.acc[g];
    const ay = frame.acc[g + 1];
    const az = frame.acc[g + 2];
    const wx = frame.gyr[g];
    const wy = frame.gyr[g + 1];
    const wz = frame.gyr[g + 2];

    this.#restFromGyroscope(wx, wy, wz);

    // Strapdown.
    const w0 = q[0];
    const x0 = q[1];
    const y0 = q[2];
    const z0 = q[3];
    const bx = wx - this.#bias[0];
    const by = wy - this.#bias[1];
    const bz = wz - this.#bias[2];
    this.#integrate(bx, by, bz, frame.stepS[i], !(frame.marks[i] & (Mark.gapBefore | Mark.restart)));

    // Orientation in the middle of the interval (exact mode: at its end).
    let mw = q[0];
    let mx = q[1];
    let my = q[2];
    let mz = q[3];
    if (this.#improved) {
      mw += w0;
      mx += x0;
      my += y0;
      mz += z0;
      const scale = 1 / Math.sqrt(mw * mw + mx * mx + my * my + mz * mz);
      mw *= scale;
      mx *= scale;
      my *= scale;
      mz *= scale;
    }
    const turned = this.#midOutput ? this.#middle : q;
    if (this.#midOutput) {
      turned[0] = mw;
      turned[1] = mx;
      turned[2] = my;
      turned[3] = mz;
    }

    if (ax !== 0 || ay !== 0 || az !== 0) {
      this.#restFromAccelerometer(ax, ay, az);
      // a in strapdown axes: v + 2w(m×v) + 2 m×(m×v)
      const tx = 2 * (my * az - mz * ay);
      const ty = 2 * (mz * ax - mx * az);
      const tz = 2 * (mx * ay - my * ax);
      this.#earthIn[0] = ax + mw * tx + my * tz - mz * ty;
      this.#earthIn[1] = ay + mw * ty + mz * tx - mx * tz;
      this.#earthIn[2] = az + mw * tz + mx * ty - my * tx;
      this.#inclineAndEstimateBias();
    }

    this.#output(frame, i, turned);
    upInBody(frame.quat, 4 * i, frame.up, g);
    frame.headingRateRadps[i] = bx * frame.up[g] + by * frame.up[g + 1] + bz * frame.up[g + 2];
  }

  #restFromGyroscope(wx: number, wy: number, wz: number): void {
    const k = this.#k;
    const v = this.#vector;
    const lp = this.#gyrLp;
    v[0] = wx;
    v[1] = wy;
    v[2] = wz;
    lowPassStep(k.rest, this.#restGyr, 3, v, lp);
    const dx = wx - lp[0];
    const dy = wy - lp[1];
    const dz = wz - lp[2];
    const moving =
      dx * dx + dy * dy + dz * dz >= k.restGyrSquared ||
      Math.abs(lp[0]) > k.biasClip ||
      Math.abs(lp[1]) > k.biasClip ||
      Math.abs(lp[2]) > k.biasClip;
    if (moving) this.#last[3] = 0;
  }

  #restFromAccelerometer(ax: number, ay: number, az: number): void {
    const k = this.#k;
    const v = this.#vector;
    v[0] = ax;
    v[1] = ay;
    v[2] = az;
    lowPassStep(k.rest, this.#restAcc, 3, v, v);
    const dx = ax - v[0];
    const dy = ay - v[1];
    const dz = az - v[2];
    if (dx * dx + dy * dy + dz * dz >= k.restAccSquared) this.#last[3] = 0;
    else this.#last[3] += k.sampleS;
  }

  /** q_g ← normalise(q_g ⊗ exp(φ/2)), φ = ω·Ts plus the coning term. */
  #integrate(bx: number, by: number, bz: number, stepS: number, continuous: boolean): void {
    const q = this.#quats;
    const last = this.#last;
    let px = bx * stepS;
    let py = by * stepS;
    let pz = bz * stepS;
    if (this.#improved) {
      if (continuous) {
        const c = (stepS * stepS) / 12;
        px += c * (last[1] * bz - last[2] * by);
        py += c * (last[2] * bx - last[0] * bz);
        pz += c * (last[0] * by - last[1] * bx);
      }
      last[0] = bx;
      last[1] = by;
      last[2] = bz;
    }
    const squared = px * px + py * py + pz * pz;
    if (squared < 1e-28) return;
    let cosHalf: number;
    let sinHalfOverAngle: number;
    if (squared < 0.04) {
      // Taylor series of cos(θ/2) and sin(θ/2)/θ for θ < 0.2 rad: relative error below 1e-16.
      const h = squared / 4;
      cosHalf = 1 - h * (1 / 2 - h * (1 / 24 - h * (1 / 720 - h / 40320)));
      sinHalfOverAngle = 0.5 * (1 - h * (1 / 6 - h * (1 / 120 - h * (1 / 5040 - h / 362880))));
    } else {
      const angle = Math.sqrt(squared);
      cosHalf = Math.cos(angle / 2);
      sinHalfOverAngle = Math.sin(angle / 2) / angle;
    }
    const sx = sinHalfOverAngle * px;
    const sy = sinHalfOverAngle * py;
    const sz = sinHalfOverAngle * pz;
    const w = q[0];
    const x = q[1];
    const y = q[2];
    const z = q[3];
    const nw = w * cosHalf - x * sx - y * sy - z * sz;
    const nx = w * sx + x * cosHalf + y * sz - z * sy;
    const ny = w * sy - x * sz + y * cosHalf + z * sx;
    const nz = w * sz + x * sy - y * sx + z * cosHalf;
    const scale = 1 / Math.sqrt(nw * nw + nx * nx + ny * ny + nz * nz);
    q[0] = nw * scale;
    q[1] = nx * scale;
    q[2] = ny * scale;
    q[3] = nz * scale;
  }

  /** Steps 3 and 5: inclination correction from the low-passed acceleration, then the bias update. */
  #inclineAndEstimateBias(): void {
    const k = this.#k;
    const q = this.#quats;
    const input = this.#earthIn;
    const lp = this.#earthOut;

    // The 14 channels share their coefficients, but R needs the correction that the first three lead to: two passes.
    const state = this.#earth;
    lowPassRange(k.acc, state, EARTH_CHANNELS, 0, 3, input, lp);

    // h = normalise(q_a ⊗ a_LP)
    let w = q[4];
    let x = q[5];
    let y = q[6];
    let z = q[7];
    const tx = 2 * (y * lp[2] - z * lp[1]);
    const ty = 2 * (z * lp[0] - x * lp[2]);
    const tz = 2 * (x * lp[1] - y * lp[0]);
    let hx = lp[0] + w * tx + y * tz - z * ty;
    let hy = lp[1] + w * ty + z * tx - x * tz;
    let hz = lp[2] + w * tz + x * ty - y * tx;
    const size = Math.sqrt(hx * hx + hy * hy + hz * hz);
    if (size > 0) {
      hx /= size;
      hy /= size;
      hz /= size;
    } else {
      hx = 0;
      hy = 0;
      hz = 1;
    }

    // q_a ← normalise(correction ⊗ q_a), the correction turning h to the vertical the shortest way.
    const root = Math.sqrt(Math.max(0, (hz + 1) / 2));
    const cw = root > 1e-6 ? root : 0;
    const cx = root > 1e-6 ? (0.5 * hy) / root : 1;
    const cy = root > 1e-6 ? (-0.5 * hx) / root : 0;
    const nw = cw * w - cx * x - cy * y;
    const nx = cw * x + cx * w + cy * z;
    const ny = cw * y - cx * z + cy * w;
    const nz = cw * z + cx * y - cy * x;
    const scale = 1 / Math.sqrt(nw * nw + nx * nx + ny * ny + nz * nz);
    w = nw * scale;
    x = nx * scale;
    y = ny * scale;
    z = nz * scale;
    q[4] = w;
    q[5] = x;
    q[6] = y;
    q[7] = z;

    // Rotation matrix of q_a ⊗ q_g.
    const a = q[0];
    const b = q[1];
    const c = q[2];
    const d = q[3];
    const ow = w * a - x * b - y * c - z * d;
    const ox = w * b + x * a + y * d - z * c;
    const oy = w * c - x * d + y * a + z * b;
    const oz = w * d + x * c - y * b + z * a;
    const b0 = this.#bias[0];
    const b1 = this.#bias[1];
    const b2 = this.#bias[2];
    input[3] = 1 - 2 * (oy * oy + oz * oz);
    input[4] = 2 * (oy * ox - ow * oz);
    input[5] = 2 * (ow * oy + oz * ox);
    input[6] = 2 * (ow * oz + oy * ox);
    input[7] = 1 - 2 * (ox * ox + oz * oz);
    input[8] = 2 * (oz * oy - ox * ow);
    input[9] = 2 * (oz * ox - oy * ow);
    input[10] = 2 * (ow * ox + oz * oy);
    input[11] = 1 - 2 * (ox * ox + oy * oy);
    input[12] = input[3] * b0 + input[4] * b1 + input[5] * b2;
    input[13] = input[6] * b0 + input[7] * b1 + input[8] * b2;
    lowPassRange(k.acc, state, EARTH_CHANNELS, 3, EARTH_CHANNELS, input, lp);
    lowPassAdvance(k.acc, state, EARTH_CHANNELS);

    this.#growCovariance();
    if (this.#last[3] >= k.restMinS) this.#biasAtRest();
    else this.#biasInMotion(hx, hy);
  }

  #growCovariance(): void {
    const p = this.#p;
    const { initialVariance, processNoise } = this.#k;
    if (p[0] < initialVariance) p[0] += processNoise;
    if (p[3] < initialVariance) p[3] += processNoise;
    if (p[5] < initialVariance) p[5] += processNoise;
  }

  /** Measurement matrix I: K = P (P + w I)⁻¹. */
  #biasAtRest(): void {
    const { restWeight: w } = this.#k;
    const p = this.#p;
    const lp = this.#gyrLp;
    const clip = this.#k.biasClip;
    const ex = clamp(lp[0] - this.#bias[0], clip);
    const ey = clamp(lp[1] - this.#bias[1], clip);
    const ez = clamp(lp[2] - this.#bias[2], clip);
    this.#update(p[0], p[1], p[2], p[1], p[3], p[4], p[2], p[4], p[5], w, w, w, true, ex, ey, ez);
  }

  /** Measurement matrix R, low-passed: e from the inclination correction that was necessary (h before it). */
  #biasInMotion(hx: number, hy: number): void {
    const k = this.#k;
    const r = this.#earthOut;
    const p = this.#p;
    const b0 = this.#bias[0];
    const b1 = this.#bias[1];
    const b2 = this.#bias[2];
    const clip = k.biasClip;
    const ex = clamp(-hy / k.sampleS + r[12] - (r[3] * b0 + r[4] * b1 + r[5] * b2), clip);
    const ey = clamp(hx / k.sampleS + r[13] - (r[6] * b0 + r[7] * b1 + r[8] * b2), clip);
    const ez = clamp(-(r[9] * b0 + r[10] * b1 + r[11] * b2), clip);
    // A = R P
    const a00 = r[3] * p[0] + r[4] * p[1] + r[5] * p[2];
    const a01 = r[3] * p[1] + r[4] * p[3] + r[5] * p[4];
    const a02 = r[3] * p[2] + r[4] * p[4] + r[5] * p[5];
    const a10 = r[6] * p[0] + r[7] * p[1] + r[8] * p[2];
    const a11 = r[6] * p[1] + r[7] * p[3] + r[8] * p[4];
    const a12 = r[6] * p[2] + r[7] * p[4] + r[8] * p[5];
    const a20 = r[9] * p[0] + r[10] * p[1] + r[11] * p[2];
    const a21 = r[9] * p[1] + r[10] * p[3] + r[11] * p[4];
    const a22 = r[9] * p[2] + r[10] * p[4] + r[11] * p[5];
    const w = k.motionWeight;
    this.#update(a00, a01, a02, a10, a11, a12, a20, a21, a22, w, w, k.verticalWeight, false, ex, ey, ez);
  }

  /**
   * Kalman update with A = R P: S = A Rᵀ + W (symmetric), G = Aᵀ S⁻¹, b += G e, P −= G A; b clipped.
   * At rest R = I and S = P + W.
   */
  #update(
    a00: number,
    a01: number,
    a02: number,
    a10: number,
    a11: number,
    a12: number,
    a20: number,
    a21: number,
    a22: number,
    w0: number,
    w1: number,
    w2: number,
    atRest: boolean,
    ex: number,
    ey: number,
    ez: number,
  ): void {
    const r = this.#earthOut;
    const s00 = w0 + (atRest ? a00 : a00 * r[3] + a01 * r[4] + a02 * r[5]);
    const s01 = atRest ? a01 : a00 * r[6] + a01 * r[7] + a02 * r[8];
    const s02 = atRest ? a02 : a00 * r[9] + a01 * r[10] + a02 * r[11];
    const s11 = w1 + (atRest ? a11 : a10 * r[6] + a11 * r[7] + a12 * r[8]);
    const s12 = atRest ? a12 : a10 * r[9] + a11 * r[10] + a12 * r[11];
    const s22 = w2 + (atRest ? a22 : a20 * r[9] + a21 * r[10] + a22 * r[11]);
    // Inverse of the symmetric S by cofactors.
    const c00 = s11 * s22 - s12 * s12;
    const c01 = s02 * s12 - s01 * s22;
    const c02 = s01 * s12 - s02 * s11;
    const inverse = 1 / (s00 * c00 + s01 * c01 + s02 * c02);
    const i00 = c00 * inverse;
    const i01 = c01 * inverse;
    const i02 = c02 * inverse;
    const i11 = (s00 * s22 - s02 * s02) * inverse;
    const i12 = (s01 * s02 - s00 * s12) * inverse;
    const i22 = (s00 * s11 - s01 * s01) * inverse;
    // G = Aᵀ S⁻¹
    const g00 = a00 * i00 + a10 * i01 + a20 * i02;
    const g01 = a00 * i01 + a10 * i11 + a20 * i12;
    const g02 = a00 * i02 + a10 * i12 + a20 * i22;
    const g10 = a01 * i00 + a11 * i01 + a21 * i02;
    const g11 = a01 * i01 + a11 * i11 + a21 * i12;
    const g12 = a01 * i02 + a11 * i12 + a21 * i22;
    const g20 = a02 * i00 + a12 * i01 + a22 * i02;
    const g21 = a02 * i01 + a12 * i11 + a22 * i12;
    const g22 = a02 * i02 + a12 * i12 + a22 * i22;
    const b = this.#bias;
    const clip = this.#k.biasClip;
    b[0] = clamp(b[0] + g00 * ex + g01 * ey + g02 * ez, clip);
    b[1] = clamp(b[1] + g10 * ex + g11 * ey + g12 * ez, clip);
    b[2] = clamp(b[2] + g20 * ex + g21 * ey + g22 * ez, clip);
    const p = this.#p;
    p[0] -= g00 * a00 + g01 * a10 + g02 * a20;
    p[1] -= g00 * a01 + g01 * a11 + g02 * a21;
    p[2] -= g00 * a02 + g01 * a12 + g02 * a22;
    p[3] -= g10 * a01 + g11 * a11 + g12 * a21;
    p[4] -= g10 * a02 + g11 * a12 + g12 * a22;
    p[5] -= g20 * a02 + g21 * a12 + g22 * a22;
  }

  #output(frame: MotionFrame, i: number, turned: Float64Array): void {
    const q = this.#quats;
    const gw = turned[0];
    const gx = turned[1];
    const gy = turned[2];
    const gz = turned[3];
    const w = q[4];
    const x = q[5];
    const y = q[6];
    const z = q[7];
    const o = 4 * i;
    const out = frame.quat;
    out[o] = w * gw - x * gx - y * gy - z * gz;
    out[o + 1] = w * gx + x * gw + y * gz - z * gy;
    out[o + 2] = w * gy - x * gz + y * gw + z * gx;
    out[o + 3] = w * gz + x * gy - y * gx + z * gw;
    this.strapdown[o] = gw;
    this.strapdown[o + 1] = gx;
    this.strapdown[o + 2] = gy;
    this.strapdown[o + 3] = gz;
    const lp = this.#earthOut;
    this.accLowPassed[3 * i] = lp[0];
    this.accLowPassed[3 * i + 1] = lp[1];
    this.accLowPassed[3 * i + 2] = lp[2];
  }
}

function clamp(value: number, limit: number): number {
  return value > limit ? limit : value < -limit ? -limit : value;
}
