/**
 * Stance calibration: the upright of this wear from standing still.
 *
 * In    orientation frames (frame.up, frame.gyr, frame.acc) while the wearer stands tall
 * Out   `result`: mean up in the segment frame over one uninterrupted stance, or why there is none yet
 * Source signal specification 2.4 step 2: quiet is |ω| < 5 °/s and sd(|a|) < 0.15 m/s² over windows of 0.5 s, at least 3 s;
 *       clinical specification 2.5: gravity within 30° of the expected axis
 */
import { DEG_PER_RAD, RAD_PER_DEG } from '../../model/units.ts';
import { Mark, type MotionFrame } from '../motionFrame.ts';

const WINDOW_S = 0.5;
const QUIET_RADPS = 5 * RAD_PER_DEG;
const QUIET_SD_MPS2 = 0.15;
const STANCE_NEEDED_S = 3;
const MAX_TILT_RAD = 30 * RAD_PER_DEG;
/** Windows of one stance agree within this. */
const SAME_STANCE_RAD = 5 * RAD_PER_DEG;

export type StanceResult =
  | { readonly ok: true; readonly neutralUp: readonly [number, number, number]; readonly quietS: number }
  | { readonly ok: false; readonly reason: string };

export class StanceCalibration {
  readonly #windowSamples: number;
  /** Window: n, |a|, |a|², largest |ω|, up xyz, time of its first sample. */
  readonly #window = new Float64Array(8);
  /** The run of quiet windows that is going on: windows, sum of up xyz, time of its first sample. */
  readonly #run = new Float64Array(5);
  #tiltDeg = NaN;

  constructor(rateHz: number) {
    this.#windowSamples = Math.max(4, Math.round(WINDOW_S * rateHz));
  }

  reset(): void {
    this.#window.fill(0);
    this.#run.fill(0);
    this.#tiltDeg = NaN;
  }

  /** Seconds of quiet stance without interruption. */
  get quietS(): number {
    return this.#run[0] * WINDOW_S;
  }

  /** When the stance that is going on began; NaN when there is none. */
  get sinceS(): number {
    return this.#run[0] > 0 ? this.#run[4] : NaN;
  }

  push(frame: MotionFrame): void {
    const w = this.#window;
    for (let i = 0; i < frame.n; i++) {
      if (frame.marks[i] & Mark.restart) this.reset();
      if (frame.marks[i] & Mark.missing) continue;
      const o = 3 * i;
      const size = Math.hypot(frame.acc[o], frame.acc[o + 1], frame.acc[o + 2]);
      const rate = Math.hypot(frame.gyr[o], frame.gyr[o + 1], frame.gyr[o + 2]);
      if (w[0] === 0) w[7] = frame.tS[i];
      w[0]++;
      w[1] += size;
      w[2] += size * size;
      if (rate > w[3]) w[3] = rate;
      for (let c = 0; c < 3; c++) w[4 + c] += frame.up[o + c];
      if (w[0] >= this.#windowSamples) this.#close();
    }
  }

  get result(): StanceResult {
    if (this.quietS < STANCE_NEEDED_S) {
      const tilted = Number.isNaN(this.#tiltDeg)
        ? ''
        : `, the sensor ${this.#tiltDeg.toFixed(0)}° from upright: is the mount right?`;
      return {
        ok: false,
        reason: `expected ${STANCE_NEEDED_S} s of standing still within 30° of upright, found ${this.quietS.toFixed(1)} s${tilted}`,
      };
    }
    const [, x, y, z] = this.#run;
    const size = Math.hypot(x, y, z);
    return { ok: true, neutralUp: [x / size, y / size, z / size], quietS: this.quietS };
  }

  /** Movement, another direction or a tilt that no stance has ends the run: only one stance is ever averaged. */
  #close(): void {
    const [n, sum, squares, maxRate, x, y, z, startS] = this.#window;
    this.#window.fill(0);
    const sd = Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
    const size = Math.hypot(x, y, z);
    const tiltRad = Math.acos(Math.min(1, y / size));
    this.#tiltDeg = tiltRad > MAX_TILT_RAD ? tiltRad * DEG_PER_RAD : NaN;
    // Without gyroscope the rate is NaN and does not stand in the way.
    if (sd >= QUIET_SD_MPS2 || maxRate >= QUIET_RADPS || tiltRad > MAX_TILT_RAD) {
      this.#run.fill(0);
      return;
    }
    const run = this.#run;
    const cosine = (run[1] * x + run[2] * y + run[3] * z) / (Math.hypot(run[1], run[2], run[3]) * size);
    if (run[0] === 0 || cosine < Math.cos(SAME_STANCE_RAD)) {
      run.fill(0);
      run[4] = startS;
    }
    run[0]++;
    run[1] += x / size;
    run[2] += y / size;
    run[3] += z / size;
  }
}
