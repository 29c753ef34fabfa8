/** An angle that leaves its middle to one side and comes back: what side bends and twists have in common. */
import { Mark, type MotionFrame } from '../motionFrame.ts';

export interface ExcursionParams {
  /** Begins beyond this; rad. */
  readonly beginRad: number;
  /** Ends below this, or on the other side; rad. */
  readonly endRad: number;
  /** What has to be reached, and for how long without a break. */
  readonly reachRad: number;
  readonly confirmS: number;
}

export interface Excursion {
  readonly startS: number;
  /** Of the last sample that belongs to it. */
  readonly lastS: number;
  /** Signed, rad. */
  readonly peakRad: number;
  readonly peakS: number;
  /** From the start to nine tenths of the peak, to within 5°; s. */
  readonly riseS: number;
  readonly reached: boolean;
}

const START = 0;
const LAST = 1;
const PEAK = 2;
const PEAK_S = 3;
const BEYOND_S = 4;
const REACHED = 5;
/** When each multiple of 5° was first passed, from here on. */
const PASSED_S = 6;
const STEP_RAD = Math.PI / 36;
const STEPS = 36;

export class SidedExcursion {
  readonly #params: ExcursionParams;
  /** Indices above; START is NaN while the angle is in its middle. */
  readonly #s = new Float64Array(PASSED_S + STEPS);

  constructor(params: ExcursionParams) {
    this.#params = params;
    this.reset();
  }

  get isOut(): boolean {
    return !Number.isNaN(this.#s[START]);
  }

  get startS(): number {
    return this.#s[START];
  }

  /** As it stands; only while `isOut`. */
  get excursion(): Excursion {
    const s = this.#s;
    const step = Math.floor((0.9 * Math.abs(s[PEAK])) / STEP_RAD);
    const riseS = (step < STEPS ? s[PASSED_S + step] : s[PEAK_S]) - s[START];
    return { startS: s[START], lastS: s[LAST], peakRad: s[PEAK], peakS: s[PEAK_S], riseS, reached: s[REACHED] > 0 };
  }

  reset(): void {
    this.#s.fill(0);
    this.#s[START] = NaN;
  }

  snapshot(): Float64Array {
    return this.#s.slice();
  }

  restore(snapshot: Float64Array): void {
    this.#s.set(snapshot);
  }

  /**
   * @param angles a column of the frame, rad, and not a number, which would be boxed
   * @returns the excursion that is over with this sample, which does not belong to it any more; it may begin another
   */
  step(angles: Float64Array, frame: MotionFrame, i: number): Excursion | undefined {
    const angleRad = angles[i];
    // Nearly always, also when there is no angle.
    if (!this.isOut && !(Math.abs(angleRad) >= this.#params.beginRad)) return undefined;
    if (frame.marks[i] & Mark.missing || Number.isNaN(angleRad)) return undefined;
    let over: Excursion | undefined;
    const s = this.#s;
    if (this.isOut && Math.sign(s[PEAK]) * angleRad < this.#params.endRad) {
      over = this.excursion;
      this.reset();
    }
    if (!this.isOut && Math.abs(angleRad) < this.#params.beginRad) return over;
    this.#follow(angles, frame, i);
    return over;
  }

  #follow(angles: Float64Array, frame: MotionFrame, i: number): void {
    const s = this.#s;
    const angleRad = angles[i];
    const tS = frame.tS[i];
    const { reachRad, confirmS } = this.#params;
    if (!this.isOut) {
      s[START] = tS;
      s[PEAK] = 0;
    }
    s[LAST] = tS;
    const size = Math.abs(angleRad);
    if (size > Math.abs(s[PEAK])) {
      const last = Math.min(STEPS - 1, Math.floor(size / STEP_RAD));
      for (let step = Math.floor(Math.abs(s[PEAK]) / STEP_RAD); step <= last; step++) {
        if (s[PASSED_S + step] === 0) s[PASSED_S + step] = tS;
      }
      s[PEAK] = angleRad;
      s[PEAK_S] = tS;
    }
    s[BEYOND_S] = size >= reachRad ? s[BEYOND_S] + frame.stepS[i] : 0;
    if (size >= reachRad && s[BEYOND_S] >= confirmS) s[REACHED] = 1;
  }
}
