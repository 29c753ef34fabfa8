/**
 * Turns: the whole body changes its heading, on the spot or while walking.
 *
 * In    frame.headingRateRadps, rotationRad, `Mark.newHeading`, posture, shakingMps2
 * Out   `turn` events: `angleDeg` (size), `side`, `durationS`, `stepping` (told by vertical shaking)
 * Source signal specification 4.4, 4.5: rate peak of 15 °/s, edges at 5 °/s; 2.5 `twist`: without return within 6 s it is a turn
 * Deviations  the rate is smoothed first (two poles of 0.25 s), because each step swings the trunk to and fro; pieces less than 0.5 s
 *       apart are one turn; from 45° on. With feet still it may be a twist: such a turn is told when `TrunkRotation` has found that
 *       nothing came back, 6 s later.
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
/** What was turned shortly before the smoothed rate noticed belongs to the turn. */
const FORGET_S = 0.5;
const LEAST_RAD = 45 * RAD_PER_DEG;
/** Back where it was. */
const RETURNED_RAD = 12 * RAD_PER_DEG;

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
  readonly waiting: readonly Standing[];
}

export class Turn implements Operator {
  readonly #s = new Float64Array(FIELDS);
  /** Turned with feet still: part of a twist, if it comes back. */
  #waiting: readonly Standing[] = [];

  constructor() {
    this.reset();
  }

  reset(): void {
    this.#s.fill(0);
    this.#s[START] = NaN;
    this.#waiting = [];
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
    for (const turn of this.#waiting) tell(turn, turn.endS, false, emit);
    this.reset();
  }

  #step(frame: MotionFrame, i: number, emit: EmitEvent): void {
    const { tS, stepS, marks, headingRateRadps, rotationRad, posture, shakingMps2 } = frame;
    const s = this.#s;
    const rate = headingRateRadps[i];
    const share = stepS[i] / (TAU_S + stepS[i]);
    s[POLE_1] += share * (rate - s[POLE_1]);
    s[POLE_2] += share * (s[POLE_1] - s[POLE_2]);
    const smooth = s[POLE_2];
    if (this.#waiting.length > 0) this.#decide(marks[i], rotationRad[i], tS[i], emit);
    s[SINCE] += rate * stepS[i];
    if (Number.isNaN(s[START])) {
      const isUpright = posture[i] === POSTURE_INDEX.upright || posture[i] === POSTURE_INDEX.walking;
      if (Math.abs(smooth) < EDGE_RADPS || !isUpright) {
        s[SINCE] -= (stepS[i] / (FORGET_S + stepS[i])) * s[SINCE];
        return;
      }
      s[START] = s[EDGE_S] = tS[i];
      s[ANGLE] = s[SHAKING] = 0;
      s[RATE] = smooth;
    }
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
    const turn = { startS: s[START], endS: s[EDGE_S], angleRad: s[ANGLE] + s[SINCE] };
    s[SINCE] = 0;
    s[START] = NaN;
    if (Math.abs(s[RATE]) < PEAK_RADPS) return;
    if (Math.abs(turn.angleRad) < LEAST_RAD) return;
    if (s[SHAKING] > STEPPING_MPS2) tell(turn, decidedS, true, emit);
    else this.#waiting = [...this.#waiting, turn];
  }

  #decide(marks: number, rotationRad: number, tS: number, emit: EmitEvent): void {
    const hasTurned = (marks & Mark.newHeading) !== 0;
    if (!hasTurned && Math.abs(rotationRad) >= RETURNED_RAD) return;
    if (hasTurned) for (const turn of this.#waiting) tell(turn, tS, false, emit);
    this.#waiting = [];
  }
}

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
