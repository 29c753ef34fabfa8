/**
 * Is the wearer walking? A rhythm of steps in the acceleration's magnitude.
 *
 * In    frame.accSizeMps2   Out  `isWalking` of the 5 s that ended at the last whole second of samples
 * Method |acc| averaged down to about 12.5 Hz, 64 values, once per second of samples: walking when it varies by more than
 *       0.5 m/s² and 35 % of its power lies at one step frequency of 0.9-3 Hz and its double.
 *       The spectrum is only computed when there is enough movement.
 * Limits [D] design default; bouts and steps proper are the gait stage's task. Slow shuffling is missed.
 */
import { RealSpectrum } from '../dsp/realSpectrum.ts';
import { Mark, type MotionFrame } from '../motionFrame.ts';
import type { Operator } from '../operator.ts';

const WINDOW_SAMPLES = 64;
const TARGET_HZ = 12.5;
const MIN_SD_MPS2 = 0.5;
const MIN_SHARE_RATIO = 0.35;
const STEP_HZ = [0.9, 3] as const;

/** Hann window: the slow sway of the whole trunk must not leak into the band of steps. */
const HANN = Float64Array.from(
  { length: WINDOW_SAMPLES },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / WINDOW_SAMPLES),
);

/** Working memory, shared by all streams: written and read within one call. */
const WINDOW = new Float64Array(WINDOW_SAMPLES);
const SPECTRUM = new RealSpectrum(WINDOW_SAMPLES);

/**
 * Where the parts of the state begin: the window as a ring, where its next value goes, how many it holds; Σ|acc| of the value under way
 * and its samples; values since the last check; 1 when walking.
 */
const AT = WINDOW_SAMPLES;
const FILLED = AT + 1;
const SUM = AT + 2;
const SUMMED = AT + 3;
const SINCE_CHECK = AT + 4;
const IS_WALKING = AT + 5;
const STATE_LENGTH = AT + 6;

export class Walking implements Operator {
  readonly #decimation: number;
  readonly #windowHz: number;
  readonly #checkEvery: number;
  readonly #s = new Float64Array(STATE_LENGTH);

  constructor(rateHz: number) {
    this.#decimation = Math.max(1, Math.round(rateHz / TARGET_HZ));
    this.#windowHz = rateHz / this.#decimation;
    this.#checkEvery = Math.max(1, Math.round(this.#windowHz));
  }

  get isWalking(): boolean {
    return this.#s[IS_WALKING] > 0;
  }

  reset(): void {
    this.#s.fill(0);
  }

  snapshot(): Float64Array {
    return this.#s.slice();
  }

  restore(snapshot: Float64Array): void {
    this.#s.set(snapshot);
  }

  push(frame: MotionFrame): void {
    for (let i = 0; i < frame.n; i++) this.step(frame, i);
  }

  /** One sample; `PostureClass` calls it so that its class changes at the sample that decided it. */
  step({ marks, accSizeMps2 }: MotionFrame, i: number): void {
    if (marks[i] & Mark.restart) this.reset();
    if (marks[i] & Mark.missing) return;
    const s = this.#s;
    s[SUM] += accSizeMps2[i];
    s[SUMMED]++;
    if (s[SUMMED] >= this.#decimation) this.#take();
  }

  #take(): void {
    const s = this.#s;
    s[s[AT]] = s[SUM] / s[SUMMED];
    s[AT] = s[AT] + 1 === WINDOW_SAMPLES ? 0 : s[AT] + 1;
    s[FILLED] = Math.min(WINDOW_SAMPLES, s[FILLED] + 1);
    s[SUM] = s[SUMMED] = 0;
    s[SINCE_CHECK]++;
    if (s[SINCE_CHECK] < this.#checkEvery) return;
    s[SINCE_CHECK] = 0;
    s[IS_WALKING] = s[FILLED] === WINDOW_SAMPLES && this.#rhythm() ? 1 : 0;
  }

  #rhythm(): boolean {
    const s = this.#s;
    // An integer: the remainder of a number that may be fractional is slow.
    const at = s[AT] | 0;
    let mean = 0;
    for (let i = 0; i < WINDOW_SAMPLES; i++) mean += s[i] / WINDOW_SAMPLES;
    let variance = 0;
    for (let i = 0; i < WINDOW_SAMPLES; i++) {
      const deviation = s[(at + i) % WINDOW_SAMPLES] - mean;
      variance += (deviation * deviation) / WINDOW_SAMPLES;
      WINDOW[i] = deviation * HANN[i];
    }
    if (variance < MIN_SD_MPS2 * MIN_SD_MPS2) return false;
    return stepShareRatio(SPECTRUM.powers(WINDOW), this.#windowHz / WINDOW_SAMPLES) >= MIN_SHARE_RATIO;
  }
}

/** Share of the power at the strongest step frequency and its double, one bin either side. */
function stepShareRatio(power: Float64Array, binHz: number): number {
  const bin = (hz: number): number => Math.min(power.length - 1, Math.round(hz / binHz));
  let total = 0;
  for (let k = 1; k < power.length; k++) total += power[k];
  let peak = bin(STEP_HZ[0]);
  for (let k = peak; k <= bin(STEP_HZ[1]); k++) if (power[k] > power[peak]) peak = k;
  const around = (k: number): number => (power[k - 1] ?? 0) + (power[k] ?? 0) + (power[k + 1] ?? 0);
  return total > 0 ? (around(peak) + around(2 * peak)) / total : 0;
}
