/**
 * Orientation from gyroscope and accelerometer, without magnetometer, with gyroscope bias estimation.
 *
 * In    frame.acc (specific force, m/s²), frame.gyr (rad/s), frame.stepS, frame.marks
 * Out   frame.quat: body → earth (Z up, heading arbitrary), Hamilton, scalar first; NaN where the sample is missing.
 *       frame.headingRateRadps: bias-free rate about the vertical, left positive. frame.strapdown, accLowPassed: for `Settled`
 * Paper Laidig & Seel 2023, VQF: Highly accurate IMU orientation estimation with bias estimation and magnetic disturbance
 *       rejection, Information Fusion 91:187-204 (6D part). Formulas and step numbers as in the signal specification.
 * Modes `exact` follows the paper. `improved` (default) differs in two places, see Deviations.
 * Deviations
 *   - mid-interval: the accelerometer is turned by the orientation in the middle of the gyroscope's interval, because a
 *     wearable's gyroscope sample is the mean over the interval before it (the paper uses its end);
 *   - coning: the rotation vector gets the two-sample term Ts²/12 (ω[k−1] × ω[k]);
 *   - a short gap (up to 0.5 s) is bridged by turning on at the last rate; a longer one starts the filter anew but keeps
 *     the bias, which belongs to the device and not to the stretch of data.
 * Guards  |ω| → 0, half turns, zero or NaN samples (NaN never enters the state), positive definite by symmetric update.
 * Speed  one loop holds quaternions, bias and covariance in local variables and writes them back at its end. A sample waits
 *       for the one before it, so what counts is the longest chain of operations: quaternions are brought back to unit
 *       length when they are next used and not when they are made, small angles take series, and the innovation waits for
 *       one division only.
 */
import { lowPassNow } from '../dsp/lowPass2.ts';
import { Mark, type MotionFrame } from '../motionFrame.ts';
import { multiply, upInBody } from './quaternion.ts';
import { RestDetection, RestState } from './restDetection.ts';
import { VQF_DEFAULTS, vqfCoefficients, type VqfCoefficients, type VqfParams } from './vqfParams.ts';

/** 1 + cos below which h counts as pointing straight down: 2 (1e-6)², as in the paper. */
const DOWNWARD = 2e-12;

/** Where the parts of the state begin. What a restart forgets comes first. */
/** Gyroscope strapdown quaternion q_g and inclination correction q_a: unit length but for rounding. */
const STRAPDOWN = 0;
const INCLINATION = 4;
/** Bias-free rate of the sample before, for the coning term, rad/s. */
const RATE = 8;
/** Low-pass states s1, s2 in earth axes: acceleration, rotation matrix by rows, turned bias. */
const ACC = 11;
const ROWS = 17;
const BETA = 35;
/** Low-passed acceleration in strapdown axes: also the answer to samples without any. */
const ACC_LP = 39;
/** Samples with acceleration. */
const SEEN = 42;
/** Bias, rad/s. */
const BIAS = 43;
/** Symmetric covariance P: xx xy xz yy yz zz. */
const COVARIANCE = 46;
const STATE_LENGTH = 52;

/** Scratch, shared by all streams: low-pass coefficients while the filter starts up. */
const now = new Float64Array(5);

export class Vqf {
  readonly #k: VqfCoefficients;
  readonly #improved: boolean;
  readonly #midOutput: boolean;

  /** Everything that changes; the indices are below. */
  readonly #s = new Float64Array(STATE_LENGTH);
  readonly #rest: RestDetection;

  constructor(rateHz: number, params: VqfParams = VQF_DEFAULTS) {
    this.#k = vqfCoefficients(params, rateHz);
    this.#rest = new RestDetection(this.#k.rest);
    this.#improved = params.mode === 'improved';
    this.#midOutput = params.gyroTiming === 'instantaneous' && this.#improved;
    this.reset();
  }

  /** As new, bias included. */
  reset(): void {
    const p0 = this.#k.initialVariance;
    this.#s.fill(0);
    this.#s.set([p0, 0, 0, p0, 0, p0], COVARIANCE);
    this.#restart();
  }

  /** Estimated gyroscope bias in rad/s, body axes. */
  get biasRadps(): readonly number[] {
    return [...this.#s.subarray(BIAS, BIAS + 3)];
  }

  snapshot(): Float64Array[] {
    return [this.#s.slice(), this.#rest.state.slice()];
  }

  restore([state, rest]: readonly Float64Array[]): void {
    this.#s.set(state);
    this.#rest.state.set(rest);
  }

  push(frame: MotionFrame): void {
    for (let i = 0; i < frame.n; i++) {
      if (frame.marks[i] & Mark.restart) this.#restart();
      if (frame.marks[i] & Mark.missing) this.#unknown(frame, i);
      else {
        this.#rest.sample(frame, i);
        this.#sample(frame, i);
      }
    }
  }

  #unknown(frame: MotionFrame, i: number): void {
    frame.quat.fill(NaN, 4 * i, 4 * i + 4);
    frame.strapdown.fill(NaN, 4 * i, 4 * i + 4);
    frame.accLowPassed.fill(NaN, 3 * i, 3 * i + 3);
    frame.up.fill(NaN, 3 * i, 3 * i + 3);
    frame.headingRateRadps[i] = NaN;
  }

  /** Bias and covariance are kept. */
  #restart(): void {
    this.#rest.reset();
    this.#s.fill(0, 0, BIAS);
    this.#s[STRAPDOWN] = 1;
    this.#s[INCLINATION] = 1;
  }

  #sample(frame: MotionFrame, i: number): void {
    const k = this.#k;
    const s = this.#s;
    const improved = this.#improved;
    const biasX = s[BIAS];
    const biasY = s[BIAS + 1];
    const biasZ = s[BIAS + 2];

    // Step 2, strapdown: q_g ← q_g ⊗ exp(φ/2) with φ = (ω − b) Ts and, improved, the coning term.
    const gyr = frame.gyr;
    const dtS = frame.stepS[i];
    const wx = gyr[3 * i] - biasX;
    const wy = gyr[3 * i + 1] - biasY;
    const wz = gyr[3 * i + 2] - biasZ;
    let px = wx * dtS;
    let py = wy * dtS;
    let pz = wz * dtS;
    if (improved && !(frame.marks[i] & (Mark.gapBefore | Mark.restart))) {
      const c = (dtS * dtS) / 12;
      const lastX = s[RATE];
      const lastY = s[RATE + 1];
      const lastZ = s[RATE + 2];
      px += c * (lastY * wz - lastZ * wy);
      py += c * (lastZ * wx - lastX * wz);
      pz += c * (lastX * wy - lastY * wx);
    }
    s[RATE] = wx;
    s[RATE + 1] = wy;
    s[RATE + 2] = wz;
    // Cosine and sine of a quarter of the angle, the sine divided by the angle.
    const squared = px * px + py * py + pz * pz;
    let cosQuarter: number;
    let sinQuarter: number;
    if (squared < SMALL_RAD2) {
      const q = squared * (1 / 16);
      const qq = q * q;
      cosQuarter = 1 - q * (1 / 2) + qq * (1 / 24 - q * (1 / 720) + qq * (1 / 40320));
      sinQuarter = 0.25 - q * (1 / 24) + qq * (1 / 480 - q * (1 / 20160));
    } else {
      const angle = Math.sqrt(squared);
      cosQuarter = Math.cos(angle / 4);
      sinQuarter = Math.sin(angle / 4) / angle;
    }
    const sinHalf = 2 * sinQuarter * cosQuarter;
    const ew = 1 - 2 * squared * sinQuarter * sinQuarter;
    const ex = sinHalf * px;
    const ey = sinHalf * py;
    const ez = sinHalf * pz;
    let vw = s[STRAPDOWN];
    let vx = s[STRAPDOWN + 1];
    let vy = s[STRAPDOWN + 2];
    let vz = s[STRAPDOWN + 3];
    const gScale = 1.5 - 0.5 * (vw * vw + vx * vx + vy * vy + vz * vz);
    vw *= gScale;
    vx *= gScale;
    vy *= gScale;
    vz *= gScale;
    const gw = vw * ew - vx * ex - vy * ey - vz * ez;
    const gx = vw * ex + vx * ew + vy * ez - vz * ey;
    const gy = vw * ey - vx * ez + vy * ew + vz * ex;
    const gz = vw * ez + vx * ey - vy * ex + vz * ew;
    s[STRAPDOWN] = gw;
    s[STRAPDOWN + 1] = gx;
    s[STRAPDOWN + 2] = gy;
    s[STRAPDOWN + 3] = gz;
    // The orientation that turns the accelerometer: in the middle of the interval, |q + q exp(φ/2)| = 2 cos(θ/4).
    let mw = gw;
    let mx = gx;
    let my = gy;
    let mz = gz;
    if (improved) {
      const shrink = 0.5 / cosQuarter;
      mw = (vw + gw) * shrink;
      mx = (vx + gx) * shrink;
      my = (vy + gy) * shrink;
      mz = (vz + gz) * shrink;
    }

    let iw = s[INCLINATION];
    let ix = s[INCLINATION + 1];
    let iy = s[INCLINATION + 2];
    let iz = s[INCLINATION + 3];
    const acc = frame.acc;
    const ax = acc[3 * i];
    const ay = acc[3 * i + 1];
    const az = acc[3 * i + 2];
    const hasAcc = ax !== 0 || ay !== 0 || az !== 0;
    let { b0, b1, b2, a1, a2 } = k.acc;
    let hx = 0;
    let hy = 0;
    if (hasAcc) {
      const seen = s[SEEN];
      if (seen < k.acc.startUpSamples) {
        lowPassNow(k.acc, seen, now);
        b0 = now[0];
        b1 = now[1];
        b2 = now[2];
        a1 = now[3];
        a2 = now[4];
      }
      s[SEEN] = seen + 1;
      // Step 3, inclination: a in strapdown axes is a + 2 (w t + m × t) with t = m × a; low-passed.
      const ux = my * az - mz * ay;
      const uy = mz * ax - mx * az;
      const uz = mx * ay - my * ax;
      const sx = ax + 2 * (mw * ux + my * uz - mz * uy);
      const sy = ay + 2 * (mw * uy + mz * ux - mx * uz);
      const sz = az + 2 * (mw * uz + mx * uy - my * ux);
      const lx = b0 * sx + s[ACC];
      const ly = b0 * sy + s[ACC + 2];
      const lz = b0 * sz + s[ACC + 4];
      s[ACC] = b1 * sx - a1 * lx + s[ACC + 1];
      s[ACC + 1] = b2 * sx - a2 * lx;
      s[ACC + 2] = b1 * sy - a1 * ly + s[ACC + 3];
      s[ACC + 3] = b2 * sy - a2 * ly;
      s[ACC + 4] = b1 * sz - a1 * lz + s[ACC + 5];
      s[ACC + 5] = b2 * sz - a2 * lz;
      s[ACC_LP] = lx;
      s[ACC_LP + 1] = ly;
      s[ACC_LP + 2] = lz;
      // h = normalise(q_a ⊗ a_LP)
      const iScale = 1.5 - 0.5 * (iw * iw + ix * ix + iy * iy + iz * iz);
      const jw = iw * iScale;
      const jx = ix * iScale;
      const jy = iy * iScale;
      const jz = iz * iScale;
      const tx = jy * lz - jz * ly;
      const ty = jz * lx - jx * lz;
      const tz = jx * ly - jy * lx;
      const nx = lx + 2 * (jw * tx + jy * tz - jz * ty);
      const ny = ly + 2 * (jw * ty + jz * tx - jx * tz);
      const nz = lz + 2 * (jw * tz + jx * ty - jy * tx);
      const size = Math.sqrt(nx * nx + ny * ny + nz * nz);
      const perSize = size > 0 ? 1 / size : 0;
      hx = nx * perSize;
      hy = ny * perSize;
      // q_a ← correction ⊗ q_a. The correction turns h to the vertical the shortest way: (w, h_y/2w, −h_x/2w, 0) with
      // w = √((1 + h_z)/2), for small tilts by series; half a turn about X when h points straight down.
      const tilt = hx * hx + hy * hy;
      let cw: number;
      let perW: number;
      let cx: number;
      if (tilt < SMALL_TILT && nz > 0) {
        cw = 1 - tilt * (1 / 8) - tilt * tilt * (5 / 128 + tilt * (21 / 1024));
        perW = 1 / 2 + tilt * (1 / 16) + tilt * tilt * (7 / 256 + tilt * (33 / 2048));
        cx = perW * hy;
      } else if (size + nz > DOWNWARD * size) {
        cw = Math.sqrt(0.5 + 0.5 * nz * perSize);
        perW = 0.5 / cw;
        cx = perW * hy;
      } else {
        cw = size > 0 ? 0 : 1;
        perW = 0;
        cx = size > 0 ? 1 : 0;
      }
      const cy = -perW * hx;
      iw = cw * jw - cx * jx - cy * jy;
      ix = cw * jx + cx * jw + cy * jz;
      iy = cw * jy - cx * jz + cy * jw;
      iz = cw * jz + cx * jy - cy * jx;
      s[INCLINATION] = iw;
      s[INCLINATION + 1] = ix;
      s[INCLINATION + 2] = iy;
      s[INCLINATION + 3] = iz;
    } else if (s[SEEN] === 0) {
      // Before the first acceleration nothing is known about the vertical.
      this.#unknown(frame, i);
      return;
    }

    // Step 4, output: q = q_a ⊗ q_g and its rotation matrix R, whose last row is up.
    const qw = iw * gw - ix * gx - iy * gy - iz * gz;
    const qx = iw * gx + ix * gw + iy * gz - iz * gy;
    const qy = iw * gy - ix * gz + iy * gw + iz * gx;
    const qz = iw * gz + ix * gy - iy * gx + iz * gw;
    const x2 = qx + qx;
    const y2 = qy + qy;
    const z2 = qz + qz;
    const upX = x2 * qz - y2 * qw;
    const upY = x2 * qw + y2 * qz;
    const upZ = 1 - x2 * qx - y2 * qy;
    const { quat, up, strapdown, accLowPassed } = frame;
    quat[4 * i] = qw;
    quat[4 * i + 1] = qx;
    quat[4 * i + 2] = qy;
    quat[4 * i + 3] = qz;
    up[3 * i] = upX;
    up[3 * i + 1] = upY;
    up[3 * i + 2] = upZ;
    strapdown[4 * i] = gw;
    strapdown[4 * i + 1] = gx;
    strapdown[4 * i + 2] = gy;
    strapdown[4 * i + 3] = gz;
    if (this.#midOutput) {
      strapdown[4 * i] = mw;
      strapdown[4 * i + 1] = mx;
      strapdown[4 * i + 2] = my;
      strapdown[4 * i + 3] = mz;
      multiply(s, INCLINATION, strapdown, 4 * i, quat, 4 * i);
      upInBody(quat, 4 * i, up, 3 * i);
    }
    frame.headingRateRadps[i] = wx * up[3 * i] + wy * up[3 * i + 1] + wz * up[3 * i + 2];
    accLowPassed[3 * i] = s[ACC_LP];
    accLowPassed[3 * i + 1] = s[ACC_LP + 1];
    accLowPassed[3 * i + 2] = s[ACC_LP + 2];
    if (!hasAcc) return;

    // Step 5, bias. R of q and the horizontal part of R b, low-passed like the acceleration.
    let x = 1 - y2 * qy - z2 * qz;
    let y = x2 * qy - z2 * qw;
    let z = x2 * qz + y2 * qw;
    const turnedX = x * biasX + y * biasY + z * biasZ;
    let r00 = b0 * x + s[ROWS];
    s[ROWS] = b1 * x - a1 * r00 + s[ROWS + 1];
    s[ROWS + 1] = b2 * x - a2 * r00;
    let r01 = b0 * y + s[ROWS + 2];
    s[ROWS + 2] = b1 * y - a1 * r01 + s[ROWS + 3];
    s[ROWS + 3] = b2 * y - a2 * r01;
    let r02 = b0 * z + s[ROWS + 4];
    s[ROWS + 4] = b1 * z - a1 * r02 + s[ROWS + 5];
    s[ROWS + 5] = b2 * z - a2 * r02;
    x = x2 * qy + z2 * qw;
    y = 1 - x2 * qx - z2 * qz;
    z = y2 * qz - x2 * qw;
    const turnedY = x * biasX + y * biasY + z * biasZ;
    let r10 = b0 * x + s[ROWS + 6];
    s[ROWS + 6] = b1 * x - a1 * r10 + s[ROWS + 7];
    s[ROWS + 7] = b2 * x - a2 * r10;
    let r11 = b0 * y + s[ROWS + 8];
    s[ROWS + 8] = b1 * y - a1 * r11 + s[ROWS + 9];
    s[ROWS + 9] = b2 * y - a2 * r11;
    let r12 = b0 * z + s[ROWS + 10];
    s[ROWS + 10] = b1 * z - a1 * r12 + s[ROWS + 11];
    s[ROWS + 11] = b2 * z - a2 * r12;
    let r20 = b0 * upX + s[ROWS + 12];
    s[ROWS + 12] = b1 * upX - a1 * r20 + s[ROWS + 13];
    s[ROWS + 13] = b2 * upX - a2 * r20;
    let r21 = b0 * upY + s[ROWS + 14];
    s[ROWS + 14] = b1 * upY - a1 * r21 + s[ROWS + 15];
    s[ROWS + 15] = b2 * upY - a2 * r21;
    let r22 = b0 * upZ + s[ROWS + 16];
    s[ROWS + 16] = b1 * upZ - a1 * r22 + s[ROWS + 17];
    s[ROWS + 17] = b2 * upZ - a2 * r22;
    const betaX = b0 * turnedX + s[BETA];
    s[BETA] = b1 * turnedX - a1 * betaX + s[BETA + 1];
    s[BETA + 1] = b2 * turnedX - a2 * betaX;
    const betaY = b0 * turnedY + s[BETA + 2];
    s[BETA + 2] = b1 * turnedY - a1 * betaY + s[BETA + 3];
    s[BETA + 3] = b2 * turnedY - a2 * betaY;

    // In motion the inclination correction that was necessary is measured, through the low-passed R; at rest the
    // low-passed rate itself, through I.
    const rest = this.#rest.state;
    const restX = rest[RestState.gyrLowPassed] - biasX;
    const restY = rest[RestState.gyrLowPassed + 1] - biasY;
    const restZ = rest[RestState.gyrLowPassed + 2] - biasZ;
    const isStill = rest[RestState.stillS] >= k.restMinS;
    let dx = betaX - hy * k.rateHz - (r00 * biasX + r01 * biasY + r02 * biasZ);
    let dy = betaY + hx * k.rateHz - (r10 * biasX + r11 * biasY + r12 * biasZ);
    let dz = -(r20 * biasX + r21 * biasY + r22 * biasZ);
    let trust = k.motionTrust;
    let trustZ = k.verticalTrust;
    if (isStill) {
      dx = restX;
      dy = restY;
      dz = restZ;
      trust = k.restTrust;
      trustZ = trust;
      r00 = 1;
      r01 = 0;
      r02 = 0;
      r10 = 0;
      r11 = 1;
      r12 = 0;
      r20 = 0;
      r21 = 0;
      r22 = 1;
    }
    const clip = k.biasClip;
    dx = trust * (dx > clip ? clip : dx < -clip ? -clip : dx);
    dy = trust * (dy > clip ? clip : dy < -clip ? -clip : dy);
    dz = trustZ * (dz > clip ? clip : dz < -clip ? -clip : dz);

    // The Kalman step in information form, the same with fewer operations: P ← P + V while below P0, then
    // P⁻¹ ← P⁻¹ + Rᵀ W⁻¹ R and b ← b + P Rᵀ W⁻¹ e. Inverses of symmetric matrices by cofactors.
    let p00 = s[COVARIANCE];
    let p01 = s[COVARIANCE + 1];
    let p02 = s[COVARIANCE + 2];
    let p11 = s[COVARIANCE + 3];
    let p12 = s[COVARIANCE + 4];
    let p22 = s[COVARIANCE + 5];
    const { initialVariance, processNoise } = k;
    if (p00 < initialVariance) p00 += processNoise;
    if (p11 < initialVariance) p11 += processNoise;
    if (p22 < initialVariance) p22 += processNoise;
    let c00 = p11 * p22 - p12 * p12;
    let c01 = p02 * p12 - p01 * p22;
    let c02 = p01 * p12 - p02 * p11;
    let perDet = 1 / (p00 * c00 + p01 * c01 + p02 * c02);
    // W⁻¹ R
    const w00 = trust * r00;
    const w01 = trust * r01;
    const w02 = trust * r02;
    const w10 = trust * r10;
    const w11 = trust * r11;
    const w12 = trust * r12;
    const w20 = trustZ * r20;
    const w21 = trustZ * r21;
    const w22 = trustZ * r22;
    const n00 = perDet * c00 + w00 * r00 + w10 * r10 + w20 * r20;
    const n01 = perDet * c01 + w00 * r01 + w10 * r11 + w20 * r21;
    const n02 = perDet * c02 + w00 * r02 + w10 * r12 + w20 * r22;
    const n11 = perDet * (p00 * p22 - p02 * p02) + w01 * r01 + w11 * r11 + w21 * r21;
    const n12 = perDet * (p01 * p02 - p00 * p12) + w01 * r02 + w11 * r12 + w21 * r22;
    const n22 = perDet * (p00 * p11 - p01 * p01) + w02 * r02 + w12 * r12 + w22 * r22;
    c00 = n11 * n22 - n12 * n12;
    c01 = n02 * n12 - n01 * n22;
    c02 = n01 * n12 - n02 * n11;
    perDet = 1 / (n00 * c00 + n01 * c01 + n02 * c02);
    p00 = perDet * c00;
    p01 = perDet * c01;
    p02 = perDet * c02;
    p11 = perDet * (n00 * n22 - n02 * n02);
    p12 = perDet * (n01 * n02 - n00 * n12);
    p22 = perDet * (n00 * n11 - n01 * n01);
    s[COVARIANCE] = p00;
    s[COVARIANCE + 1] = p01;
    s[COVARIANCE + 2] = p02;
    s[COVARIANCE + 3] = p11;
    s[COVARIANCE + 4] = p12;
    s[COVARIANCE + 5] = p22;
    const vX = r00 * dx + r10 * dy + r20 * dz;
    const vY = r01 * dx + r11 * dy + r21 * dz;
    const vZ = r02 * dx + r12 * dy + r22 * dz;
    const bX = biasX + p00 * vX + p01 * vY + p02 * vZ;
    const bY = biasY + p01 * vX + p11 * vY + p12 * vZ;
    const bZ = biasZ + p02 * vX + p12 * vY + p22 * vZ;
    s[BIAS] = bX > clip ? clip : bX < -clip ? -clip : bX;
    s[BIAS + 1] = bY > clip ? clip : bY < -clip ? -clip : bY;
    s[BIAS + 2] = bZ > clip ? clip : bZ < -clip ? -clip : bZ;
  }
}

/** Below this squared angle (0.2 rad) series for sine and cosine of a quarter of it are exact to rounding. */
const SMALL_RAD2 = 0.04;
/** Below this squared sine of the tilt (0.57°) the series for its half angle are exact to rounding. */
const SMALL_TILT = 1e-4;
