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
 * Speed  methods take no numbers as arguments: V8 would box them when it does not inline; unit quaternions that rounding
 *       alone took off unit length are renormalised by one Newton step instead of a root and a division.
 */
import {
  lowPassCoefficients,
  lowPassNow,
  lowPassState,
  lowPassTriple,
  type LowPassCoefficients,
} from '../dsp/lowPass2.ts';
import { FRAME_CAPACITY, Mark, type MotionFrame } from '../motionFrame.ts';
import { upInBody } from './quaternion.ts';
import { RestDetection, type RestParams } from './restDetection.ts';
import { RAD_PER_DEG } from '../../model/units.ts';

export interface VqfParams extends RestParams {
  readonly mode: 'improved' | 'exact';
  /** `instantaneous`: the output is the orientation in the middle of the last interval, where such a sample lies. */
  readonly gyroTiming: 'integratesBackward' | 'instantaneous';
  readonly tauAccS: number;
  readonly biasSigmaInitDps: number;
  readonly biasForgettingTimeS: number;
  readonly biasSigmaMotionDps: number;
  readonly biasVerticalForgettingRatio: number;
  readonly biasSigmaRestDps: number;
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
  readonly biasClip: number;
  readonly initialVariance: number;
  readonly processNoise: number;
  readonly motionWeight: number;
  readonly verticalWeight: number;
  readonly restWeight: number;
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
    biasClip: p.biasClipDps * RAD_PER_DEG,
    initialVariance: (p.biasSigmaInitDps * 100) ** 2,
    processNoise,
    motionWeight,
    verticalWeight: motionWeight / p.biasVerticalForgettingRatio,
    restWeight: steadyWeight(p.biasSigmaRestDps),
  };
}

/** The measurement matrix at rest, by rows. */
const UNIT_ROWS = [Float64Array.of(1, 0, 0), Float64Array.of(0, 1, 0), Float64Array.of(0, 0, 1)] as const;

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
  /** Bias-free rate of the sample before, for the coning term. */
  readonly #last = new Float64Array(3);
  readonly #rest: RestDetection;
  /** Low-pass in earth axes of acceleration, rows of the rotation matrix, turned bias; how many samples it has seen. */
  readonly #earth = [lowPassState(), lowPassState(), lowPassState(), lowPassState(), lowPassState()] as const;
  readonly #seen = new Float64Array(1);
  /** What it gave last: also the answer to samples without acceleration. */
  readonly #accLp = new Float64Array(3);
  readonly #rows = [new Float64Array(3), new Float64Array(3), new Float64Array(3)] as const;
  readonly #turnedBias = new Float64Array(3);

  // Scratch, no state.
  readonly #middle = new Float64Array(4);
  /** Horizontal part of the low-passed, normalised acceleration before the inclination correction. */
  readonly #h = new Float64Array(2);

  /** Low-passed acceleration in the strapdown frame, 3n, and strapdown quaternion, 4n, of the last frame: for `Settled`. */
  readonly accLowPassed = new Float64Array(3 * FRAME_CAPACITY);
  readonly strapdown = new Float64Array(4 * FRAME_CAPACITY);

  constructor(rateHz: number, params: VqfParams = VQF_DEFAULTS) {
    this.#k = coefficients(params, rateHz);
    this.#rest = new RestDetection(params, 1 / rateHz);
    this.#improved = params.mode === 'improved';
    this.#midOutput = params.gyroTiming === 'instantaneous' && this.#improved;
    this.reset();
  }

  /** As new, bias included. */
  reset(): void {
    this.#rest.reset();
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
    this.#rest.push(frame);
    for (let i = 0; i < frame.n; i++) {
      const marks = frame.marks[i];
      if (marks & Mark.restart) this.#restart();
      if (marks & Mark.missing) this.#unknown(frame, i);
      else this.#sample(frame, i);
    }
  }

  #unknown(frame: MotionFrame, i: number): void {
    frame.quat.fill(NaN, 4 * i, 4 * i + 4);
    this.strapdown.fill(NaN, 4 * i, 4 * i + 4);
    this.accLowPassed.fill(NaN, 3 * i, 3 * i + 3);
    frame.up.fill(NaN, 3 * i, 3 * i + 3);
    frame.headingRateRadps[i] = NaN;
  }

  /** All that changes; the low-passed values are kept for samples without acceleration. */
  #arrays(): Float64Array[] {
    return [this.#quats, this.#bias, this.#p, this.#last, this.#accLp, this.#seen, ...this.#earth, ...this.#rest.state];
  }

  #restart(): void {
    this.#quats.set([1, 0, 0, 0, 1, 0, 0, 0]);
    this.#last.fill(0);
    this.#accLp.fill(0);
    this.#seen.fill(0);
    for (const state of this.#earth) state.fill(0);
  }

  #sample(frame: MotionFrame, i: number): void {
    const g = 3 * i;
    this.#integrate(frame, i);
    const acc = frame.acc;
    if (acc[g] !== 0 || acc[g + 1] !== 0 || acc[g + 2] !== 0) {
      this.#incline(acc, g);
      this.#followRotation();
      this.#estimateBias(i);
    }
    // Before the first acceleration nothing is known about the vertical.
    if (this.#seen[0] > 0) this.#output(frame, i);
    else this.#unknown(frame, i);
  }

  /**
   * Step 2: q_g ← normalise(q_g ⊗ exp(φ/2)), φ = (ω − b)·Ts plus the coning term. Leaves the orientation in the middle of
   * the interval (exact mode: at its end) in `#middle`.
   */
  #integrate(frame: MotionFrame, i: number): void {
    const q = this.#quats;
    const last = this.#last;
    const bias = this.#bias;
    const stepS = frame.stepS[i];
    const bx = frame.gyr[3 * i] - bias[0];
    const by = frame.gyr[3 * i + 1] - bias[1];
    const bz = frame.gyr[3 * i + 2] - bias[2];
    let px = bx * stepS;
    let py = by * stepS;
    let pz = bz * stepS;
    if (this.#improved && !(frame.marks[i] & (Mark.gapBefore | Mark.restart))) {
      const c = (stepS * stepS) / 12;
      px += c * (last[1] * bz - last[2] * by);
      py += c * (last[2] * bx - last[0] * bz);
      pz += c * (last[0] * by - last[1] * bx);
    }
    last[0] = bx;
    last[1] = by;
    last[2] = bz;
    // Half an angle's cosine and sine, and the secant of a quarter: |q + q exp(φ/2)| = 2 cos(θ/4). Taylor series for
    // θ < 0.2 rad, relative error below 2e-15.
    const squared = px * px + py * py + pz * pz;
    let cosHalf: number;
    let sinHalfOverAngle: number;
    let secQuarter: number;
    if (squared < 0.04) {
      const h = squared * (1 / 4);
      cosHalf = 1 - h * (1 / 2 - h * (1 / 24 - h * (1 / 720 - h * (1 / 40320))));
      sinHalfOverAngle = 0.5 * (1 - h * (1 / 6 - h * (1 / 120 - h * (1 / 5040 - h * (1 / 362880)))));
      const u = squared * (1 / 16);
      secQuarter = 1 + u * (1 / 2 + u * (5 / 24 + u * (61 / 720 + u * (277 / 8064))));
    } else {
      const angle = Math.sqrt(squared);
      cosHalf = Math.cos(angle / 2);
      sinHalfOverAngle = Math.sin(angle / 2) / angle;
      secQuarter = 1 / Math.cos(angle / 4);
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
    const scale = unitScale(nw * nw + nx * nx + ny * ny + nz * nz);
    q[0] = nw * scale;
    q[1] = nx * scale;
    q[2] = ny * scale;
    q[3] = nz * scale;
    const before = this.#improved ? 1 : 0;
    const shrink = this.#improved ? 0.5 * secQuarter : 1;
    const middle = this.#middle;
    middle[0] = (before * w + nw) * shrink;
    middle[1] = (before * x + nx) * shrink;
    middle[2] = (before * y + ny) * shrink;
    middle[3] = (before * z + nz) * shrink;
  }

  /** Step 3: low-passes the acceleration in strapdown axes and corrects the inclination towards it. */
  #incline(acc: Float64Array, g: number): void {
    const q = this.#quats;
    const ax = acc[g];
    const ay = acc[g + 1];
    const az = acc[g + 2];
    const mw = this.#middle[0];
    const mx = this.#middle[1];
    const my = this.#middle[2];
    const mz = this.#middle[3];
    // a in strapdown axes: v + w t + m × t with t = 2 m × v.
    const ux = 2 * (my * az - mz * ay);
    const uy = 2 * (mz * ax - mx * az);
    const uz = 2 * (mx * ay - my * ax);
    const lp = this.#accLp;
    lp[0] = ax + mw * ux + my * uz - mz * uy;
    lp[1] = ay + mw * uy + mz * ux - mx * uz;
    lp[2] = az + mw * uz + mx * uy - my * ux;
    lowPassTriple(lowPassNow(this.#k.acc, this.#seen[0]), this.#earth[0], lp);
    const lx = lp[0];
    const ly = lp[1];
    const lz = lp[2];

    // h = normalise(q_a ⊗ a_LP)
    const w = q[4];
    const x = q[5];
    const y = q[6];
    const z = q[7];
    const tx = 2 * (y * lz - z * ly);
    const ty = 2 * (z * lx - x * lz);
    const tz = 2 * (x * ly - y * lx);
    const hx = lx + w * tx + y * tz - z * ty;
    const hy = ly + w * ty + z * tx - x * tz;
    const hz = lz + w * tz + x * ty - y * tx;
    const size = Math.sqrt(hx * hx + hy * hy + hz * hz);
    const inverse = size > 0 ? 1 / size : 0;
    this.#h[0] = hx * inverse;
    this.#h[1] = hy * inverse;

    // q_a ← normalise(correction ⊗ q_a), the correction turning h to the vertical the shortest way: (|h| + h_z, h_y, −h_x, 0)
    // normalised; half a turn about X when h points down.
    const sum = size + hz;
    const regular = sum > DOWNWARD * size;
    const norm = regular ? 1 / Math.sqrt(2 * size * sum) : 0;
    const cw = size > 0 ? sum * norm : 1;
    const cx = regular ? hy * norm : size > 0 ? 1 : 0;
    const cy = -hx * norm;
    const nw = cw * w - cx * x - cy * y;
    const nx = cw * x + cx * w + cy * z;
    const ny = cw * y - cx * z + cy * w;
    const nz = cw * z + cx * y - cy * x;
    const scale = unitScale(nw * nw + nx * nx + ny * ny + nz * nz);
    q[4] = nw * scale;
    q[5] = nx * scale;
    q[6] = ny * scale;
    q[7] = nz * scale;
  }

  /** Step 5 needs the rotation matrix R of q_a ⊗ q_g and the bias turned by it, low-passed like the acceleration. */
  #followRotation(): void {
    const q = this.#quats;
    const a = q[0];
    const b = q[1];
    const c = q[2];
    const d = q[3];
    const e = q[4];
    const f = q[5];
    const g = q[6];
    const h = q[7];
    const w = e * a - f * b - g * c - h * d;
    const x = e * b + f * a + g * d - h * c;
    const y = e * c - f * d + g * a + h * b;
    const z = e * d + f * c - g * b + h * a;
    const r0 = this.#rows[0];
    const r1 = this.#rows[1];
    const r2 = this.#rows[2];
    const earth = this.#earth;
    const bias = this.#bias;
    const turned = this.#turnedBias;
    r0[0] = 1 - 2 * (y * y + z * z);
    r0[1] = 2 * (y * x - w * z);
    r0[2] = 2 * (w * y + z * x);
    r1[0] = 2 * (w * z + y * x);
    r1[1] = 1 - 2 * (x * x + z * z);
    r1[2] = 2 * (z * y - x * w);
    r2[0] = 2 * (z * x - y * w);
    r2[1] = 2 * (w * x + z * y);
    r2[2] = 1 - 2 * (x * x + y * y);
    turned[0] = r0[0] * bias[0] + r0[1] * bias[1] + r0[2] * bias[2];
    turned[1] = r1[0] * bias[0] + r1[1] * bias[1] + r1[2] * bias[2];
    const k = lowPassNow(this.#k.acc, this.#seen[0]++);
    lowPassTriple(k, earth[1], r0);
    lowPassTriple(k, earth[2], r1);
    lowPassTriple(k, earth[3], r2);
    lowPassTriple(k, earth[4], turned);
  }

  /**
   * Step 5. At rest the measurement is the low-passed rate itself (measurement matrix I); in motion it is the inclination
   * correction that was necessary (h before it), with the low-passed R as the measurement matrix.
   * With A = R P: S = A Rᵀ + W (symmetric), G = Aᵀ S⁻¹, b += G e, P −= G A; b clipped.
   */
  #estimateBias(i: number): void {
    const k = this.#k;
    const p = this.#p;
    const b = this.#bias;
    const lp = this.#rest.gyrLowPassed;
    const h = this.#h;
    const clip = k.biasClip;
    const atRest = this.#rest.atRest[i] === 1;
    const rows = atRest ? UNIT_ROWS : this.#rows;
    const r0 = rows[0];
    const r1 = rows[1];
    const r2 = rows[2];
    const r00 = r0[0];
    const r01 = r0[1];
    const r02 = r0[2];
    const r10 = r1[0];
    const r11 = r1[1];
    const r12 = r1[2];
    const r20 = r2[0];
    const r21 = r2[1];
    const r22 = r2[2];
    const b0 = b[0];
    const b1 = b[1];
    const b2 = b[2];
    let ex = -(r00 * b0 + r01 * b1 + r02 * b2);
    let ey = -(r10 * b0 + r11 * b1 + r12 * b2);
    let ez = -(r20 * b0 + r21 * b1 + r22 * b2);
    if (atRest) {
      ex += lp[3 * i];
      ey += lp[3 * i + 1];
      ez += lp[3 * i + 2];
    } else {
      ex += this.#turnedBias[0] - h[1] / k.sampleS;
      ey += this.#turnedBias[1] + h[0] / k.sampleS;
    }
    ex = clamp(ex, clip);
    ey = clamp(ey, clip);
    ez = clamp(ez, clip);

    const grow = k.processNoise;
    const p00 = p[0] < k.initialVariance ? p[0] + grow : p[0];
    const p01 = p[1];
    const p02 = p[2];
    const p11 = p[3] < k.initialVariance ? p[3] + grow : p[3];
    const p12 = p[4];
    const p22 = p[5] < k.initialVariance ? p[5] + grow : p[5];
    const a00 = r00 * p00 + r01 * p01 + r02 * p02;
    const a01 = r00 * p01 + r01 * p11 + r02 * p12;
    const a02 = r00 * p02 + r01 * p12 + r02 * p22;
    const a10 = r10 * p00 + r11 * p01 + r12 * p02;
    const a11 = r10 * p01 + r11 * p11 + r12 * p12;
    const a12 = r10 * p02 + r11 * p12 + r12 * p22;
    const a20 = r20 * p00 + r21 * p01 + r22 * p02;
    const a21 = r20 * p01 + r21 * p11 + r22 * p12;
    const a22 = r20 * p02 + r21 * p12 + r22 * p22;
    const weight = atRest ? k.restWeight : k.motionWeight;
    const s00 = weight + a00 * r00 + a01 * r01 + a02 * r02;
    const s01 = a00 * r10 + a01 * r11 + a02 * r12;
    const s02 = a00 * r20 + a01 * r21 + a02 * r22;
    const s11 = weight + a10 * r10 + a11 * r11 + a12 * r12;
    const s12 = a10 * r20 + a11 * r21 + a12 * r22;
    const s22 = (atRest ? weight : k.verticalWeight) + a20 * r20 + a21 * r21 + a22 * r22;
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
    const g00 = a00 * i00 + a10 * i01 + a20 * i02;
    const g01 = a00 * i01 + a10 * i11 + a20 * i12;
    const g02 = a00 * i02 + a10 * i12 + a20 * i22;
    const g10 = a01 * i00 + a11 * i01 + a21 * i02;
    const g11 = a01 * i01 + a11 * i11 + a21 * i12;
    const g12 = a01 * i02 + a11 * i12 + a21 * i22;
    const g20 = a02 * i00 + a12 * i01 + a22 * i02;
    const g21 = a02 * i01 + a12 * i11 + a22 * i12;
    const g22 = a02 * i02 + a12 * i12 + a22 * i22;
    b[0] = clamp(b0 + g00 * ex + g01 * ey + g02 * ez, clip);
    b[1] = clamp(b1 + g10 * ex + g11 * ey + g12 * ez, clip);
    b[2] = clamp(b2 + g20 * ex + g21 * ey + g22 * ez, clip);
    p[0] = p00 - (g00 * a00 + g01 * a10 + g02 * a20);
    p[1] = p01 - (g00 * a01 + g01 * a11 + g02 * a21);
    p[2] = p02 - (g00 * a02 + g01 * a12 + g02 * a22);
    p[3] = p11 - (g10 * a01 + g11 * a11 + g12 * a21);
    p[4] = p12 - (g10 * a02 + g11 * a12 + g12 * a22);
    p[5] = p22 - (g20 * a02 + g21 * a12 + g22 * a22);
  }

  /** Step 4: q_a ⊗ q_g, up and the rate about it; and what `Settled` needs. */
  #output(frame: MotionFrame, i: number): void {
    const q = this.#quats;
    const turned = this.#midOutput ? this.#middle : q;
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
    const up = frame.up;
    upInBody(out, o, up, 3 * i);
    const rate = this.#last;
    frame.headingRateRadps[i] = rate[0] * up[3 * i] + rate[1] * up[3 * i + 1] + rate[2] * up[3 * i + 2];
    const strapdown = this.strapdown;
    strapdown[o] = gw;
    strapdown[o + 1] = gx;
    strapdown[o + 2] = gy;
    strapdown[o + 3] = gz;
    const lp = this.#accLp;
    const accLowPassed = this.accLowPassed;
    accLowPassed[3 * i] = lp[0];
    accLowPassed[3 * i + 1] = lp[1];
    accLowPassed[3 * i + 2] = lp[2];
  }
}

/** 1 + cos below which h counts as pointing straight down: 2 (1e-6)², as in the paper. */
const DOWNWARD = 2e-12;

/** 1/√n² for a quaternion that rounding alone took off unit length: the first Newton step, exact to rounding there. */
function unitScale(squared: number): number {
  return 1.5 - 0.5 * squared;
}

function clamp(value: number, limit: number): number {
  return value > limit ? limit : value < -limit ? -limit : value;
}
