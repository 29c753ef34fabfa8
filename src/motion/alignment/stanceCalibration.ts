/**
 * Stance calibration: the upright of this wear from standing still.
 *
 * In    orientation frames (frame.up, frame.gyr, frame.acc) while the wearer stands tall
 * Out   `result`: mean up in the segment frame over the quiet part, or why there is none yet
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

export type StanceResult =
  | { readonly ok: true; readonly neutralUp: readonly [number, number, number]; readonly quietS: number }
  | { readonly ok: false; readonly reason: string };

export class StanceCalibration {
  readonly #windowSamples: number;
  /** Window: n, |a|, |a|², largest |ω|, up xyz. */
  readonly #window = new Float64Array(7);
  /** Accepted: windows, up xyz. */
  readonly #accepted = new Float64Array(4);

  constructor(rateHz: number) {
    this.#windowSamples = Math.max(4, Math.round(WINDOW_S * rateHz));
  }

  reset(): void {
    this.#window.fill(0);
    this.#accepted.fill(0);
  }

  /** Seconds of quiet stance so far. */
  get quietS(): number {
    return this.#accepted[0] * WINDOW_S;
  }

  push(frame: MotionFrame): void {
    const w = this.#window;
    for (let i = 0; i < frame.n; i++) {
      if (frame.marks[i] & Mark.restart) w.fill(0);
      if (frame.marks[i] & Mark.missing) continue;
      const o = 3 * i;
      const size = Math.hypot(frame.acc[o], frame.acc[o + 1], frame.acc[o + 2]);
      const rate = Math.hypot(frame.gyr[o], frame.gyr[o + 1], frame.gyr[o + 2]);
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
      return {
        ok: false,
        reason: `expected ${STANCE_NEEDED_S} s of standing still, found ${this.quietS.toFixed(1)} s`,
      };
    }
    const [, x, y, z] = this.#accepted;
    const size = Math.hypot(x, y, z);
    const tiltRad = Math.acos(Math.min(1, y / size));
    if (tiltRad > MAX_TILT_RAD) {
      return {
        ok: false,
        reason: `expected the sensor within 30° of upright on a standing wearer, found ${(tiltRad * DEG_PER_RAD).toFixed(0)}°: is the mount right?`,
      };
    }
    return { ok: true, neutralUp: [x / size, y / size, z / size], quietS: this.quietS };
  }

  #close(): void {
    const [n, sum, squares, maxRate, x, y, z] = this.#window;
    this.#window.fill(0);
    const sd = Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
    // Without gyroscope the rate is NaN and does not stand in the way.
    if (sd >= QUIET_SD_MPS2 || maxRate >= QUIET_RADPS) return;
    const size = Math.hypot(x, y, z);
    this.#accepted[0]++;
    this.#accepted[1] += x / size;
    this.#accepted[2] += y / size;
    this.#accepted[3] += z / size;
  }
}
