/**
 * Turns: the whole body changes its heading, on the spot or while walking.
 *
 * In    frame.headingRateRadps, posture, shakingMps2
 * Out   `turn` events: `angleDeg` (size), `side`, `durationS`, `stepping` (told by vertical shaking)
 * Source signal specification 4.4, 4.5: rate peak of 15 °/s, edges at 5 °/s; 2.5 `twist`: without return within 6 s it is a turn
 * Deviations  the rate is smoothed first (two poles of 0.25 s), because each step swings the trunk to and fro; pieces less than 0.5 s
 *       apart are one turn; from 45° on. With feet still it may be a twist: such a turn is told 6 s later, when nothing has come back.
 * Limits  without gyroscope there are none
 */
import type { MotionEvent } from '../../model/event.ts';
import { motionEventId } from '../../model/event.ts';
import { DEG_PER_RAD, RAD_PER_DEG } from '../../model/units.ts';
import { Mark, type MotionFrame } from '../motionFrame.ts';
import type { EmitEvent, Operator } from '../operator.ts';
import { POSTURE_INDEX } from './postureClass.ts';
import { STEPPING_MPS2 } from './shaking.ts';

const TAU_S = 0.25;
const PEAK_RADPS = 15 * RAD_PER_DEG;
const EDGE_RADPS = 5 * RAD_PER_DEG;
const MERGE_S = 0.5;
const LEAST_RAD = 45 * RAD_PER_DEG;
const RETURN_WITHIN_S = 6;
/** So much of it has to come back for a twist. */
const RETURNED_RATIO = 0.6;

/**
 * Smoothed rate after one and two poles; start (NaN when none), last moment beyond the edge, angle until then, angle since, largest
 * smoothed rate, most shaking.
 */
const POLE_1 = 0;
const POLE_2 = 1;
const START = 2;
const EDGE_S = 3;
const ANGLE = 4;
const SINCE = 5;
const RATE = 6;
const SHAKING = 7;
const FIELDS = 8;

interface Standing {
  readonly startS: number;
  readonly endS: number;
  readonly angleRad: number;
}

interface TurnSnapshot {
  readonly s: Float64Array;
  readonly waiting: Standing | undefined;
}

export class Turn implements Operator {
  readonly #s = new Float64Array(FIELDS);
  /** Turned with feet still: a twist, if it comes back. */
  #waiting: Standing | undefined;

  constructor() {
    this.reset();
  }

  reset(): void {
    this.#s.fill(0);
    this.#s[START] = NaN;
    this.#waiting = undefined;
  }

  snapshot(): TurnSnapshot {
    return { s: this.#s.slice(), waiting: this.#waiting };
  }

  restore({ s, waiting }: TurnSnapshot): void {
    this.#s.set(s);
    this.#waiting = waiting;
  }

  push(frame: MotionFrame, emit: EmitEvent): void {
    for (let i = 0; i < frame.n; i++) {
      if (frame.marks[i] & Mark.restart) this.flush(emit);
      if (!(frame.marks[i] & Mark.missing) && !Number.isNaN(frame.headingRateRadps[i])) this.#step(frame, i, emit);
    }
  }

  flush(emit: EmitEvent): void {
    if (!Number.isNaN(this.#s[START])) this.#end(this.#s[EDGE_S], emit);
    if (this.#waiting) tell(this.#waiting, this.#waiting.endS, false, emit);
    this.reset();
  }

  #step({ tS, stepS, headingRateRadps, posture, shakingMps2 }: MotionFrame, i: number, emit: EmitEvent): void {
    const s = this.#s;
    const rate = headingRateRadps[i];
    const share = stepS[i] / (TAU_S + stepS[i]);
    s[POLE_1] += share * (rate - s[POLE_1]);
    s[POLE_2] += share * (s[POLE_1] - s[POLE_2]);
    const smooth = s[POLE_2];
    if (this.#waiting && tS[i] - this.#waiting.endS > RETURN_WITHIN_S) {
      tell(this.#waiting, tS[i], false, emit);
      this.#waiting = undefined;
    }
    const isUpright = posture[i] === POSTURE_INDEX.upright || posture[i] === POSTURE_INDEX.walking;
    if (Number.isNaN(s[START])) {
      if (Math.abs(smooth) < EDGE_RADPS || !isUpright) return;
      s[START] = s[EDGE_S] = tS[i];
      s[ANGLE] = s[SINCE] = s[SHAKING] = 0;
      s[RATE] = smooth;
    }
    s[SINCE] += rate * stepS[i];
    if (shakingMps2[i] > s[SHAKING]) s[SHAKING] = shakingMps2[i];
    const isOnward = smooth * s[RATE] > 0;
    if (isOnward && Math.abs(smooth) >= EDGE_RADPS) {
      s[EDGE_S] = tS[i];
      s[ANGLE] += s[SINCE];
      s[SINCE] = 0;
      if (Math.abs(smooth) > Math.abs(s[RATE])) s[RATE] = smooth;
    } else if (tS[i] - s[EDGE_S] > MERGE_S || (!isOnward && Math.abs(smooth) >= EDGE_RADPS)) this.#end(tS[i], emit);
  }

  #end(decidedS: number, emit: EmitEvent): void {
    const s = this.#s;
    const turn = { startS: s[START], endS: s[EDGE_S], angleRad: s[ANGLE] };
    s[START] = NaN;
    if (Math.abs(s[RATE]) < PEAK_RADPS) return;
    const before = this.#waiting;
    if (before && isReturn(before, turn)) {
      this.#waiting = undefined;
      return;
    }
    if (Math.abs(turn.angleRad) < LEAST_RAD) return;
    if (s[SHAKING] > STEPPING_MPS2) tell(turn, decidedS, true, emit);
    else {
      if (before) tell(before, decidedS, false, emit);
      this.#waiting = turn;
    }
  }
}

const isReturn = (out: Standing, back: Standing): boolean =>
  out.angleRad * back.angleRad < 0 && Math.abs(back.angleRad) >= RETURNED_RATIO * Math.abs(out.angleRad);

function tell({ startS, endS, angleRad }: Standing, decidedS: number, stepping: boolean, emit: EmitEvent): void {
  const event: MotionEvent = {
    id: motionEventId('turn', startS),
    type: 'turn',
    startS,
    endS,
    decidedS,
    confidence: stepping ? 0.8 : 0.6,
    angleDeg: Math.abs(angleRad) * DEG_PER_RAD,
    side: angleRad > 0 ? 'left' : 'right',
    durationS: endS - startS,
    stepping,
  };
  emit(event);
}
