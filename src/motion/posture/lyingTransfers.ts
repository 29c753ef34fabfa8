/**
 * Lying down and getting up, and by which way: rolled over the side (spares the spine) or straight up (a sit-up).
 *
 * In    frame.up, flexionRad, inclinationRad, posture
 * Out   `lieDown` (1.5 s after it), `getUp` (1 s after), and beside a `getUp` the `logRoll` or `sitUp` that it was.
 *       `rollDeg`: the largest roll about the long axis (0° on the back, 90° on a side) while the trunk was raised by less than 30°
 * Source signal specification 2.5 `situp`, `log_roll`: straight is from the back to u·V > 0.7 within 4 s with less than 25° to the
 *       side; rolled passes |u·R| > 0.7 for 0.5 s before u·V > 0.5. Clinical specification EV-GETUP: roll before the trunk passes 30°.
 * Deviations  the trunk is down after 1.5 s beyond 60°, not after the 5 s of the posture class, so that lying down for a moment counts;
 *       face down only once the class says so, because bends look the same. Lying on the side for a while and then pushing up is a log roll too: the way there is not asked
 *       for
 * Limits  in a bed whose head is raised, lying is not told from reclining; then nothing is said
 */
import type { MotionEvent, MotionEventType } from '../../model/event.ts';
import { motionEventId } from '../../model/event.ts';
import { DEG_PER_RAD, RAD_PER_DEG } from '../../model/units.ts';
import { Mark, type MotionFrame } from '../motionFrame.ts';
import type { EmitEvent, Operator } from '../operator.ts';
import { DEFAULT_PARAMETERS, type MotionParameters } from '../parameters.ts';
import { POSTURE_INDEX } from './postureClass.ts';

const UPRIGHT_RAD = 45 * RAD_PER_DEG;
const RAISED_RAD = 60 * RAD_PER_DEG;
/** The way up begins where the trunk leaves the level on which it lay; the level sinks so fast when a pillow is added. */
const LEVEL_SINKS_RADPS = 1 * RAD_PER_DEG;
const LEAVES_LEVEL_RAD = 8 * RAD_PER_DEG;
/** A lean is a forward one from here on, unless the wearer is mostly on one side; as in the posture class. */
const FORWARD_RAD = 20 * RAD_PER_DEG;
const MOSTLY_SIDEWAYS_RAD = 50 * RAD_PER_DEG;
/** On the back: up points out of the chest. */
const SUPINE = 0.7;
/** What lies further back than this is no part of the way up. */
const REMEMBER_S = 10;

/**
 * Last moment flat, and upright before that (s); since when upright, and since when flat; time on a side in a row; last moment on a side
 * for long enough; most to a side since flat; most roll while flat, and when; last moment on the back; is down (0 or 1);
 * level of the inclination (rad), and last moment near it.
 */
const FLAT_S = 0;
const UPRIGHT_S = 1;
const UP_SINCE_S = 2;
const SIDE_S = 3;
const FLAT_SINCE_S = 4;
const MOST_LATERAL = 5;
const ROLL = 6;
const ROLL_S = 7;
const SUPINE_S = 8;
const IS_DOWN = 9;
const ROLLED_AT_S = 10;
const LEVEL = 11;
const LEVEL_S = 12;
/** The same of the level that rises: lying down begins where the trunk leaves it. */
const LOW = 13;
const LOW_S = 14;
const FIELDS = 15;

export class LyingTransfers implements Operator {
  readonly #s = new Float64Array(FIELDS);

  readonly #params: MotionParameters;
  /** Of the angles of the parameters. */
  readonly #sideSine: number;
  readonly #straightSine: number;

  constructor(params = DEFAULT_PARAMETERS) {
    this.#params = params;
    this.#sideSine = Math.sin(params.rolledSideDeg * RAD_PER_DEG);
    this.#straightSine = Math.sin(params.straightSideDeg * RAD_PER_DEG);
    this.reset();
  }

  reset(): void {
    this.#s.fill(0);
    for (const time of [
      FLAT_S,
      UPRIGHT_S,
      UP_SINCE_S,
      FLAT_SINCE_S,
      SUPINE_S,
      ROLL_S,
      ROLLED_AT_S,
      LEVEL,
      LEVEL_S,
      LOW,
      LOW_S,
    ])
      this.#s[time] = NaN;
  }

  snapshot(): Float64Array {
    return this.#s.slice();
  }

  restore(snapshot: Float64Array): void {
    this.#s.set(snapshot);
  }

  push(frame: MotionFrame, emit: EmitEvent): void {
    for (let i = 0; i < frame.n; i++) {
      // Who lay before a gap and sits after it has got up, but by which way was not seen.
      if (frame.marks[i] & Mark.restart) this.reset();
      if (!(frame.marks[i] & Mark.missing) && !Number.isNaN(frame.inclinationRad[i])) this.#step(frame, i, emit);
    }
  }

  #step(frame: MotionFrame, i: number, emit: EmitEvent): void {
    const s = this.#s;
    const tS = frame.tS[i];
    const isUpright = frame.inclinationRad[i] < UPRIGHT_RAD;
    this.#follow(frame, i);
    if (isUpright) {
      if (Number.isNaN(s[UP_SINCE_S])) s[UP_SINCE_S] = tS;
      if (s[IS_DOWN] > 0 && tS - s[UP_SINCE_S] >= this.#params.getUpForS) this.#up(tS, emit);
      if (s[IS_DOWN] === 0) s[UPRIGHT_S] = tS;
      return;
    }
    s[UP_SINCE_S] = NaN;
    if (s[IS_DOWN] > 0 || Number.isNaN(s[FLAT_SINCE_S])) return;
    const leansForward = frame.flexionRad[i] > FORWARD_RAD && Math.abs(frame.lateralRad[i]) < MOSTLY_SIDEWAYS_RAD;
    const isForward = leansForward && frame.posture[i] !== POSTURE_INDEX.lying;
    if (!isForward && tS - s[FLAT_SINCE_S] >= this.#params.downForS) this.#down(tS, emit);
  }

  /** The way of the trunk: how far to the side, and how far rolled while it was still flat. */
  #follow({ tS, stepS, up, inclinationRad }: MotionFrame, i: number): void {
    const s = this.#s;
    const o = 3 * i;
    const sideways = Math.abs(up[o + 2]);
    s[SIDE_S] = sideways > this.#sideSine ? s[SIDE_S] + stepS[i] : 0;
    if (s[SIDE_S] >= this.#params.rolledForS && up[o + 1] <= 0.5) s[ROLLED_AT_S] = tS[i];
    if (sideways > s[MOST_LATERAL]) s[MOST_LATERAL] = sideways;
    const sunkRad = s[LEVEL] - LEVEL_SINKS_RADPS * stepS[i];
    s[LEVEL] = sunkRad > inclinationRad[i] ? sunkRad : inclinationRad[i];
    if (inclinationRad[i] >= s[LEVEL] - LEAVES_LEVEL_RAD) s[LEVEL_S] = tS[i];
    const risenRad = s[LOW] + LEVEL_SINKS_RADPS * stepS[i];
    s[LOW] = risenRad < inclinationRad[i] ? risenRad : inclinationRad[i];
    if (inclinationRad[i] <= s[LOW] + LEAVES_LEVEL_RAD) s[LOW_S] = tS[i];
    if (inclinationRad[i] < RAISED_RAD) {
      s[FLAT_SINCE_S] = NaN;
      return;
    }
    if (Number.isNaN(s[FLAT_SINCE_S])) s[FLAT_SINCE_S] = tS[i];
    if (Number.isNaN(s[FLAT_S]) || tS[i] - s[FLAT_S] > REMEMBER_S) s[ROLL] = 0;
    s[FLAT_S] = tS[i];
    s[MOST_LATERAL] = sideways;
    if (up[o] > SUPINE) s[SUPINE_S] = tS[i];
    const rollRad = Math.atan2(sideways, Math.abs(up[o]));
    if (rollRad >= s[ROLL] || tS[i] - s[ROLL_S] > REMEMBER_S) {
      s[ROLL] = rollRad;
      s[ROLL_S] = tS[i];
    }
  }

  #down(decidedS: number, emit: EmitEvent): void {
    const s = this.#s;
    s[IS_DOWN] = 1;
    s[ROLLED_AT_S] = NaN;
    // Lying from the first sample on: nobody saw how.
    if (Number.isNaN(s[UPRIGHT_S])) return;
    const startS = Math.max(s[UPRIGHT_S], s[LOW_S]);
    emit(event('lieDown', { startS, endS: s[FLAT_SINCE_S], decidedS, rollDeg: s[ROLL] * DEG_PER_RAD }));
  }

  #up(decidedS: number, emit: EmitEvent): void {
    const s = this.#s;
    const flatS = s[FLAT_S];
    const startS = Math.min(flatS, s[LEVEL_S]);
    const endS = s[UP_SINCE_S];
    const rollDeg = s[ROLL] * DEG_PER_RAD;
    s[IS_DOWN] = 0;
    emit(event('getUp', { startS, endS, decidedS, rollDeg }));
    const isRolled = endS - s[ROLLED_AT_S] <= REMEMBER_S;
    const isStraight =
      flatS - s[SUPINE_S] <= 1 && endS - startS <= this.#params.straightWithinS && s[MOST_LATERAL] < this.#straightSine;
    if (isRolled) emit(event('logRoll', { startS, endS, decidedS, rollDeg }));
    else if (isStraight) emit(event('sitUp', { startS, endS, decidedS, rollDeg }));
  }
}

const event = (
  type: MotionEventType,
  fields: { startS: number; endS: number; decidedS: number; rollDeg: number },
): MotionEvent => ({ id: motionEventId(type, fields.startS), type, confidence: 0.8, ...fields });
