/**
 * One second of one sensor as it is stored: means, extremes, posture, coverage.
 *
 * In    every column of the frame
 * Out   `SecondSummary` per whole second of the sample clock that holds at least one sample; a second without any is a gap
 *       and is not made up
 */
import { DEG_PER_RAD, STANDARD_GRAVITY_MPS2 } from '../model/units.ts';
import { Mark, type MotionFrame } from './motionFrame.ts';
import type { MetricId } from './metrics.ts';
import { POSTURES, type Posture } from './posture/postureClass.ts';

export interface SecondSummary {
  /** Whole second on the sample clock. */
  readonly secondS: number;
  readonly values: Partial<Record<MetricId, number>>;
  readonly activity: Posture;
  /** 0..1 */
  readonly coverage: number;
}

/** Sums: samples, flexion, n; lateral, n; rotation, n; inclination, n; |acc|, |acc|²; max flexion, max rate. */
const FIELDS = 13;
/** Then the samples of each posture. */
const POSTURE = FIELDS;

export class SecondSummarizer {
  readonly #rateHz: number;
  #secondS = NaN;
  readonly #sum = new Float64Array(FIELDS + POSTURES.length);

  constructor(rateHz: number) {
    this.#rateHz = rateHz;
  }

  reset(): void {
    this.#secondS = NaN;
  }

  snapshot(): unknown {
    return { secondS: this.#secondS, sum: this.#sum.slice() };
  }

  restore(snapshot: { secondS: number; sum: Float64Array }): void {
    this.#secondS = snapshot.secondS;
    this.#sum.set(snapshot.sum);
  }

  push(frame: MotionFrame, emit: (second: SecondSummary) => void): void {
    const { n, marks, tS } = frame;
    for (let i = 0; i < n; i++) {
      if (marks[i] & Mark.missing) continue;
      const sinceS = tS[i] - this.#secondS;
      if (!(sinceS >= 0 && sinceS < 1)) {
        this.flush(emit);
        this.#begin(Math.floor(tS[i]));
      }
      this.#add(frame, i);
    }
  }

  flush(emit: (second: SecondSummary) => void): void {
    if (!Number.isNaN(this.#secondS)) emit(this.#summary());
    this.#secondS = NaN;
  }

  #begin(secondS: number): void {
    this.#secondS = secondS;
    this.#sum.fill(0);
    this.#sum[11] = -Infinity;
    this.#sum[12] = -Infinity;
  }

  #add(frame: MotionFrame, i: number): void {
    const s = this.#sum;
    const flexion = frame.flexionRad[i];
    const rate = frame.flexionRateRadps[i];
    const size = frame.accSizeMps2[i];
    s[0]++;
    accumulate(s, 1, flexion);
    accumulate(s, 3, frame.lateralRad[i]);
    accumulate(s, 5, frame.rotationRad[i]);
    accumulate(s, 7, frame.inclinationRad[i]);
    s[9] += size;
    s[10] += size * size;
    if (flexion > s[11]) s[11] = flexion;
    if (rate > s[12]) s[12] = rate;
    s[POSTURE + frame.posture[i]]++;
  }

  #summary(): SecondSummary {
    const s = this.#sum;
    const n = s[0];
    const values: Partial<Record<MetricId, number>> = {};
    const mean = (id: MetricId, k: number): void => {
      if (s[k + 1] > 0) values[id] = (s[k] / s[k + 1]) * DEG_PER_RAD;
    };
    mean('flexionDeg', 1);
    mean('lateralDeg', 3);
    mean('rotationDeg', 5);
    mean('inclinationDeg', 7);
    if (Number.isFinite(s[11])) values.flexionMaxDeg = s[11] * DEG_PER_RAD;
    if (Number.isFinite(s[12])) values.flexionRateMaxDps = s[12] * DEG_PER_RAD;
    const variance = Math.max(0, s[10] / n - (s[9] / n) ** 2);
    values.movementG = Math.sqrt(variance) / STANDARD_GRAVITY_MPS2;
    let most = 0;
    for (let k = 1; k < POSTURES.length; k++) if (s[POSTURE + k] > s[POSTURE + most]) most = k;
    return {
      secondS: this.#secondS,
      values,
      activity: POSTURES[most],
      coverage: Math.min(1, n / this.#rateHz),
    };
  }
}

function accumulate(sums: Float64Array, k: number, value: number): void {
  if (Number.isNaN(value)) return;
  sums[k] += value;
  sums[k + 1]++;
}
