/**
 * Brief abrupt flexion: a cough, a sneeze, a laugh or a start. They cannot be told apart, so nothing is said about the cause.
 *
 * In    frame.flexionRad, flexionRateRadps, acc, posture, shakingMps2
 * Out   `abruptFlexion` when the trunk is back: `peakDeg` (rise), `peakRateDps`, `peakG` (strongest |acc| beyond 1 g)
 * Source signal specification 2.5 `abrupt_flexion`: at least 8° in less than 0.35 s with 0.3 to 1.5 g, back within 1 s; clinical
 *       specification EV-JERK: at least 60 °/s, rise below 1 s, back within 2 s, sitting or standing
 * Limits  logged only. Not while stepping or lying: a step jerks the trunk as well.
 */
import type { MotionEvent } from '../../model/event.ts';
import { motionEventId } from '../../model/event.ts';
import { DEG_PER_RAD, RAD_PER_DEG, STANDARD_GRAVITY_MPS2 } from '../../model/units.ts';
import { Mark, type MotionFrame } from '../motionFrame.ts';
import type { EmitEvent, Operator } from '../operator.ts';
import { DEFAULT_PARAMETERS, type MotionParameters } from '../parameters.ts';
import { POSTURE_INDEX } from './postureClass.ts';

/** A rise begins when the trunk moves forward faster than this. */
const BEGIN_RADPS = 15 * RAD_PER_DEG;
/** Back: no more than this share of the rise is left. */
const LEFT_RATIO = 0.4;

const START = 0;
const FROM = 1;
const PEAK = 2;
const PEAK_S = 3;
const RATE = 4;
const JOLT_G = 5;

export class AbruptFlexion implements Operator {
  /** Indices above; START is NaN while nothing rises. */
  readonly #s = Float64Array.of(NaN, 0, 0, 0, 0, 0);

  readonly #params: MotionParameters;

  constructor(params = DEFAULT_PARAMETERS) {
    this.#params = params;
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

  push(frame: MotionFrame, emit: EmitEvent): void {
    for (let i = 0; i < frame.n; i++) {
      if (frame.marks[i] & Mark.restart) this.reset();
      if (!(frame.marks[i] & Mark.missing) && !Number.isNaN(frame.flexionRad[i])) this.#step(frame, i, emit);
    }
  }

  #step(frame: MotionFrame, i: number, emit: EmitEvent): void {
    const s = this.#s;
    const { abruptFastS, abruptFastBackS } = this.#params;
    const flexionRad = frame.flexionRad[i];
    const rateRadps = frame.flexionRateRadps[i];
    const isElsewhere = frame.posture[i] !== POSTURE_INDEX.upright || frame.shakingMps2[i] > this.#params.runningMps2;
    if (Number.isNaN(s[START])) {
      // The jolt itself shakes only later: who shakes already takes steps.
      const isStill = frame.shakingMps2[i] <= this.#params.steppingMps2;
      if (rateRadps > BEGIN_RADPS && isStill && !isElsewhere) this.#begin(frame.tS[i], flexionRad);
      else return;
    }
    if (isElsewhere) {
      this.reset();
      return;
    }
    if (flexionRad > s[PEAK]) {
      s[PEAK] = flexionRad;
      s[PEAK_S] = frame.tS[i];
    }
    if (rateRadps > s[RATE]) s[RATE] = rateRadps;
    const o = 3 * i;
    const sizeMps2 = Math.hypot(frame.acc[o], frame.acc[o + 1], frame.acc[o + 2]);
    const joltG = Math.abs(sizeMps2 / STANDARD_GRAVITY_MPS2 - 1);
    if (joltG > s[JOLT_G]) s[JOLT_G] = joltG;
    if (s[PEAK_S] - s[START] > abruptFastS || frame.tS[i] - s[START] > abruptFastS + abruptFastBackS) this.reset();
    else if (flexionRad - s[FROM] <= LEFT_RATIO * (s[PEAK] - s[FROM]) && frame.tS[i] > s[PEAK_S]) {
      this.#tell(frame.tS[i], emit);
    }
  }

  #begin(tS: number, flexionRad: number): void {
    const s = this.#s;
    s.fill(0);
    s[START] = s[PEAK_S] = tS;
    s[FROM] = s[PEAK] = flexionRad;
  }

  #tell(endS: number, emit: EmitEvent): void {
    const [startS, fromRad, peakRad, peakS, rateRadps, joltG] = this.#s;
    this.reset();
    const riseRad = peakRad - fromRad;
    const riseS = peakS - startS;
    const backS = endS - peakS;
    const p = this.#params;
    const isQuick =
      riseS < p.abruptQuickS && joltG >= p.abruptLeastG && joltG <= p.abruptMostG && backS < p.abruptQuickBackS;
    const isFast = riseS < p.abruptFastS && rateRadps >= p.abruptFastDps * RAD_PER_DEG && backS < p.abruptFastBackS;
    const riseDeg = riseRad * DEG_PER_RAD;
    if (riseDeg < p.abruptRiseDeg || riseDeg >= p.abruptMostDeg || !(isQuick || isFast)) return;
    const event: MotionEvent = {
      id: motionEventId('abruptFlexion', startS),
      type: 'abruptFlexion',
      startS,
      endS,
      peakS,
      decidedS: endS,
      confidence: 0.4,
      peakDeg: riseDeg,
      peakRateDps: rateRadps * DEG_PER_RAD,
      peakG: joltG,
    };
    emit(event);
  }
}
