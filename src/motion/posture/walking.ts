/**
 * Is the wearer walking? A rhythm of steps in the acceleration's magnitude.
 *
 * In    frame.acc   Out  `isWalking` of the 5 s that ended at the last whole second of samples
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

interface WalkingState {
  ring: Float64Array;
  at: number;
  filled: number;
  /** Σ|acc| of the value under way; an array, because a number that changes at every sample would be boxed. */
  sum: Float64Array;
  summed: number;
  sinceCheck: number;
  walking: boolean;
}

export class Walking implements Operator {
  readonly #decimation: number;
  readonly #windowHz: number;
  readonly #checkEvery: number;
  readonly #spectrum = new RealSpectrum(WINDOW_SAMPLES);
  readonly #window = new Float64Array(WINDOW_SAMPLES);
  #s: WalkingState = fresh();

  constructor(rateHz: number) {
    this.#decimation = Math.max(1, Math.round(rateHz / TARGET_HZ));
    this.#windowHz = rateHz / this.#decimation;
    this.#checkEvery = Math.max(1, Math.round(this.#windowHz));
  }

  get isWalking(): boolean {
    return this.#s.walking;
  }

  reset(): void {
    this.#s = fresh();
  }

  snapshot(): unknown {
    return copyOf(this.#s);
  }

  restore(snapshot: WalkingState): void {
    this.#s = copyOf(snapshot);
  }

  push(frame: MotionFrame): void {
    for (let i = 0; i < frame.n; i++) this.step(frame, i);
  }

  /** One sample; `PostureClass` calls it so that its class changes at the sample that decided it. */
  step(frame: MotionFrame, i: number): void {
    if (frame.marks[i] & Mark.restart) this.reset();
    if (frame.marks[i] & Mark.missing) return;
    const s = this.#s;
    const x = frame.acc[3 * i];
    const y = frame.acc[3 * i + 1];
    const z = frame.acc[3 * i + 2];
    s.sum[0] += Math.sqrt(x * x + y * y + z * z);
    if (++s.summed < this.#decimation) return;
    s.ring[s.at] = s.sum[0] / s.summed;
    s.at = (s.at + 1) % WINDOW_SAMPLES;
    s.filled = Math.min(WINDOW_SAMPLES, s.filled + 1);
    s.sum[0] = s.summed = 0;
    if (++s.sinceCheck < this.#checkEvery) return;
    s.sinceCheck = 0;
    s.walking = s.filled === WINDOW_SAMPLES && this.#rhythm();
  }

  #rhythm(): boolean {
    const { ring, at } = this.#s;
    const window = this.#window;
    let mean = 0;
    for (let i = 0; i < WINDOW_SAMPLES; i++) mean += ring[i] / WINDOW_SAMPLES;
    let variance = 0;
    for (let i = 0; i < WINDOW_SAMPLES; i++) {
      const deviation = ring[(at + i) % WINDOW_SAMPLES] - mean;
      variance += (deviation * deviation) / WINDOW_SAMPLES;
      window[i] = deviation * HANN[i];
    }
    if (variance < MIN_SD_MPS2 * MIN_SD_MPS2) return false;
    return stepShareRatio(this.#spectrum.powers(window), this.#windowHz / WINDOW_SAMPLES) >= MIN_SHARE_RATIO;
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

const copyOf = (s: WalkingState): WalkingState => ({ ...s, ring: s.ring.slice(), sum: s.sum.slice() });

function fresh(): WalkingState {
  return {
    ring: new Float64Array(WINDOW_SAMPLES),
    at: 0,
    filled: 0,
    sum: new Float64Array(1),
    summed: 0,
    sinceCheck: 0,
    walking: false,
  };
}
