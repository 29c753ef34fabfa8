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
import { DEFAULT_PARAMETERS, type MotionParameters } from '../parameters.ts';
import { POSTURE_INDEX } from './postureClass.ts';

const TAU_S = 0.25;
/** What was turned shortly before the smoothed rate noticed belongs to the turn. */
const FORGET_S = 0.5;
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
/** 1: a new heading was found during it, so it does not come back. */
const CONFIRMED = 8;
const FIELDS = 9;

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

  readonly #params: MotionParameters;
  readonly #edgeRadps: number;
  readonly #peakRadps: number;
  readonly #leastRad: number;

  constructor(params = DEFAULT_PARAMETERS) {
    this.#params = params;
    this.#edgeRadps = params.turnEdgeDps * RAD_PER_DEG;
    this.#peakRadps = params.turnPeakDps * RAD_PER_DEG;
    this.#leastRad = params.turnLeastDeg * RAD_PER_DEG;
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
    if (marks[i] & Mark.newHeading) s[CONFIRMED] = 1;
    s[SINCE] += rate * stepS[i];
    if (Number.isNaN(s[START])) {
      const isUpright = posture[i] === POSTURE_INDEX.upright || posture[i] === POSTURE_INDEX.walking;
      if (Math.abs(smooth) < this.#edgeRadps || !isUpright) {
        s[SINCE] -= (stepS[i] / (FORGET_S + stepS[i])) * s[SINCE];
        return;
      }
      s[START] = s[EDGE_S] = tS[i];
      s[ANGLE] = s[SHAKING] = s[CONFIRMED] = 0;
      s[RATE] = smooth;
    }
    if (shakingMps2[i] > s[SHAKING]) s[SHAKING] = shakingMps2[i];
    const isOnward = smooth * s[RATE] > 0;
    if (isOnward && Math.abs(smooth) >= this.#edgeRadps) {
      s[EDGE_S] = tS[i];
      s[ANGLE] += s[SINCE];
      s[SINCE] = 0;
      if (Math.abs(smooth) > Math.abs(s[RATE])) s[RATE] = smooth;
    } else if (tS[i] - s[EDGE_S] > this.#params.turnMergeS || (!isOnward && Math.abs(smooth) >= this.#edgeRadps))
      this.#end(tS[i], emit);
  }

  #end(decidedS: number, emit: EmitEvent): void {
    const s = this.#s;
    const turn = { startS: s[START], endS: s[EDGE_S], angleRad: s[ANGLE] + s[SINCE] };
    s[SINCE] = 0;
    s[START] = NaN;
    if (Math.abs(s[RATE]) < this.#peakRadps) return;
    if (Math.abs(turn.angleRad) < this.#leastRad) return;
    const isStepping = s[SHAKING] > this.#params.steppingMps2;
    if (isStepping || s[CONFIRMED] > 0) tell(turn, decidedS, isStepping, emit);
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
