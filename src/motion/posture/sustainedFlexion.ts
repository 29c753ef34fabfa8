/**
 * Leaning forward for long: held bends and slouching.
 *
 * In    frame.flexionRad, posture
 * Out   `sustainedFlexion` when it is over: `meanDeg`, `peakDeg`, `durationS`
 * Source decisions.md: at least 20° (the lowest caution angle of any tier) for at least 15 s; breaks of up to 2 s belong to it
 *       (clinical specification, EV-BEND-HOLD). How long is too long for a person is a rule.
 * Limits  not lying or reclined; one sensor cannot tell a slouch from a lean at the hips
 */
import type { MotionEvent } from '../../model/event.ts';
import { motionEventId } from '../../model/event.ts';
import { DEG_PER_RAD, RAD_PER_DEG } from '../../model/units.ts';
import { Mark, type MotionFrame } from '../motionFrame.ts';
import type { EmitEvent, Operator } from '../operator.ts';
import { DEFAULT_PARAMETERS } from '../parameters.ts';
import { POSTURE_INDEX } from './postureClass.ts';

const START = 0;
const LAST = 1;
const SUM_RAD_S = 2;
const TIME_S = 3;
const PEAK = 4;

export class SustainedFlexion implements Operator {
  /** Indices above; START is NaN while upright. */
  readonly #s = Float64Array.of(NaN, NaN, 0, 0, 0);

  readonly #flexedRad: number;
  readonly #leastS: number;
  readonly #mostBreakS: number;

  constructor(params = DEFAULT_PARAMETERS) {
    this.#flexedRad = params.sustainedDeg * RAD_PER_DEG;
    this.#leastS = params.sustainedS;
    this.#mostBreakS = params.sustainedBreakS;
  }

  reset(): void {
    this.#s.set([NaN, NaN, 0, 0, 0]);
  }

  snapshot(): Float64Array {
    return this.#s.slice();
  }

  restore(snapshot: Float64Array): void {
    this.#s.set(snapshot);
  }

  push(frame: MotionFrame, emit: EmitEvent): void {
    for (let i = 0; i < frame.n; i++) {
      if (frame.marks[i] & Mark.restart) this.flush(emit);
      if (!(frame.marks[i] & Mark.missing)) this.#step(frame, i, emit);
    }
  }

  /** The data end, or are missing for longer: what was seen is told. */
  flush(emit: EmitEvent): void {
    this.#end(this.#s[LAST], emit);
  }

  #step({ tS, stepS, flexionRad, posture }: MotionFrame, i: number, emit: EmitEvent): void {
    const s = this.#s;
    if (posture[i] === POSTURE_INDEX.lying || posture[i] === POSTURE_INDEX.reclined) {
      if (!Number.isNaN(s[START])) this.#end(tS[i], emit);
      return;
    }
    if (!(flexionRad[i] >= this.#flexedRad)) {
      if (tS[i] - s[LAST] > this.#mostBreakS) this.#end(tS[i], emit);
      return;
    }
    if (Number.isNaN(s[START])) s[START] = tS[i];
    s[LAST] = tS[i];
    s[SUM_RAD_S] += flexionRad[i] * stepS[i];
    s[TIME_S] += stepS[i];
    if (flexionRad[i] > s[PEAK]) s[PEAK] = flexionRad[i];
  }

  #end(decidedS: number, emit: EmitEvent): void {
    const [startS, endS, sumRadS, timeS, peakRad] = this.#s;
    this.reset();
    if (!(endS - startS >= this.#leastS)) return;
    const event: MotionEvent = {
      id: motionEventId('sustainedFlexion', startS),
      type: 'sustainedFlexion',
      startS,
      endS,
      decidedS,
      confidence: 0.9,
      meanDeg: (sumRadS / timeS) * DEG_PER_RAD,
      peakDeg: peakRad * DEG_PER_RAD,
      durationS: endS - startS,
    };
    emit(event);
  }
}
