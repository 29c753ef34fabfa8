/**
 * Which way the wearer walks, in sensor axes, from the acceleration of the trunk alone.
 *
 * In    accelerations in sensor axes, uniform rate
 * Out   up and right while walking, with how sure they are
 * Method In each step the trunk is pushed forward at foot contact and then upward: seen from the wearer's right, the tip of the
 *       acceleration goes round one way, whatever the sensor's frame. Σ a × ȧ over the steps therefore points to the right.
 *       Side to side the trunk moves at half that frequency and cancels out. Neither up nor axes have to be known before.
 * Source Zijlstra & Hof 2003, Gait Posture 18:1 (forward acceleration peaks at foot contact, before the vertical one). The sense of
 *       rotation is measured: see the sweep in test/validation.
 * Limits  running goes round the other way: seconds with more movement than walking has are left out. Stairs are less sure.
 */
import { cross, scaled, unit, type Vector } from './vector.ts';

/** Around the step frequency: what is below is posture, what is above is the heel's jolt. */
const BAND_HZ = [0.5, 1.5] as const;
/** sd of |acc| over a second of walking; running has more. */
const STEPPING_SD_MPS2 = [0.5, 4.5] as const;
const MIN_WALKING_S = 5;
/** |Σ a × ȧ| / √(Σ|a|² Σ|ȧ|²): 0.3-0.5 in level walking, below 0.1 in movement without steps. */
const MIN_COHERENCE_RATIO = 0.12;
const SURE_COHERENCE_RATIO = 0.3;
const SURE_WALKING_S = 20;

export interface WalkingDirection {
  readonly up: Vector;
  /** To the wearer's right, unit; about perpendicular to `up`. */
  readonly right: Vector;
  readonly walkingS: number;
  /** 0..1 */
  readonly confidence: number;
}

export class WalkingDirectionFinder {
  readonly #periodS: number;
  readonly #fast: number;
  readonly #slow: number;
  /** Low-passed xyz, slow xyz, band xyz, 1 when they are set. */
  readonly #state = new Float64Array(10);
  readonly #windowSamples: number;
  /** Of this second: a × ȧ xyz, |a|², |ȧ|², acc xyz, samples, |acc|, |acc|². */
  readonly #window = new Float64Array(11);
  /** Of the seconds of walking, without the last two. */
  readonly #sum = new Float64Array(9);

  constructor(rateHz: number) {
    this.#periodS = 1 / rateHz;
    this.#windowSamples = Math.max(4, Math.round(rateHz));
    this.#fast = 1 - Math.exp((-2 * Math.PI * BAND_HZ[1]) / rateHz);
    this.#slow = 1 - Math.exp((-2 * Math.PI * BAND_HZ[0]) / rateHz);
  }

  push(x: number, y: number, z: number): void {
    const s = this.#state;
    if (s[9] === 0) {
      s[0] = s[3] = x;
      s[1] = s[4] = y;
      s[2] = s[5] = z;
      s[9] = 1;
    }
    s[0] += this.#fast * (x - s[0]);
    s[1] += this.#fast * (y - s[1]);
    s[2] += this.#fast * (z - s[2]);
    for (let c = 0; c < 3; c++) s[3 + c] += this.#slow * (s[c] - s[3 + c]);
    const bx = s[0] - s[3];
    const by = s[1] - s[4];
    const bz = s[2] - s[5];
    const dx = bx - s[6];
    const dy = by - s[7];
    const dz = bz - s[8];
    const w = this.#window;
    w[0] += by * dz - bz * dy;
    w[1] += bz * dx - bx * dz;
    w[2] += bx * dy - by * dx;
    w[3] += bx * bx + by * by + bz * bz;
    w[4] += dx * dx + dy * dy + dz * dz;
    w[5] += x;
    w[6] += y;
    w[7] += z;
    w[8]++;
    const squared = x * x + y * y + z * z;
    w[9] += Math.sqrt(squared);
    w[10] += squared;
    s[6] = bx;
    s[7] = by;
    s[8] = bz;
    if (w[8] >= this.#windowSamples) this.#closeWindow();
  }

  /** What was found is forgotten: from now on the sensor may sit otherwise. */
  reset(): void {
    this.#sum.fill(0);
  }

  get walkingS(): number {
    return this.#sum[8] * this.#periodS;
  }

  /** Undefined: not walked enough, or not in steps. */
  get result(): WalkingDirection | undefined {
    const [x, y, z, power, speedPower, ux, uy, uz] = this.#sum;
    const { walkingS } = this;
    const up = unit([ux, uy, uz]);
    const right = unit(scaled([x, y, z], 1e6));
    if (!up || !right || walkingS < MIN_WALKING_S) return undefined;
    const coherence = Math.hypot(x, y, z) / Math.sqrt(power * speedPower);
    const level = Math.hypot(...cross(right, up));
    if (!(coherence >= MIN_COHERENCE_RATIO)) return undefined;
    const confidence = level * Math.min(1, coherence / SURE_COHERENCE_RATIO) * Math.min(1, walkingS / SURE_WALKING_S);
    return { up, right, walkingS, confidence };
  }

  #closeWindow(): void {
    const w = this.#window;
    const sd = Math.sqrt(Math.max(0, w[10] / w[8] - (w[9] / w[8]) ** 2));
    if (sd > STEPPING_SD_MPS2[0] && sd < STEPPING_SD_MPS2[1]) for (let i = 0; i < 9; i++) this.#sum[i] += w[i];
    w.fill(0);
  }
}
