/**
 * Crunches and sit-ups as an exercise: lying on the back, the trunk is raised and let down again and again.
 *
 * In    frame.up
 * Out   one `crunch` per repetition, `peakDeg` (how far it was raised). The first two are told together with the third: only then it is
 *       an exercise and not an attempt to get up.
 * Source signal specification 2.5 `crunch_rep`: from supine, excursions of at least 15°, three or more in 30 s
 * Deviations  the height counts from where the trunk lay before (pillows, raised bed). Full sit-ups are repetitions too, as long as
 *       the trunk comes down again (clinical specification, EV-PROHIB a).
 */
import type { MotionEvent } from '../../model/event.ts';
import { motionEventId } from '../../model/event.ts';
import { DEG_PER_RAD, RAD_PER_DEG } from '../../model/units.ts';
import { Mark, type MotionFrame } from '../motionFrame.ts';
import type { EmitEvent, Operator } from '../operator.ts';
import { DEFAULT_PARAMETERS, type MotionParameters } from '../parameters.ts';

/** Longer up than this is sitting. */
const LONGEST_S = 8;
/** Facing up within this of the sagittal plane; lying no further raised than this. */
const MOST_SIDEWAYS = Math.sin(35 * RAD_PER_DEG);
/** From head down a little to sitting upright. */
const FACING_UP_RAD = 105 * RAD_PER_DEG;
const LYING_BELOW_RAD = 40 * RAD_PER_DEG;
/** The level follows the lying trunk, so that another pillow counts within seconds. */
const LEVEL_TAU_S = 2;

interface Repetition {
  readonly startS: number;
  readonly endS: number;
  readonly peakS: number;
  readonly peakRad: number;
}

const LEVEL = 0;
const START = 1;
const PEAK = 2;
const PEAK_S = 3;

interface CrunchSnapshot {
  readonly s: Float64Array;
  readonly waiting: readonly Repetition[];
  readonly lastToldS: number;
}

export class Crunch implements Operator {
  /** Level of the lying trunk (rad, NaN when not on the back); start of the excursion (NaN when down); its peak and when. */
  readonly #s = Float64Array.of(NaN, NaN, 0, NaN);
  readonly #params: MotionParameters;
  readonly #raisedRad: number;
  readonly #downRad: number;
  #waiting: readonly Repetition[] = [];
  #lastToldS = -Infinity;

  constructor(params = DEFAULT_PARAMETERS) {
    this.#params = params;
    this.#raisedRad = params.crunchRaisedDeg * RAD_PER_DEG;
    this.#downRad = params.crunchDownDeg * RAD_PER_DEG;
  }

  reset(): void {
    this.#s.set([NaN, NaN, 0, NaN]);
    this.#waiting = [];
    this.#lastToldS = -Infinity;
  }

  snapshot(): CrunchSnapshot {
    return { s: this.#s.slice(), waiting: this.#waiting, lastToldS: this.#lastToldS };
  }

  restore({ s, waiting, lastToldS }: CrunchSnapshot): void {
    this.#s.set(s);
    this.#waiting = waiting;
    this.#lastToldS = lastToldS;
  }

  push(frame: MotionFrame, emit: EmitEvent): void {
    for (let i = 0; i < frame.n; i++) {
      if (frame.marks[i] & Mark.restart) this.reset();
      const up = frame.up;
      const o = 3 * i;
      // Nearly always upright: no angle is needed then.
      if (up[o + 1] > 0.9 && Number.isNaN(this.#s[LEVEL])) continue;
      if (!(frame.marks[i] & Mark.missing) && !Number.isNaN(up[o])) this.#step(frame, i, emit);
    }
  }

  #step({ tS, stepS, up }: MotionFrame, i: number, emit: EmitEvent): void {
    const s = this.#s;
    const o = 3 * i;
    const raisedRad = Math.atan2(up[o + 1], up[o]);
    const isOnBack = Math.abs(up[o + 2]) < MOST_SIDEWAYS && Math.abs(raisedRad) < FACING_UP_RAD;
    if (!isOnBack) {
      s[LEVEL] = s[START] = NaN;
      return;
    }
    if (Number.isNaN(s[LEVEL])) {
      if (raisedRad < LYING_BELOW_RAD) s[LEVEL] = raisedRad;
      return;
    }
    const heightRad = raisedRad - s[LEVEL];
    if (Number.isNaN(s[START])) {
      if (heightRad >= this.#raisedRad) {
        s[START] = tS[i];
        s[PEAK] = 0;
      } else s[LEVEL] += -Math.expm1(-stepS[i] / LEVEL_TAU_S) * (Math.min(raisedRad, LYING_BELOW_RAD) - s[LEVEL]);
      return;
    }
    if (heightRad > s[PEAK]) {
      s[PEAK] = heightRad;
      s[PEAK_S] = tS[i];
    }
    if (heightRad < this.#downRad) this.#down(tS[i], emit);
    else if (tS[i] - s[START] > LONGEST_S) s[LEVEL] = s[START] = NaN;
  }

  #down(endS: number, emit: EmitEvent): void {
    const s = this.#s;
    const repetition = { startS: s[START], endS, peakS: s[PEAK_S], peakRad: s[PEAK] };
    s[START] = NaN;
    this.#waiting = [...this.#waiting, repetition].filter((r) => endS - r.startS <= this.#params.crunchWithinS);
    const isGoingOn = repetition.startS - this.#lastToldS <= this.#params.crunchWithinS;
    if (this.#waiting.length < this.#params.crunchCount && !isGoingOn) return;
    for (const r of this.#waiting) emit(crunch(r, endS));
    this.#waiting = [];
    this.#lastToldS = endS;
  }
}

function crunch({ startS, endS, peakS, peakRad }: Repetition, decidedS: number): MotionEvent {
  return {
    id: motionEventId('crunch', startS),
    type: 'crunch',
    startS,
    endS,
    peakS,
    decidedS,
    confidence: 0.8,
    peakDeg: peakRad * DEG_PER_RAD,
    durationS: endS - startS,
  };
}
